"""What a policy's call holds in memory, with all that it has started.

The kernel limits each process alone; hundreds of small ones are as large as one that is too large.
"""

from __future__ import annotations

import re
from pathlib import Path

from .processes import children

OWN = re.compile(r"Rss(?:Anon|Shmem):\s+(\d+) kB")


def held_bytes(process: int, *, shared: int) -> int:
    """Return what a process and its descendants hold.

    Parameters
    ----------
    shared
        What each has in common with the process that it was forked from, in bytes.
    """
    total, waiting = 0, [process]
    while waiting:
        current = waiting.pop()
        total += max(0, own_bytes(current) - shared)
        waiting += children(current)
    return total


def own_bytes(process: int) -> int:
    """Return what one process holds; 0 if it is gone, or the system does not tell."""
    try:
        text = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    return sum(map(int, OWN.findall(text))) * 1024
