"""The last requests with what they led to: what a learner has instead of a debugger."""

from __future__ import annotations

import itertools
import json
from collections import deque
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

JSON = dict[str, Any]
BODY_LIMIT = 64 * 1024

_decision: ContextVar[JSON | None] = ContextVar("decision", default=None)


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
    raw_request: bytes = b""
    raw_response: bytes = b""
    decision: JSON | None = None

    @property
    def request(self) -> Any:
        return _decode(self.raw_request)

    @property
    def response(self) -> Any:
        return _decode(self.raw_response)

    def to_json(self) -> JSON:
        """Return what the control API shows."""
        return {
            "number": self.number,
            "at": self.at,
            "service": self.service,
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "milliseconds": round(self.milliseconds, 3),
            "request": self.request,
            "response": self.response,
            "decision": self.decision,
        }


class Journal:
    """The newest exchanges, oldest dropped first."""

    def __init__(self, limit: int = 2_000) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=limit)
        self._numbers = itertools.count(1)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._exchanges)

    def __len__(self) -> int:
        return len(self._exchanges)

    def next_number(self) -> int:
        return next(self._numbers)

    def append(self, exchange: Exchange) -> None:
        self._exchanges.append(exchange)

    def clear(self) -> None:
        self._exchanges.clear()

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


def _decode(raw: bytes) -> Any:
    if not raw:
        return None
    if len(raw) > BODY_LIMIT:
        return f"({len(raw)} bytes, not kept)"
    try:
        return json.loads(raw)
    except ValueError:
        return f"({len(raw)} bytes, not JSON)"
