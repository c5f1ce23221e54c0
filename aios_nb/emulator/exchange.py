"""One request on its way through the emulator: what is read and written, counted and kept."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Protocol

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from .frameworks import Framework
from .guard import BODY_LIMIT
from .journal import JSON, Body, Exchange, open_decision
from .world import World

# How long a closing connection is read on, so that the answer is not lost to a reset.
DRAIN_LIMIT_S = 1.0


class BodyTooLargeError(Exception):
    """The body without a declared length went on past the limit."""


class Connection(Protocol):
    """What the server lets an exchange do to its TCP connection."""

    status_line: bytes | None

    def close(self) -> None: ...

    def reset(self) -> None: ...


class Passage:
    """Stands between server and handler for one request.

    It sends the framework's headers and status line, keeps both bodies for the journal, and
    stops a body that is too long.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send, framework: Framework) -> None:
        self._receive = receive
        self._send = send
        self._framework = framework
        self.connection: Connection | None = scope.get("aios.connection")
        self.verb: str = scope["method"]
        self.asked = Body()
        self.answered = Body()
        self.status = 0
        self.decision: JSON = open_decision()
        self._started = time.perf_counter()
        self._is_read = not _has_body(scope)

    @property
    def is_answered(self) -> bool:
        return self.status != 0

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self.asked.add(message.get("body", b""))
            self._is_read = not message.get("more_body", False)
            if self.asked.size > BODY_LIMIT:
                raise BodyTooLargeError
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._start(message)
        else:
            self.answered.add(message.get("body", b""))
            await self._send(message)

    async def answer(self, response: Response, scope: Scope) -> None:
        await response(scope, self.receive, self.send)

    async def hang(self) -> None:
        """Wait until the client has gone."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def keep(self, world: World, service: str, path: str) -> None:
        """Write this exchange into the journal."""
        elapsed = time.perf_counter() - self._started
        world.journal.append(
            Exchange(
                number=world.journal.next_number(),
                at=time.time() - elapsed,
                service=service,
                method=self.verb,
                path=path,
                status=self.status,
                milliseconds=elapsed * 1000,
                raw_request=self.asked,
                raw_response=self.answered,
                decision=self.decision or None,
            )
        )

    async def _start(self, message: Message) -> None:
        self.status = message["status"]
        headers = list(message.get("headers", ()))
        known = {name for name, _ in headers}
        headers += [(n, v) for n, v in self._framework.headers if n not in known]
        if self.connection is not None:
            self.connection.status_line = self._framework.status_line(self.status, self.verb)
        if not self._is_read and any(n == b"connection" for n, _ in headers):
            await self._drain()
        await self._send({**message, "headers": headers})

    async def _drain(self) -> None:
        with contextlib.suppress(TimeoutError, BodyTooLargeError):
            async with asyncio.timeout(DRAIN_LIMIT_S):
                while not self._is_read:
                    if (await self.receive())["type"] == "http.disconnect":
                        return


def _has_body(scope: Scope) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope["headers"]
    )
