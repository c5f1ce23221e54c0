"""Open-loop load: requests leave when the clock says so, however slow the answers are."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

JSON = dict[str, Any]
# What a client waits at most; an answer that is later than its kind's limit is late long before.
PATIENCE_S = 60.0


class Answer(NamedTuple):
    """Status (0: the connection was lost) and body."""

    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Wrong(Exception):  # noqa: N818 - an outcome, not a failure of the program
    """An answer that is not the right one."""


class Caller:
    """A visitor's way to the server: one connection per request, as AIOS's servers force."""

    def __init__(self, port: int, tally: Tally, limit_s: float) -> None:
        self._port, self._tally, self._limit_s = port, tally, limit_s

    async def ask(self, method: str, path: str, body: Any = None, *, kind: str = "") -> Answer:
        """Send one request; a lost connection is an answer with status 0."""
        data = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
            f"Content-Type: {kind or 'application/json'}\r\nContent-Length: {len(data)}\r\n"
            "Connection: close\r\n\r\n"
        )
        begun = time.perf_counter()
        try:
            async with asyncio.timeout(PATIENCE_S):
                answer = await self._exchange(head.encode() + data)
        except (OSError, EOFError):
            answer = Answer(0, b"")
        self._tally.count(time.perf_counter() - begun, self._limit_s, f"{method} {path}")
        return answer

    async def _exchange(self, request: bytes) -> Answer:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(request)
            received = await reader.read()
        finally:
            writer.close()
        head, blank, body = received.partition(b"\r\n\r\n")
        if not blank:
            raise EOFError
        length = head.lower().partition(b"\r\ncontent-length:")[2].split(b"\r", 1)[0]
        if length and int(length) != len(body):
            raise Wrong(f"{len(body)} of {int(length)} bytes came")
        return Answer(int(head[9:12]), body)


@dataclass
class Tally:
    """What came of all requests."""

    took_ms: list[float] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    visits: Counter[str] = field(default_factory=Counter)
    lag_ms: list[float] = field(default_factory=list)

    def count(self, seconds: float, limit_s: float, what: str) -> None:
        self.took_ms.append(seconds * 1000)
        if seconds > limit_s:
            self.late.append(f"{what}: {seconds:.1f} s, limit {limit_s:g} s")


@dataclass(frozen=True)
class Kind:
    """One kind of visitor: what it asks and checks, how often it comes, how long it may wait."""

    name: str
    weight: float
    visit: Callable[[Caller], Awaitable[None]]
    limit_s: float
    requests: int = 1


async def drive(
    port: int, kinds: Sequence[Kind], *, rate: float, seconds: float, seed: int = 0
) -> Tally:
    """Send about ``rate`` requests per second at random moments, and wait for all answers."""
    tally, draw = Tally(), random.Random(seed)
    weights = [kind.weight for kind in kinds]
    mean = sum(k.weight * k.requests for k in kinds) / sum(weights)
    running: set[asyncio.Task[None]] = set()
    begun = due = time.perf_counter()
    while due - begun < seconds:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tally.lag_ms.append((time.perf_counter() - due) * 1000)
        (kind,) = draw.choices(kinds, weights)
        task = asyncio.create_task(_visit(kind, Caller(port, tally, kind.limit_s), tally))
        running.add(task)
        task.add_done_callback(running.discard)
        due += draw.expovariate(rate / mean)
    await asyncio.gather(*running)
    return tally


async def _visit(kind: Kind, caller: Caller, tally: Tally) -> None:
    tally.visits[kind.name] += 1
    try:
        await kind.visit(caller)
    except (Wrong, TimeoutError, ValueError, LookupError, TypeError, AttributeError) as error:
        tally.wrong.append(f"{kind.name}: {error!r}"[:400])
