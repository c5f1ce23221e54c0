"""Runs pip for a policy's requirements: as limited as a policy, and ended with all that it starts.

What a package runs when it is built is uploaded code like any other. This process waits outside
the fence for pip, so that a build can neither signal it nor outlive it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time

from .children import Children
from .fence import raise_fence
from .kinship import adopt_orphans
from .limits import become_first_choice, limit_resources, threads_of_this_user
from .protocol import JSON
from .system_calls import refuse_calls
from .user import leave_root

LOOK_S = 0.25


def install(job: JSON) -> None:
    """Run the job's command; end as it ended, and sooner when the emulator is gone."""
    emulator = os.getppid()
    kept = leave_root(job["scratch"])
    become_first_choice()
    limit_resources({**job, "present": threads_of_this_user()})
    adopt_orphans()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))

    def shut_in() -> None:
        raise_fence(job["fence"], capabilities=kept)
        refuse_calls()

    children = Children(memory_bytes=job["memory_bytes"])
    try:
        pip = subprocess.Popen(job["command"], preexec_fn=shut_in, start_new_session=True)
        children.running[pip.pid] = job["scratch"]
        status = _wait(pip, children, emulator, job["limit_s"])
    finally:
        _end(children, job["scratch"])
    if status < 0:
        if -status != signal.SIGKILL:
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    sys.exit(status)


def _wait(pip: subprocess.Popen[bytes], children: Children, emulator: int, limit_s: float) -> int:
    """Return pip's status, in time; meanwhile see that it does not hold too much."""
    end = time.monotonic() + limit_s
    while os.getppid() == emulator and time.monotonic() < end:
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = pip.wait(LOOK_S)
            del children.running[pip.pid]
            return status
        children.weigh()
    return -signal.SIGKILL


def _end(children: Children, scratch: str) -> None:
    woken, waker = os.pipe()  # nobody writes: it only spaces the looks out
    children.end_all(scratch, woken=woken)
    for descriptor in (woken, waker):
        os.close(descriptor)
