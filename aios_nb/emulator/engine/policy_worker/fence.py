"""Keeps uploaded code away from the emulator's own files, and from writing anywhere else.

Linux's Landlock does it, without privileges, for a process and all it starts: files outside the
given folders can be read and run but not written, hidden folders cannot even be read, and memory,
environment and signals of processes outside are out of reach.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on every architecture
SET_NO_NEW_PRIVILEGES = 38
CAPABILITY_VERSION_3 = 0x20080522
WRITE_FILE, READ_FILE, READ_FOLDER, REFER, TRUNCATE = 1 << 1, 1 << 2, 1 << 3, 1 << 13, 1 << 14
READING = READ_FILE | READ_FOLDER
CHANGING = WRITE_FILE | sum(1 << bit for bit in range(4, 13))
OF_FILES = WRITE_FILE | READ_FILE | TRUNCATE
SCOPED = 0b11  # no signals to, and no abstract sockets of, processes outside
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
LIBC = ctypes.CDLL(None, use_errno=True)


def raise_fence(fence: dict[str, list[str]], *, capabilities: int = 0) -> bool:
    """Shut this process in for good; tell whether the system can do so.

    Parameters
    ----------
    fence
        ``hidden``: folders that cannot be read, save what lies in ``readable`` or ``writable``;
        ``writable``: the only folders in which anything can be changed.
    capabilities
        Which of its capabilities the process keeps; as a rule it has none.
    """
    version = landlock_version()
    if version < 1:
        return False
    changing = CHANGING | (REFER if version >= 2 else 0) | (TRUNCATE if version >= 3 else 0)
    ruleset = _create_ruleset(READING | changing, version)
    for path in _around(fence["hidden"]):
        _allow(ruleset, path, READING)
    for path in [sys.prefix, sys.base_prefix, os.path.dirname(__file__), *fence["readable"]]:
        _allow(ruleset, path, READING)
    for path in fence["writable"]:
        _allow(ruleset, path, READING | changing)
    for name in DEVICES:
        _allow(ruleset, f"/dev/{name}", (READING | changing) & OF_FILES)
    _checked(LIBC.prctl(SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    _drop_capabilities(capabilities)
    _checked(LIBC.syscall(RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)
    return True


def _drop_capabilities(kept: int) -> None:
    # Root's would lead around the fence: CAP_PERFMON reads the environment of any process.
    header = struct.pack("=Ii", CAPABILITY_VERSION_3, 0)
    _checked(LIBC.capset(header, struct.pack("=6I", kept, kept, kept, 0, 0, 0)))


def landlock_version() -> int:
    """Return which Landlock the kernel has; 0 or less: none that can be used."""
    if sys.platform != "linux":
        return 0
    return int(LIBC.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1))


def _create_ruleset(handled: int, version: int) -> int:
    attributes = struct.pack("=QQQ", handled, 0, SCOPED)
    length = 24 if version >= 6 else 8
    return _checked(LIBC.syscall(CREATE_RULESET, attributes, ctypes.c_size_t(length), 0))


def _around(hidden: Iterable[str]) -> Iterator[str]:
    """Yield the paths that together hold everything but the hidden folders."""
    inside = {Path(folder).resolve() for folder in hidden}
    above = {parent for folder in inside for parent in folder.parents}
    if not inside:
        yield "/"
    for folder in sorted(above):
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            # A link has no say: what it leads to is reached, or not, under its own name.
            names = [Path(entry.path) for entry in entries if not entry.is_symlink()]
            yield from (str(name) for name in names if name not in inside | above)


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # gone since it was listed, or never there
    try:
        if not stat.S_ISDIR(os.fstat(handle).st_mode):
            access &= OF_FILES
        rule = struct.pack("=Qi", access, handle)
        LIBC.syscall(ADD_RULE, ruleset, 1, rule, 0)  # refused for what is on no file system
    finally:
        os.close(handle)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"cannot shut the policy in: {os.strerror(number)}")
    return result
