"""The processes that run uploaded code, and all they start: reaped, weighed, ended."""

from __future__ import annotations

import contextlib
import os
import select
import signal

from ...folders import remove_folder
from .memory import held_bytes, own_bytes
from .processes import children, kill_group


class Children:
    """The processes below this one: calls below a zygote, pip below an installation.

    Parameters
    ----------
    memory_bytes
        What a call, or pip, may hold in all of its processes together.
    """

    def __init__(self, *, memory_bytes: int) -> None:
        self.running: dict[int, str] = {}  # process ids and their working folders
        self.spared = set(self.all())  # what function.py itself started when it was imported
        self.memory_bytes = memory_bytes

    def all(self) -> list[int]:
        """Return the calls, and what has lost its parent in one."""
        return children(os.getpid())

    def end(self, process: int) -> None:
        if process in self.running:
            kill_group(process)

    def weigh(self) -> None:
        """End a call that holds more than it may in all of its processes together."""
        shared = own_bytes(os.getpid())
        held = dict.fromkeys(self.running, 0)
        for process in self.all():
            with contextlib.suppress(ProcessLookupError):
                call = process if process in held else os.getsid(process)
                if call in held:
                    held[call] += held_bytes(process, shared=shared)
        for call, count in held.items():
            if count > self.memory_bytes:
                kill_group(call)

    def reap(self) -> None:
        has_ended = False
        with contextlib.suppress(ChildProcessError):
            while (process := os.waitpid(-1, os.WNOHANG)[0]) != 0:
                has_ended = True
                kill_group(process)
                scratch = self.running.pop(process, None)
                if scratch:
                    remove_folder(scratch)
        if has_ended:
            self.end_strays()

    def end_strays(self) -> None:
        """End what fled from its call's process group and lost its parent."""
        for process in self.all():
            if process in self.running or process in self.spared:
                continue
            with contextlib.suppress(ProcessLookupError):
                if os.getsid(process) not in self.running:
                    os.kill(process, signal.SIGKILL)

    def end_all(self, scratch: str, *, woken: int) -> None:
        """End them, wait a second at most until they are gone, and remove the folder of all."""
        self.spared.clear()
        for _ in range(50):
            for process in list(self.running):
                kill_group(process)
            self.end_strays()
            self.reap()
            if not self.running and not self.all():
                break
            select.select([woken], [], [], 0.02)
        remove_folder(scratch)
