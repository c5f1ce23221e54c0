"""The emulator's end of a policy's warm process: its children, the documents it holds, its end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import marshal
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ..folders import remove_folder
from ..world import JSON
from .policy_holdings import Holdings

MEBIBYTE = 2**20
MESSAGE, PROCESS, LENGTH = struct.Struct("!ci"), struct.Struct("!i"), struct.Struct("!Q")
RESULT_LIMIT_BYTES = 16 * MEBIBYTE
WORKER = Path(__file__).with_name("policy_worker.py")
DIED = "the policy's process ended without an answer (exit, signal, or out of memory)"


@dataclass(frozen=True)
class Child:
    """A process that waits for its one call, the socket that leads to it, and what it holds."""

    process: int
    link: socket.socket
    holding: int


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
        self._holdings = Holdings()
        self._asked: deque[int] = deque()  # what the process held when it was asked for a child

    def serve(self) -> None:
        """Begin to take children; the worker has imported its policy."""
        asyncio.get_running_loop().add_reader(self.control, self._receive)
        self._ask()

    def places(self, documents: Any) -> list[int] | None:
        """Return where the process holds these documents; None: it does not."""
        return self._holdings.places(documents, self.control, message=MESSAGE.pack(b"D", 0))

    async def child(self, *, holding: int = 0) -> Child:
        """Return a process for one call, and let the next one get ready.

        Parameters
        ----------
        holding
            How many places it must know; one that was made before knows fewer, and ends.
        """
        while True:
            self._ask()
            child = await self._waiting.get()
            if child.holding >= holding:
                return child
            child.link.close()
            self.end_call(child.process)

    def _ask(self) -> None:
        self._asked.append(self._holdings.next_place)
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
        self._waiting.put_nowait(Child(PROCESS.unpack(message)[0], link, self._asked.popleft()))

    def _lose(self) -> None:
        """The worker is gone: whoever waits for a child gets one that is gone as well."""
        self._is_lost = True
        asyncio.get_running_loop().remove_reader(self.control)
        for _ in range(self.calls):
            gone, other = socket.socketpair()
            other.close()
            self._waiting.put_nowait(Child(0, gone, sys.maxsize))

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
        remove_folder(self.scratch)


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


def kill_group(process: int) -> None:
    """End a call that exceeded its limit even if its worker no longer listens."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if process:
            os.killpg(process, signal.SIGKILL)


def marshalled(call: JSON) -> bytes:
    # Eight times faster than JSON at a thousand candidates; only ever read by our own child.
    try:
        return marshal.dumps(call)
    except ValueError:
        return marshal.dumps(json.loads(json.dumps(call, default=str)))


async def receive_frame(connection: socket.socket) -> bytearray:
    (length,) = LENGTH.unpack(await receive_exactly(connection, LENGTH.size))
    if length > RESULT_LIMIT_BYTES:
        raise ValueError(f"frame of {length} bytes, expected at most {RESULT_LIMIT_BYTES}")
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
