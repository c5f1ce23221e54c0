"""A load generator on bare sockets: it costs less than the servers it measures."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

ANSWER_LIMIT_S = 60.0


@dataclass
class Load:
    """What came of some seconds of load."""

    seconds: float = 0.0
    took_ms: list[float] = field(default_factory=list)
    connects: int = 0

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.took_ms) / self.seconds


@dataclass
class _Caller:
    """One client: asks, reads one answer, asks again."""

    port: int
    link: socket.socket | None = None
    begun: float = 0.0
    answer: bytes = b""


def post(path: str, body: bytes, *, port: int) -> bytes:
    """Return a POST request as bytes."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def load(port: int, requests: Iterator[bytes], *, connections: int, seconds: float) -> Load:
    """Keep so many requests on their way, for so long or until there are no more.

    A connection stays open unless the server says ``Connection: close``, as AIOS's servers do.

    Raises
    ------
    SystemExit
        An answer is not 200, or does not come.
    """
    done = Load()
    begun = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        for _ in range(connections):
            _ask(_Caller(port), requests, selector, done)
        while selector.get_map():
            ready = selector.select(ANSWER_LIMIT_S)
            if not ready:
                raise SystemExit(f"no answer from port {port} within {ANSWER_LIMIT_S:g} s")
            for key, _ in ready:
                caller: _Caller = key.data
                if _read(caller, selector, done):
                    if time.perf_counter() - begun < seconds:
                        _ask(caller, requests, selector, done)
                    else:
                        _hang_up(caller, selector)
    done.seconds = time.perf_counter() - begun
    return done


def _ask(
    caller: _Caller, requests: Iterator[bytes], selector: selectors.BaseSelector, done: Load
) -> None:
    request = next(requests, None)
    if request is None:
        _hang_up(caller, selector)
        return
    caller.begun = time.perf_counter()
    if caller.link is None:
        caller.link = socket.create_connection(("127.0.0.1", caller.port), 5)
        selector.register(caller.link, selectors.EVENT_READ, caller)
        done.connects += 1
    caller.link.sendall(request)


def _read(caller: _Caller, selector: selectors.BaseSelector, done: Load) -> bool:
    """Tell whether the answer is complete."""
    assert caller.link is not None
    chunk = caller.link.recv(1 << 18)
    caller.answer += chunk
    head, blank, body = caller.answer.partition(b"\r\n\r\n")
    lines = head.lower()
    if not blank or len(body) < _length(lines):
        if not chunk:
            raise SystemExit(f"port {caller.port} hung up in the middle of {caller.answer!r}")
        return False
    done.took_ms.append((time.perf_counter() - caller.begun) * 1000)
    if b" 200 " not in lines[:13] or b'"success":false' in body:
        raise SystemExit(f"port {caller.port} answered {caller.answer.decode()}")
    caller.answer = b""
    if b"\r\nconnection: close" in lines:
        _hang_up(caller, selector)
    return True


def _length(lines: bytes) -> int:
    return int(lines.partition(b"content-length:")[2].split(b"\r", 1)[0])


def _hang_up(caller: _Caller, selector: selectors.BaseSelector) -> None:
    if caller.link is not None:
        selector.unregister(caller.link)
        caller.link.close()
        caller.link = None
