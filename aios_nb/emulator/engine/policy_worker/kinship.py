"""Who ends with whom, and who inherits whose children: asked of the Linux kernel."""

from __future__ import annotations

import contextlib
import ctypes
import signal

SET_PARENT_DEATH_SIGNAL, SET_CHILD_SUBREAPER = 1, 36
LIBC = ctypes.CDLL(None)


def adopt_orphans() -> None:
    """Become the parent of what loses its own below: so daemons a policy leaves are found."""
    _prctl(SET_CHILD_SUBREAPER, 1)


def end_with_parent() -> None:
    _prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)


def _prctl(option: int, value: int) -> None:
    # Linux only; elsewhere the process group is all that is ended with a call.
    with contextlib.suppress(OSError, AttributeError):
        LIBC.prctl(option, value, 0, 0, 0)
