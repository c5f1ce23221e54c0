"""Runs policies in processes of their own: warm per archive, bounded, ended with all they start."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import marshal
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from ..world import JSON
from .archives import ArchiveRefused, unpack
from .requirements import install

MEBIBYTE = 2**20
# What one call of a policy may use; see the process for how each is kept.
LIMITS = {
    "memory_bytes": 1024 * MEBIBYTE,
    "file_bytes": 64 * MEBIBYTE,
    "output_bytes": MEBIBYTE,
    "result_bytes": 16 * MEBIBYTE,
    "open_files": 256,
    "processes": 256,
}
MESSAGE, PROCESS, LENGTH = struct.Struct("!ci"), struct.Struct("!i"), struct.Struct("!Q")
WORKER = Path(__file__).with_name("policy_worker.py")
METRICS_API = Path(__file__).with_name("metrics_api.py")
DIED = "the policy's process ended without an answer (exit, signal, or out of memory)"
CUT = "emulator: this policy's further output is not kept (limit {limit} bytes)"


class Failed(Exception):  # noqa: N818 - an outcome that run() returns as a dict
    """A call that has no result: ``kind`` as in :meth:`PolicyProcesses.run`."""

    def __init__(self, kind: str, text: str, stage: str = "eval") -> None:
        super().__init__(text)
        self.answer = {"ok": False, "kind": kind, "error": text, "stage": stage}


@dataclass(frozen=True)
class Child:
    """A process that waits for its one call, and the socket that leads to it."""

    process: int
    link: socket.socket


class Worker:
    """The warm process of one archive (``policy_worker.py``), and the child that waits in it."""

    def __init__(
        self, process: subprocess.Popen[bytes], control: socket.socket, scratch: str
    ) -> None:
        self.process, self.control, self.scratch = process, control, scratch
        self.lines: list[str] = []
        self.calls = 0
        self.used_at = time.monotonic()
        self._is_lost = False
        self._waiting: asyncio.Queue[Child] = asyncio.Queue()

    def serve(self) -> None:
        """Begin to take children; the worker has imported its policy."""
        asyncio.get_running_loop().add_reader(self.control, self._receive)
        self._ask()

    async def child(self) -> Child:
        """Return a process for one call, and let the next one get ready."""
        self._ask()
        return await self._waiting.get()

    def _ask(self) -> None:
        with contextlib.suppress(OSError):
            self.control.send(MESSAGE.pack(b"F", 0))

    def _receive(self) -> None:
        try:
            message, descriptors, _, _ = socket.recv_fds(self.control, PROCESS.size, 1)
        except BlockingIOError:
            return
        except OSError:
            message, descriptors = b"", []
        if not descriptors:
            self._lose()
            return
        link = socket.socket(fileno=descriptors[0])
        link.setblocking(False)
        self._waiting.put_nowait(Child(PROCESS.unpack(message)[0], link))

    def _lose(self) -> None:
        """The worker is gone: whoever waits for a child gets one that is gone as well."""
        self._is_lost = True
        asyncio.get_running_loop().remove_reader(self.control)
        for _ in range(self.calls):
            gone, other = socket.socketpair()
            other.close()
            self._waiting.put_nowait(Child(0, gone))

    @property
    def is_alive(self) -> bool:
        return not self._is_lost and self.process.poll() is None

    def end_call(self, process: int) -> None:
        with contextlib.suppress(OSError):
            self.control.send(MESSAGE.pack(b"K", process))

    def close(self) -> None:
        """Ask the process to end its children and itself; it cannot refuse for long."""
        if self.control.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self.control)
        self.control.close()
        while not self._waiting.empty():
            self._waiting.get_nowait().link.close()

    def wait(self) -> None:
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        shutil.rmtree(self.scratch, ignore_errors=True)


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
    """

    folder: Path
    processes: int = 32
    kept: int = 8
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

    def _drop_failed(self, digest: str, task: asyncio.Task[Worker]) -> None:
        # A failed start is tried again by the next call, as AIOS does in every call.
        if (task.cancelled() or task.exception()) and self._workers.get(digest) is task:
            del self._workers[digest]

    async def _start(self, digest: str, archive: bytes, call: JSON) -> Worker:
        lines, folder = await asyncio.to_thread(self._prepare, digest, archive)
        scratch = Path(tempfile.mkdtemp(prefix="scratch-", dir=folder.parent))
        job = {
            **LIMITS,
            "function": str(folder / "code" / "function.py"),
            "packages": str(_packages(folder)) if _packages(folder).exists() else "",
            "metrics_api": str(METRICS_API),
            "scratch": str(scratch),
            "is_local": call["mode"] == "local",
            "processors": os.cpu_count() or 1,
            "limit_s": call["limit_s"],
        }
        with tempfile.TemporaryFile(dir=self.folder) as log:
            worker = await asyncio.to_thread(launch, job, log)
            # A little earlier than the call's own limit, so that it can tell what was printed.
            await self._await_import(worker, log, lines, limit_s=call["limit_s"] * 0.95)
            worker.lines = [*lines, *read_log(log)]
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
        done = install(requirements, _packages(folder), self._installing.add)
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


class Unready(Exception):  # noqa: N818 - see Failed
    """A worker that did not start, with the lines that its start logged."""

    def __init__(self, kind: str, text: str, stage: str, lines: list[str] | None = None) -> None:
        super().__init__(text)
        self.kind, self.stage, self.lines = kind, stage, lines or []


def _packages(folder: Path) -> Path:
    return folder.with_suffix(".packages")


def launch(job: JSON, log: IO[bytes]) -> Worker:
    """Start a worker; it ends itself when the other end of its control socket is closed."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    command = [sys.executable, "-I", "-B", "-X", "utf8", str(WORKER)]
    with theirs:
        process = subprocess.Popen(
            [*command, json.dumps({**job, "control": theirs.fileno()})],
            pass_fds=[theirs.fileno()],
            start_new_session=True,
            cwd=job["scratch"],
            env=_environment(job["scratch"]),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    return Worker(process, ours, job["scratch"])


def _environment(scratch: str) -> dict[str, str]:
    """Return what a policy may see: no token or key of the user's passes through."""
    kept = {k: os.environ[k] for k in ("PATH", "TZ", "LD_LIBRARY_PATH") if k in os.environ}
    # One thread for numerical libraries: the memory limit counts what each of them reserves.
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**kept, **threads, "LANG": "C.UTF-8", "HOME": scratch, "TMPDIR": scratch}


async def converse(worker: Worker, call: JSON, trace: Trace) -> JSON:
    """Send one call to a child of the worker's and return its answer."""
    try:
        child = await worker.child()
    except asyncio.CancelledError:
        worker.process.kill()  # it does not answer: the next call starts another
        raise
    trace.process = child.process
    with child.link, tempfile.TemporaryFile() as log:
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
    payload = _marshalled(call)
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


def kill_group(process: int) -> None:
    """End a call that exceeded its limit even if its worker no longer listens."""
    with contextlib.suppress(ProcessLookupError):
        if process:
            os.killpg(process, signal.SIGKILL)


def _marshalled(call: JSON) -> bytes:
    # Eight times faster than JSON at a thousand candidates; only ever read by our own child.
    try:
        return marshal.dumps(call)
    except ValueError:
        return marshal.dumps(json.loads(json.dumps(call, default=str)))


async def receive_frame(connection: socket.socket) -> bytearray:
    (length,) = LENGTH.unpack(await receive_exactly(connection, LENGTH.size))
    if length > LIMITS["result_bytes"]:
        raise ValueError(f"frame of {length} bytes, expected at most {LIMITS['result_bytes']}")
    return await receive_exactly(connection, length)


async def receive_exactly(connection: socket.socket, length: int) -> bytearray:
    loop = asyncio.get_running_loop()
    data = bytearray(length)
    view, position = memoryview(data), 0
    while position < length:
        count = await loop.sock_recv_into(connection, view[position:])
        if not count:
            raise ConnectionResetError(DIED)
        position += count
    return data


def read_log(log: IO[bytes]) -> list[str]:
    limit = LIMITS["output_bytes"]
    data = os.pread(log.fileno(), limit + 1, 0)
    lines = data[:limit].decode(errors="replace").splitlines()
    return [*lines, CUT.format(limit=limit)] if len(data) >= limit else lines
