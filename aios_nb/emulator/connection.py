"""One TCP connection: its limits in size and time, and its answers as AIOS's servers word them."""

from __future__ import annotations

import asyncio
import socket
import struct
from math import inf
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .guard import HEADER_LIMIT

# A client that has not sent its headers by then is broken, or holds connections on purpose.
HEADER_LIMIT_S = 15.0
BODY_LIMIT_S = 120.0
# A client that takes nothing of a long answer for so long has gone, or holds it on purpose.
ANSWER_LIMIT_S = 60.0
# Requests that a client sends on, on one connection, before it has read an answer.
MOST_WAITING = 1_000


class Protocol(HttpToolsProtocol):
    """HTTP over one connection, with limits on size and time and a handle for the application."""

    def connection_made(self, transport: Any) -> None:
        self._handle = Handle(transport, self.loop)
        self._unparsed_bytes = 0
        self._alarm: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        super().connection_made(self._handle)  # type: ignore[arg-type]
        self._expect_within(HEADER_LIMIT_S)

    def connection_lost(self, exc: Exception | None) -> None:
        for alarm in (self._alarm, self._stalled):
            if alarm is not None:
                alarm.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        # Headers and trailers: whatever leads to no body and to no end of a message.
        self._unparsed_bytes += len(data)
        super().data_received(data)
        if self._unparsed_bytes > HEADER_LIMIT or len(self.pipeline) > MOST_WAITING:
            self._handle.reset()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self.loop.call_later(ANSWER_LIMIT_S, self._handle.abort)

    def resume_writing(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
        super().resume_writing()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["aios.connection"] = self._handle  # type: ignore[typeddict-unknown-key]
        self._expect_within(HEADER_LIMIT_S)

    def on_headers_complete(self) -> None:
        self._unparsed_bytes = 0
        self._expect_within(BODY_LIMIT_S)
        if b"://" in self.url.partition(b"?")[0]:
            # The host of a target such as http://host/ counts for more than the header (RFC 9112).
            self.headers.insert(0, (b"host", self.url.split(b"/", 3)[2]))
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._unparsed_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._unparsed_bytes = 0
        self._deadline = inf
        super().on_message_complete()

    def _expect_within(self, limit_s: float) -> None:
        # One alarm looks at a moving deadline: a timer for each step would cost as much as parsing.
        self._deadline = self.loop.time() + limit_s
        if self._alarm is not None and self._deadline < self._alarm.when():
            self._alarm.cancel()
            self._alarm = None
        if self._alarm is None:
            self._alarm = self.loop.call_at(self._deadline, self._look_at_deadline)

    def _look_at_deadline(self) -> None:
        self._alarm = None
        if self._deadline <= self.loop.time():
            self._handle.abort()
        elif self._deadline < inf:
            self._alarm = self.loop.call_at(self._deadline, self._look_at_deadline)


class Handle:
    """A transport whose status line can be worded by the framework that seems to answer.

    The head of such an answer waits for the body, so that both leave in one packet.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._head = b""
        self.status_line: bytes | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        is_head = data.startswith(b"HTTP/1.1 ") and not data.startswith(b"HTTP/1.1 100 ")
        if self.status_line is not None and is_head:
            self._head = self.status_line + data.partition(b"\r\n")[2]
            self.status_line = None
            self._loop.call_soon(self._flush)
            return
        self._transport.write(self._head + data)
        self._head = b""

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        connection = self._transport.get_extra_info("socket")
        if connection is not None:
            at_once = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        self._transport.abort()

    def _flush(self) -> None:
        if self._head:
            self._transport.write(self._head)
            self._head = b""
