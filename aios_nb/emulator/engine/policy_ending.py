"""Ends the processes of archives, without keeping anybody waiting for them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from .policy_process import Worker
from .policy_worker.processes import kill_group


@dataclass
class Endings:
    """The workers that are about to be gone."""

    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def end(self, worker: Worker, *, at_once: bool = False) -> None:
        """Let a worker end, by itself or, at once, by a signal."""
        worker.close()
        if at_once:
            kill_group(worker.process.pid)
        task = asyncio.create_task(asyncio.to_thread(worker.wait))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def wait(self) -> None:
        """Return when all are gone."""
        await asyncio.gather(*self._tasks)
