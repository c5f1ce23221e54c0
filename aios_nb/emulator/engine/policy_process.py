"""The emulator's end of a policy's warm process: its children, the documents it holds, its end."""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
import subprocess
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from ..folders import remove_folder
from .policy_failing import DIED
from .policy_holdings import Holdings
from .policy_worker.processes import kill_group
from .policy_worker.protocol import MESSAGE, PROCESS

SILENT_S = 1.0  # other calls may go on in it: one that came with little time must not end them


@dataclass(frozen=True)
class Child:
    """A process that waits for its one call, the socket that leads to it, and what it holds."""

    process: int
    link: socket.socket
    held: range

    def holds(self, places: list[int]) -> bool:
        """Tell whether it knows all these places: others may have pushed some out meanwhile."""
        return min(places) >= self.held.start and max(places) < self.held.stop


class Worker:
    """The warm process of one archive (``policy_worker``), and the child that waits in it."""

    def __init__(
        self, process: subprocess.Popen[bytes], control: socket.socket, scratch: str
    ) -> None:
        self.process, self.control, self.scratch = process, control, scratch
        self.lines: list[str] = []
        self.used_at = time.monotonic()
        self._is_lost = False
        # None: there will be none any more.
        self._waiting: asyncio.Queue[Child | None] = asyncio.Queue()
        self._wanting = 0  # calls that wait for a child
        self._holdings = Holdings()
        # When it was asked for a child that has not come, and what it held by then.
        self._asked: deque[tuple[float, range]] = deque()
        self._heard_at = 0.0

    def serve(self) -> None:
        """Begin to take children; the worker has imported its policy."""
        asyncio.get_running_loop().add_reader(self.control, self._receive)
        self._ask()

    def places(self, documents: Any) -> list[int] | None:
        """Return where the process holds these documents; None: it does not."""
        return self._holdings.places(documents, self.control, message=MESSAGE.pack(b"D", 0))

    async def child(self, *, newest: int = -1) -> Child:
        """Return a process for one call, and let the next one get ready.

        Parameters
        ----------
        newest
            A place that it must have been made after; one that was made before ends.

        Raises
        ------
        ConnectionResetError
            The worker is gone.
        """
        self._wanting += 1
        try:
            while True:
                self._ask()
                child = None if self._is_lost else await self._waiting.get()
                if child is None:
                    raise ConnectionResetError(DIED)
                if newest < child.held.stop:
                    return child
                child.link.close()
                self.end_call(child.process)
        finally:
            self._wanting -= 1

    def _ask(self) -> None:
        """See to it that a child comes for each call that waits, and one for the next.

        A call that gave up leaves the child that it asked for to another.
        """
        with contextlib.suppress(OSError):
            while len(self._asked) + self._waiting.qsize() <= self._wanting:
                self.control.send(MESSAGE.pack(b"F", 0))
                self._asked.append((time.monotonic(), self._holdings.held))

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
        _, held = self._asked.popleft()
        self._heard_at = time.monotonic()
        self._waiting.put_nowait(Child(PROCESS.unpack(message)[0], link, held))

    def _lose(self) -> None:
        """The worker is gone, and whoever waits for a child is told."""
        if self.control.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self.control)
        self._is_lost = True
        for _ in range(self._wanting):
            self._waiting.put_nowait(None)

    def give_up(self) -> None:
        """End a process that has long been asked for children and sends none."""
        asked_at = self._asked[0][0] if self._asked else math.inf
        if time.monotonic() - max(asked_at, self._heard_at) > SILENT_S:
            self.process.kill()

    @property
    def is_alive(self) -> bool:
        return not self._is_lost and self.process.poll() is None

    def end_call(self, process: int) -> None:
        with contextlib.suppress(OSError):
            self.control.send(MESSAGE.pack(b"K", process))

    def close(self) -> None:
        """Ask the process to end its children and itself; it cannot refuse for long."""
        while not self._waiting.empty():
            if child := self._waiting.get_nowait():
                child.link.close()
        self._lose()
        self.control.close()

    def wait(self) -> None:
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            kill_group(self.process.pid)
            self.process.wait()
        remove_folder(self.scratch)
