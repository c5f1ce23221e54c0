"""Waits for the emulator's messages, and forks the children that answer calls."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from types import ModuleType
from typing import Any, NoReturn

from .answering import answer
from .children import Children
from .documents import Documents
from .kinship import end_with_parent
from .limits import limit_call
from .pages import rehearse
from .protocol import JSON, MESSAGE, PROCESS

WEIGHING_S = 0.5


class Zygote:
    """The process that has imported a policy and runs no call itself."""

    def __init__(self, job: JSON, control: socket.socket, module: ModuleType | None) -> None:
        self.job, self.control, self.module = job, control, module
        self.children = Children(memory_bytes=job["memory_bytes"])
        self.documents = Documents()
        self.calls = 0
        self.weighed_at = 0.0
        self.woken, self.waker = os.pipe()
        for descriptor in (self.woken, self.waker):
            os.set_blocking(descriptor, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.waker, warn_on_full_buffer=False)

    def serve(self) -> None:
        is_open = True
        while is_open:
            sources: list[Any] = [self.control, self.woken]
            ready = select.select(sources, [], [], WEIGHING_S if self.children.running else None)
            if self.woken in ready[0]:
                os.read(self.woken, 4096)
            if self.control in ready[0]:
                is_open = self.receive()
            self.children.reap()
            if time.monotonic() > self.weighed_at + WEIGHING_S:
                self.children.weigh()
                self.weighed_at = time.monotonic()
        self.children.end_all(self.job["scratch"], woken=self.woken)

    def receive(self) -> bool:
        """Do what one message asks for; tell whether more can come."""
        message, descriptors, _, _ = socket.recv_fds(self.control, MESSAGE.size, 1)
        if len(message) < MESSAGE.size:
            return False
        kind, process = MESSAGE.unpack(message)
        if kind == b"F":
            self.fork_child()
        elif kind == b"D":
            self.documents.hold(descriptors[0])
        else:
            self.children.end(process)
        return True

    def fork_child(self) -> None:
        self.calls += 1
        scratch = f"{self.job['scratch']}/{self.calls}"
        ours, theirs = socket.socketpair()
        process = 0
        # Too many processes, or a full disk: process 0 and a link that ends say so.
        with contextlib.suppress(OSError):
            os.mkdir(scratch)
            process = os.fork()
            if process == 0:
                ours.close()
                self.become_child(theirs, scratch)
            self.children.running[process] = scratch
        theirs.close()
        socket.send_fds(self.control, [PROCESS.pack(process)], [ours.fileno()])
        ours.close()

    def become_child(self, link: socket.socket, scratch: str) -> NoReturn:
        try:
            os.setsid()
            end_with_parent()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self.control.close()
            os.closerange(self.woken, self.waker + 1)
            os.chdir(scratch)
            os.environ["HOME"] = os.environ["TMPDIR"] = scratch
            limit_call(self.job)
            self.prepare(link)
            answer(self.job, self.module, link, self.documents.by_place)
        finally:
            os._exit(0)

    def prepare(self, link: socket.socket) -> None:
        """Get ready while there is time: a call that has come goes first."""

        def is_called() -> bool:
            return bool(select.select([link], [], [], 0)[0])

        self.documents.own(is_over=is_called)
        if not is_called():
            rehearse()
