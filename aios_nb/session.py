"""Who asks, and the number of each request: a pair that must not come twice (T2, T3)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from .errors import PayloadError
from .wire import shown, text

MAX_SEQ_NO = 2**64 - 1
_counters: dict[str, Iterator[int]] = {}


class Session:
    """A session's id, and numbers for its requests that never come twice.

    AIOS keeps the block it chose for a session for ever, and puts every answer on a queue named
    after the session and the number: a new session selects anew, and a pair used twice may
    receive the answer to the earlier request.

    Parameters
    ----------
    session_id
        ``None``: a new id that nobody else has. With an id of your own, numbers are unique in
        this process only.
    start
        The first number, for a session id that was used before.

    Raises
    ------
    PayloadError
        The id is empty, or the start is no number from 0 to 2^64 - 1.

    Examples
    --------
    >>> session = Session()
    >>> session.next_seq_no(), session.next_seq_no()
    (1, 2)
    """

    def __init__(self, session_id: str | None = None, *, start: int = 1) -> None:
        self.id = new_session_id() if session_id is None else a_session_id(session_id)
        self._numbers = _counters.setdefault(self.id, itertools.count(a_seq_no(start)))

    def next_seq_no(self) -> int:
        """Return a number that no other request of this session has."""
        return next(self._numbers)

    def __repr__(self) -> str:
        return f"Session({self.id!r})"


def new_session_id() -> str:
    """Return a session id that nobody else has."""
    from uuid import uuid4  # brings more than the whole client

    return f"session-{uuid4()}"


def a_session_id(value: Any) -> str:
    """Return ``value`` if it can name a session.

    Raises
    ------
    PayloadError
        It is no text, or an empty one.
    """
    return text(value, "session_id", example="session-1257")


def a_seq_no(value: Any) -> int:
    """Return ``value`` if it can number a request.

    Raises
    ------
    PayloadError
        It is no whole number from 0 to 2^64 - 1.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_SEQ_NO:
        raise PayloadError(f"seq_no is {shown(value)}; expected a whole number from 0 to 2^64 - 1")
    return value
