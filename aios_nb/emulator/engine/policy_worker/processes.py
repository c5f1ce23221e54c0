"""Finds the children of a process and ends a group of them; at both ends of the control socket."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path


def children(process: int) -> list[int]:
    """Return the direct children of all its threads; none where the kernel does not list them."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{process}/task"):
            with contextlib.suppress(OSError):
                text = Path(f"/proc/{process}/task/{thread}/children").read_text()
                found += map(int, text.split())
    return found


def kill_group(leader: int) -> None:
    """End a process and all in its group, as far as they are there; 0 is no process."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if leader:
            os.killpg(leader, signal.SIGKILL)
