"""Runs policies in processes of their own: warm per archive, bounded, ended with all they start."""

from __future__ import annotations

import asyncio
import hashlib
import time
from dataclasses import dataclass, field
from pathlib import Path

from ..world import JSON
from .policy_conversation import Trace, converse
from .policy_ending import Endings
from .policy_failing import DIED, Failed, Unready
from .policy_preparing import Workshop
from .policy_process import Worker
from .policy_start import Starter


@dataclass
class Share:
    """The calls of one archive, of which so many may run at one time."""

    places: asyncio.Semaphore
    calls: int = 0  # those that wait until they may run among them
    running: int = 0


@dataclass
class PolicyProcesses:
    """Runs policy archives; implements ``world.PolicyRunner``.

    Parameters
    ----------
    folder
        Where archives are unpacked, under ``runs``; the emulator's own folder.
    processes
        Most calls at one time; of one archive at most half of them, so that none blocks another.
    kept
        Most idle workers; the one used longest ago is ended first.
    hidden
        Folders beside the emulator's own that a policy must not read.
    """

    folder: Path
    processes: int = 32
    kept: int = 8
    hidden: tuple[Path, ...] = ()
    _workers: dict[str, asyncio.Task[Worker]] = field(default_factory=dict)
    _shares: dict[str, Share] = field(default_factory=dict)
    _endings: Endings = field(default_factory=Endings)

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.processes)
        self._workshop = Workshop(self.folder, hidden=(self.folder, *self.hidden))
        self._starter = Starter(self._workshop, self._endings)

    async def run(self, archive: bytes, call: JSON, *, limit_s: float) -> JSON:
        """Run one call and return what became of it; failures of a policy are not raised.

        Parameters
        ----------
        call
            ``settings``, ``parameters``, ``input_data``, ``mode`` (``executor`` or ``local``),
            optional ``rule_id``, ``services`` (base URLs for local mode's metrics clients) and
            ``constructs_only`` (stop before ``eval``).
        limit_s
            Wall time for everything, cold start included.

        Returns
        -------
        JSON
            ``{"ok": True, "result"}`` or ``{"ok": False, "error", "kind", "stage"}`` where kind is
            raised, unserialisable, timeout, died or archive; always ``logs`` (lines), ``folder``
            (where the archive is unpacked), ``pid`` (0: none was started) and ``ms``.
        """
        begun, trace = time.perf_counter(), Trace()
        digest = hashlib.sha256(archive).hexdigest()[:32]
        try:
            async with asyncio.timeout(limit_s):
                answer = await self._answer(digest, archive, {**call, "limit_s": limit_s}, trace)
        except TimeoutError:
            answer = Failed("timeout", f"no answer within {limit_s:.3g} s").answer
        except Failed as failed:
            answer = failed.answer
        ms = (time.perf_counter() - begun) * 1000
        folder = self._workshop.folder_of(digest)
        known = {"logs": trace.lines, "folder": str(folder), "pid": trace.process}
        return {**answer, **known, "ms": ms}

    async def _answer(self, digest: str, archive: bytes, call: JSON, trace: Trace) -> JSON:
        places = asyncio.Semaphore(max(1, self.processes // 2))
        share = self._shares.setdefault(digest, Share(places))
        share.calls += 1
        try:
            async with share.places, self._slots:
                return await self._use(share, digest, archive, call, trace)
        finally:
            share.calls -= 1
            if not share.calls:
                del self._shares[digest]

    async def _use(
        self, share: Share, digest: str, archive: bytes, call: JSON, trace: Trace
    ) -> JSON:
        share.running += 1  # from before the start on: a worker that is just ready is not idle
        try:
            worker = await self._worker(digest, archive, call, trace)
            worker.used_at = time.monotonic()
            answer = await converse(worker, call, trace)
            worker.used_at = time.monotonic()
            return answer
        except OSError as error:
            # The process, or the policy in it, closed the connection.
            raise Failed("died", DIED) from error
        finally:
            share.running -= 1
            self._end_idle()

    async def _worker(self, digest: str, archive: bytes, call: JSON, trace: Trace) -> Worker:
        task = self._present(digest)
        if task is None:
            task = asyncio.create_task(self._starter.start(digest, archive, call=call))
            self._workers[digest] = task
            task.add_done_callback(lambda done: self._drop_failed(digest, done))
        # Other calls wait for the same start; it goes on when this one has waited too long.
        try:
            worker = await asyncio.shield(task)
        except Unready as unready:
            trace.lines += unready.lines
            raise Failed(unready.kind, str(unready), unready.stage) from unready
        except OSError as error:
            raise Failed("died", f"no process for the policy: {error}", "unpack") from error
        trace.lines += worker.lines
        return worker

    def _present(self, digest: str) -> asyncio.Task[Worker] | None:
        """Return the worker that runs or is about to; one that failed or has ended is forgotten."""
        task = self._workers.get(digest)
        if task is not None and task.done():
            self._drop_failed(digest, task)
            if _has_started(task) and not task.result().is_alive:
                self._forget(digest, task)
        return self._workers.get(digest)

    def _drop_failed(self, digest: str, task: asyncio.Task[Worker]) -> None:
        # A failed start is tried again by the next call, as AIOS does in every call.
        if not _has_started(task) and self._workers.get(digest) is task:
            del self._workers[digest]

    def _end_idle(self) -> None:
        ready = {d: t for d, t in self._workers.items() if _has_started(t)}
        busy = {digest for digest, share in self._shares.items() if share.running}
        idle = [(t.result().used_at, d, t) for d, t in ready.items() if d not in busy]
        for _, digest, task in sorted(idle)[: max(0, len(ready) - self.kept)]:
            self._forget(digest, task)

    def _forget(self, digest: str, task: asyncio.Task[Worker]) -> None:
        del self._workers[digest]
        self._endings.end(task.result())

    async def close(self) -> None:
        """End all processes, and wait until they are gone."""
        self._workshop.close()
        starting = [task for task in self._workers.values() if not task.done()]
        for task in starting:
            task.cancel()
        if starting:
            await asyncio.wait(starting)
        for digest, task in list(self._workers.items()):
            if _has_started(task):
                self._forget(digest, task)
        await self._endings.wait()


def _has_started(task: asyncio.Task[Worker]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None
