"""Gives a policy's processes a user of their own where the emulator runs as root.

Linux counts no processes of root's, so that only under another user their limit holds. That user
owns nothing, and there is one for each worker: a fork bomb uses up nobody else's share. Files are
still opened as root, without root's privileges, since Python may lie where nobody else may read; a
program that a policy starts has not even that. Stands alone, like the worker that loads it.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from pathlib import Path

# Above all ranges that distributions, containers and systemd give out.
FIRST_USER = 0x7000_0000
CAP_KILL, CAP_SETUID = 1 << 5, 1 << 7
CAPABILITY_VERSION_3 = 0x20080522
SET_KEEP_CAPABILITIES, SET_NO_NEW_PRIVILEGES = 8, 38
LIBC = ctypes.CDLL(None, use_errno=True)


def processes_are_counted() -> bool:
    """Tell whether the limit on processes holds for this process."""
    if sys.platform != "linux" or os.getuid() != 0:
        return True
    # Root of a container without privileges is another user to the kernel.
    words = Path("/proc/self/uid_map").read_text().split()
    return words[:2] != ["0", "0"]


def can_leave_root() -> bool:
    """Tell whether this process may become another user, and end what that user starts."""
    if sys.platform != "linux" or os.getuid() != 0:
        return False
    wanted = CAP_KILL | CAP_SETUID
    return _capabilities() & wanted == wanted


def leave_root() -> bool:
    """Become a user that nobody else is, for good; tell whether processes are counted now."""
    if processes_are_counted():
        return True
    if not can_leave_root():
        return False
    user = FIRST_USER + os.getpid()
    _checked(LIBC.prctl(SET_KEEP_CAPABILITIES, 1, 0, 0, 0))
    os.setresuid(user, user, user)
    _set_capabilities(CAP_SETUID)
    LIBC.setfsuid(0)
    _set_capabilities(0)
    _checked(LIBC.prctl(SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    return True


def _header() -> bytes:
    return struct.pack("=Ii", CAPABILITY_VERSION_3, 0)


def _capabilities() -> int:
    """Return the first 32 effective capabilities, which hold those of interest."""
    sets = ctypes.create_string_buffer(24)
    _checked(LIBC.capget(_header(), sets))
    effective: int = struct.unpack_from("=I", sets)[0]
    return effective


def _set_capabilities(kept: int) -> None:
    sets = struct.pack("=6I", kept, kept, 0, 0, 0, 0)
    _checked(LIBC.capset(_header(), sets))


def _checked(result: int) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"cannot become another user: {os.strerror(number)}")
