"""What this machine does not keep a policy from, in words for whoever starts the emulator."""

from __future__ import annotations

import os
import sys

from .policy_worker import fence, system_calls, user


def missing() -> list[str]:
    """Return one sentence for each shelter that the machine lacks; SECURITY.md names them all."""
    found = []
    if fence.landlock_version() < 1:
        found.append("policies can read and change what you can: the kernel has no Landlock")
    if not (user.processes_are_counted() or user.can_leave_root()):
        found.append("their processes are not counted: you are root, without its privileges")
    if sys.platform != "linux" or os.uname().machine not in system_calls.MACHINES:
        found.append("their system calls are not filtered: seccomp's numbers are not known here")
    return found
