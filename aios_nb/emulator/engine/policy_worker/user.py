"""Gives a policy's processes a user of their own where the emulator runs as root.

Linux counts no processes of root's, so that only under another user their limit holds. That user
owns nothing but the policy's own folder, and there is one for each worker: a fork bomb uses up
nobody else's share. Of root's privileges it keeps one, to open files, since Python may lie where
nobody else may read; which files that are is for the fence to say. Modes, owners and times of
files are out of its reach.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from pathlib import Path

# Above all ranges that distributions, containers and systemd give out.
FIRST_USER = 0x7000_0000
CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_KILL, CAP_SETUID, CAP_SETPCAP = 0, 1, 5, 7, 8
NEEDED = (CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_KILL, CAP_SETUID, CAP_SETPCAP)
CAPABILITY_VERSION_3 = 0x20080522
SET_KEEP_CAPABILITIES, SET_NO_NEW_PRIVILEGES = 8, 38
CHANGE_AMBIENT, RAISE = 47, 2
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
    wanted = sum(1 << number for number in NEEDED)
    return _capabilities() & wanted == wanted


def leave_root(folder: str) -> int:
    """Become a user that nobody else is, for good; return the capabilities that are left to it.

    Without the privileges to do so root stays root, and its processes are not counted.

    Parameters
    ----------
    folder
        What the new user shall own.
    """
    if processes_are_counted() or not can_leave_root():
        return 0
    user = FIRST_USER + os.getpid()
    os.chown(folder, user, -1)
    _prctl(SET_KEEP_CAPABILITIES, 1)
    os.setresuid(user, user, user)
    _keep_capability(CAP_DAC_OVERRIDE)
    _prctl(CHANGE_AMBIENT, RAISE, CAP_DAC_OVERRIDE)  # programs that a policy starts have it too
    _prctl(SET_NO_NEW_PRIVILEGES, 1)
    return 1 << CAP_DAC_OVERRIDE


def _header() -> bytes:
    return struct.pack("=Ii", CAPABILITY_VERSION_3, 0)


def _capabilities() -> int:
    """Return the first 32 effective capabilities, which hold those of interest."""
    sets = ctypes.create_string_buffer(24)
    _checked(LIBC.capget(_header(), sets))
    effective: int = struct.unpack_from("=I", sets)[0]
    return effective


def _keep_capability(number: int) -> None:
    """Keep one capability, inheritable as well, and drop all others."""
    sets = struct.pack("=6I", *[1 << number] * 3, 0, 0, 0)
    _checked(LIBC.capset(_header(), sets))


def _prctl(option: int, *values: int) -> None:
    _checked(LIBC.prctl(option, *values, *[0] * (4 - len(values))))


def _checked(result: int) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"cannot become another user: {os.strerror(number)}")
