"""The last requests with what they led to: what a learner has instead of a debugger."""

from __future__ import annotations

import itertools
import json
from collections import deque
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from .blotting import blotted, blotted_text

JSON = dict[str, Any]
BODY_LIMIT = 256 * 1024
TOTAL_LIMIT = 32 * 1024 * 1024

_decision: ContextVar[JSON | None] = ContextVar("decision", default=None)


class Body:
    """What went over the wire, as chunks; of a long body only its length is kept."""

    __slots__ = ("_chunks", "size")

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self.size = 0

    def add(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if self.size <= BODY_LIMIT:
            self._chunks.append(chunk)
        else:
            self._chunks.clear()

    def decode(self) -> Any:
        """Return the JSON value, or a remark in parentheses where there is none to show."""
        if not self.size:
            return None
        if self.size > BODY_LIMIT:
            return f"({self.size} bytes, too long to keep)"
        try:
            return blotted(json.loads(b"".join(self._chunks)))
        except ValueError:
            return f"({self.size} bytes, not JSON)"


@dataclass
class Exchange:
    """One request as the journal keeps it, with the decision it led to, if any.

    Bodies are kept as bytes and decoded when somebody reads them: keeping costs microseconds.
    """

    number: int
    at: float
    service: str
    method: str
    path: str
    status: int
    milliseconds: float
    raw_request: Body | None = None
    raw_response: Body | None = None
    decision: JSON | None = None

    @property
    def kept_bytes(self) -> int:
        bodies = (self.raw_request, self.raw_response)
        return sum(b.size for b in bodies if b is not None and b.size <= BODY_LIMIT)

    @property
    def request(self) -> Any:
        return self.raw_request.decode() if self.raw_request else None

    @property
    def response(self) -> Any:
        return self.raw_response.decode() if self.raw_response else None

    def to_json(self) -> JSON:
        """Return what the control API shows."""
        return {
            "number": self.number,
            "at": self.at,
            "service": self.service,
            "method": self.method,
            "path": blotted_text(self.path),
            "status": self.status,
            "milliseconds": round(self.milliseconds, 3),
            "request": self.request,
            "response": self.response,
            "decision": blotted(self.decision),
        }


class Journal:
    """The newest exchanges, oldest dropped first, bounded in number and in bytes."""

    def __init__(self, limit: int = 2_000) -> None:
        self._exchanges: deque[Exchange] = deque()
        self._numbers = itertools.count(1)
        self._limit = limit
        self._bytes = 0

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._exchanges)

    def __len__(self) -> int:
        return len(self._exchanges)

    def next_number(self) -> int:
        return next(self._numbers)

    def append(self, exchange: Exchange) -> None:
        self._exchanges.append(exchange)
        self._bytes += exchange.kept_bytes
        while len(self._exchanges) > self._limit or self._bytes > TOTAL_LIMIT:
            self._bytes -= self._exchanges.popleft().kept_bytes

    def clear(self) -> None:
        self._exchanges.clear()
        self._bytes = 0

    def find(
        self,
        *,
        service: str | None = None,
        path: str | None = None,
        status: int | None = None,
        since: int = 0,
    ) -> list[Exchange]:
        """Return the exchanges that pass all filters, oldest first.

        Parameters
        ----------
        path
            Part of the path.
        since
            Only exchanges with a greater number.
        """
        return [
            e
            for e in self._exchanges
            if e.number > since
            and (service is None or e.service == service)
            and (path is None or path in e.path)
            and (status is None or e.status == status)
        ]


def open_decision() -> JSON:
    """Start collecting the facts of this request; hops made on its behalf add to the same dict."""
    facts: JSON = {}
    _decision.set(facts)
    return facts


def note(**facts: Any) -> None:
    """Add facts (candidates, policy, block, …) to the decision of the request being served."""
    decision = _decision.get()
    if decision is not None:
        decision.update(facts)
