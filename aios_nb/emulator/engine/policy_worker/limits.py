"""What the kernel lets a policy's processes use, each of them and all together (SECURITY.md)."""

from __future__ import annotations

import contextlib
import os
import resource
from pathlib import Path

from .protocol import JSON


def limit_resources(job: JSON) -> None:
    limits = {
        resource.RLIMIT_AS: job["memory_bytes"],
        resource.RLIMIT_FSIZE: job["file_bytes"],
        resource.RLIMIT_NOFILE: job["open_files"],
        resource.RLIMIT_CORE: 0,
        # Twice what a call may start: one that starts all it can must not stop the next calls.
        resource.RLIMIT_NPROC: job["present"] + 2 * job["processes"],
    }
    for kind, limit in limits.items():
        lower_limit(kind, limit)


def limit_call(job: JSON) -> None:
    """Let this child start half of what all may start together."""
    lower_limit(resource.RLIMIT_NPROC, job["present"] + job["processes"])


def limit_time(job: JSON, limit_s: float) -> None:
    """End this child by its processor time if nobody else ends it by the clock."""
    lower_limit(resource.RLIMIT_CPU, int(limit_s * job["processors"]) + 2)


def lower_limit(kind: int, limit: int) -> None:
    # Not every system knows every limit, and a lower one that is there already stays.
    with contextlib.suppress(ValueError, OSError):
        hard = resource.getrlimit(kind)[1]
        ceiling = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (ceiling, ceiling))


def become_first_choice() -> None:
    """Let the kernel end policies before all else when the machine runs out of memory."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def threads_of_this_user() -> int:
    """Count what RLIMIT_NPROC counts; without /proc, assume a busy desktop."""
    count, user = 0, os.getuid()
    try:
        for process in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if process.name.isdigit() and process.stat().st_uid == user:
                    count += len(os.listdir(process / "task"))
    except OSError:
        return 2048
    return count
