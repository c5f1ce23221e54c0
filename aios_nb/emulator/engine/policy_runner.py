"""Runs policies in processes of their own: warm per archive, bounded, ended with all they start."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from ..world import JSON
from .archives import ArchiveRefused, unpack
from .policy_process import (
    DIED,
    LENGTH,
    MEBIBYTE,
    RESULT_LIMIT_BYTES,
    Worker,
    kill_group,
    launch,
    marshalled,
    receive_frame,
)
from .requirements import install

# What one call of a policy may use; see the process for how each is kept.
LIMITS = {
    "memory_bytes": 1024 * MEBIBYTE,
    "file_bytes": 64 * MEBIBYTE,
    "output_bytes": MEBIBYTE,
    "result_bytes": RESULT_LIMIT_BYTES,
    "open_files": 256,
    "processes": 256,
}
CUT = "emulator: this policy's further output is not kept (limit {limit} bytes)"


class Failed(Exception):  # noqa: N818 - an outcome that run() returns as a dict
    """A call that has no result: ``kind`` as in :meth:`PolicyProcesses.run`."""

    def __init__(self, kind: str, text: str, stage: str = "eval") -> None:
        super().__init__(text)
        self.answer = {"ok": False, "kind": kind, "error": text, "stage": stage}


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
    _shares: dict[str, asyncio.Semaphore] = field(default_factory=dict)
    _installing: set[subprocess.Popen[bytes]] = field(default_factory=set)
    _ending: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.processes)

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
            answer = Failed("timeout", f"no answer within {limit_s:g} s").answer
        except Failed as failed:
            answer = failed.answer
        ms = (time.perf_counter() - begun) * 1000
        known = {"logs": trace.lines, "folder": str(self._folder(digest)), "pid": trace.process}
        return {**answer, **known, "ms": ms}

    def _folder(self, digest: str) -> Path:
        return self.folder / "runs" / digest

    async def _answer(self, digest: str, archive: bytes, call: JSON, trace: Trace) -> JSON:
        share = self._shares.setdefault(digest, asyncio.Semaphore(max(1, self.processes // 2)))
        async with share, self._slots:
            worker = await self._worker(digest, archive, call, trace)
            worker.calls += 1
            try:
                return await converse(worker, call, trace)
            except OSError as error:
                # The process, or the policy in it, closed the connection.
                raise Failed("died", DIED) from error
            finally:
                worker.calls -= 1
                worker.used_at = time.monotonic()
                self._end_idle()

    async def _worker(self, digest: str, archive: bytes, call: JSON, trace: Trace) -> Worker:
        task = self._workers.get(digest)
        if task is not None and task.done() and not task.result().is_alive:
            self._forget(digest, task)
            task = None
        if task is None:
            task = asyncio.create_task(self._start(digest, archive, call))
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

    def _fence(self, *, readable: Iterable[Path], writable: Path) -> dict[str, list[str]]:
        hidden = [str(self.folder), *map(str, self.hidden)]
        return {"hidden": hidden, "readable": [*map(str, readable)], "writable": [str(writable)]}

    def _drop_failed(self, digest: str, task: asyncio.Task[Worker]) -> None:
        # A failed start is tried again by the next call, as AIOS does in every call.
        if (task.cancelled() or task.exception()) and self._workers.get(digest) is task:
            del self._workers[digest]

    async def _start(self, digest: str, archive: bytes, call: JSON) -> Worker:
        lines, folder = await asyncio.to_thread(self._prepare, digest, archive)
        with tempfile.TemporaryFile(dir=self.folder) as log:
            try:
                worker = await self._launch(self._job(folder, call), log, lines)
            except HasThreads:
                job = {**self._job(folder, call), "imports_per_call": True}
                worker = await self._launch(job, log, lines)
            worker.lines = [*lines, *read_log(log)]
        return worker

    def _job(self, folder: Path, call: JSON) -> JSON:
        scratch = Path(tempfile.mkdtemp(prefix="scratch-", dir=folder.parent))
        return {
            **LIMITS,
            "function": str(folder / "code" / "function.py"),
            "packages": str(_packages(folder)) if _packages(folder).exists() else "",
            "fence": self._fence(readable=[folder, _packages(folder)], writable=scratch),
            "scratch": str(scratch),
            "is_local": call["mode"] == "local",
            "processors": os.cpu_count() or 1,
            "limit_s": call["limit_s"],
        }

    async def _launch(self, job: JSON, log: IO[bytes], lines: list[str]) -> Worker:
        worker = await asyncio.to_thread(launch, job, log)
        # A little earlier than the call's own limit, so that it can tell what was printed.
        await self._await_import(worker, log, lines, limit_s=job["limit_s"] * 0.95)
        return worker

    async def _await_import(
        self, worker: Worker, log: IO[bytes], lines: list[str], *, limit_s: float
    ) -> None:
        try:
            async with asyncio.timeout(limit_s):
                answer = json.loads(await receive_frame(worker.control))
            if answer["ok"]:
                worker.serve()
                return
            if answer["kind"] == "threads":
                self._end(worker, at_once=True)
                raise HasThreads
            unready = Unready(answer["kind"], answer["error"], "import")
        except TimeoutError:
            unready = Unready("timeout", f"no answer within {limit_s:g} s", "import")
        except (OSError, ValueError):
            unready = Unready("died", DIED, "import")
        except asyncio.CancelledError:
            self._end(worker)
            raise
        unready.lines = [*lines, *read_log(log)]
        self._end(worker, at_once=True)
        raise unready

    def _prepare(self, digest: str, archive: bytes) -> tuple[list[str], Path]:
        """Unpack and install, in a thread; return the log lines of both and the folder."""
        folder = self._folder(digest)
        folder.parent.mkdir(exist_ok=True)
        kind = folder.with_suffix(".kind")
        try:
            if not folder.exists():
                kind.write_text(unpack(archive, folder))
        except ArchiveRefused as refused:
            lines = [f"ERROR:root:{refused}"] if str(refused) == "Unsupported file format" else []
            lines.append(f"ERROR:root:Error extracting archive: {refused}")
            raise Unready("archive", str(refused), "unpack", lines) from refused
        lines = [f"INFO:root:Extracted {kind.read_text()} file to {folder}"]
        requirements = folder / "code" / "requirements.txt"
        hidden = [self.folder, *self.hidden]
        done = install(requirements, _packages(folder), self._installing.add, hidden=hidden)
        if done.error is not None:
            raise Unready("raised", done.error, "install", [*lines, *done.lines])
        return [*lines, *done.lines], folder

    def _end_idle(self) -> None:
        ready = {d: t for d, t in self._workers.items() if t.done() and not t.exception()}
        idle = [(t.result().used_at, d, t) for d, t in ready.items() if not t.result().calls]
        for _, digest, task in sorted(idle)[: max(0, len(ready) - self.kept)]:
            self._forget(digest, task)

    def _forget(self, digest: str, task: asyncio.Task[Worker]) -> None:
        del self._workers[digest]
        self._shares.pop(digest, None)
        self._end(task.result())

    def _end(self, worker: Worker, *, at_once: bool = False) -> None:
        worker.close()
        if at_once:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(worker.process.pid, signal.SIGKILL)
        task = asyncio.create_task(asyncio.to_thread(worker.wait))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def close(self) -> None:
        """End all processes, and wait until they are gone."""
        for process in self._installing:
            process.kill()
        for digest, task in list(self._workers.items()):
            if not task.done():
                task.cancel()
                await asyncio.wait([task])
            elif not task.exception():
                self._forget(digest, task)
        await asyncio.gather(*self._ending)


@dataclass
class Trace:
    """What is known of a call even when it fails."""

    lines: list[str] = field(default_factory=list)
    process: int = 0


class HasThreads(Exception):  # noqa: N818 - see Failed
    """An import left threads running; a child that is forked would lack them."""


class Unready(Exception):  # noqa: N818 - see Failed
    """A worker that did not start, with the lines that its start logged."""

    def __init__(self, kind: str, text: str, stage: str, lines: list[str] | None = None) -> None:
        super().__init__(text)
        self.kind, self.stage, self.lines = kind, stage, lines or []


def _packages(folder: Path) -> Path:
    return folder.with_suffix(".packages")


async def converse(worker: Worker, call: JSON, trace: Trace) -> JSON:
    """Send one call to a child of the worker's and return its answer."""
    places = worker.places(call["input_data"])
    if places is not None:
        call = {**call, "input_data": [], "places": places}
    try:
        child = await worker.child(holding=max(places or [-1]) + 1)
    except asyncio.CancelledError:
        worker.process.kill()  # it does not answer: the next call starts another
        raise
    trace.process = child.process
    with child.link, open_log() as log:
        try:
            return await _exchange(child.link, call, log)
        except asyncio.CancelledError:
            kill_group(child.process)
            raise
        finally:
            worker.end_call(child.process)
            trace.lines += read_log(log)


async def _exchange(link: socket.socket, call: JSON, log: IO[bytes]) -> JSON:
    loop = asyncio.get_running_loop()
    payload = marshalled(call)
    socket.send_fds(link, [LENGTH.pack(len(payload))], [log.fileno()])
    await loop.sock_sendall(link, payload)
    try:
        answer = json.loads(await receive_frame(link))
        if answer["ok"]:
            return {"ok": True, "result": answer["result"]}
        return Failed(str(answer["kind"]), str(answer["error"]), str(answer["stage"])).answer
    except (ValueError, TypeError, KeyError) as error:
        # Only a policy that writes to its own connection gets here.
        raise Failed("died", DIED) from error


def open_log() -> IO[bytes]:
    """Return a file for what one call prints; where there is a choice, none on a disk."""
    if not hasattr(os, "memfd_create"):
        return tempfile.TemporaryFile()
    return os.fdopen(os.memfd_create("policy-log"), "w+b")


def read_log(log: IO[bytes]) -> list[str]:
    limit = LIMITS["output_bytes"]
    data = os.pread(log.fileno(), limit + 1, 0)
    lines = data[:limit].decode(errors="replace").splitlines()
    return [*lines, CUT.format(limit=limit)] if len(data) >= limit else lines
