"""One question to AIOS and its answer: session, request, result."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import InitVar, dataclass, field
from typing import Any

from .errors import PayloadError
from .selection import SelectionQuery
from .wire import JSON, a_dict, json_copy, json_object, keys, shown, text

MAX_SEQ_NO = 2**64 - 1
REPLY_KEYS = ("reply", "message", "generated", "answer")


class _Unset:
    """Marks data that was not given: ``None`` is JSON and may be sent."""

    def __repr__(self) -> str:
        return "<not given>"


_UNSET: Any = _Unset()
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
        self.id = new_session_id() if session_id is None else _session_id(session_id)
        self._numbers = _counters.setdefault(self.id, itertools.count(_seq_no(start)))

    def next_seq_no(self) -> int:
        """Return a number that no other request of this session has."""
        return next(self._numbers)

    def __repr__(self) -> str:
        return f"Session({self.id!r})"


def new_session_id() -> str:
    """Return a session id that nobody else has."""
    from uuid import uuid4  # brings more than the whole client

    return f"session-{uuid4()}"


@dataclass(frozen=True)
class InferenceRequest:
    """One hybrid request: what to ask, and how to select the block that answers.

    Parameters
    ----------
    data
        What the block gets: any JSON value. Give it, or ``message``.
    session_id
        Who asks: one session keeps its block. Left out: a new session of its own.
    seq_no
        Number of the request in its session; a pair must not be used twice.
    model
        Id of the block to ask without any selection; empty: select.
    graph
        Blocks through which the data flows, ``{"is_graph": True, "graph": {...}}``; empty: none.
    selection_query
        How to select. AIOS reads it only if ``model`` is empty and the session is new.
    message
        A chat message: short for ``data={"mode": "chat", "message": ...}``.
    gen_params
        Generation parameters beside the message, such as ``{"temperature": 0.1}``.
    session
        Gives ``session_id`` and the next ``seq_no``.

    Raises
    ------
    PayloadError
        Neither or both of data and message, or a value that AIOS would refuse or hang on.

    Examples
    --------
    >>> request = InferenceRequest(message="Hello", model="atlas-14b-chat")
    >>> request.data
    {'mode': 'chat', 'message': 'Hello'}
    >>> InferenceRequest.from_wire(request.to_wire()) == request
    True
    """

    data: Any = _UNSET
    session_id: str = field(default_factory=new_session_id)
    seq_no: int = 1
    model: str = ""
    graph: JSON = field(default_factory=dict)
    selection_query: SelectionQuery | None = None
    message: InitVar[str | None] = field(default=None, kw_only=True)
    gen_params: InitVar[JSON | None] = field(default=None, kw_only=True)
    session: InitVar[Session | None] = field(default=None, kw_only=True)

    def __post_init__(
        self, message: str | None, gen_params: JSON | None, session: Session | None
    ) -> None:
        object.__setattr__(self, "data", _payload(self.data, message, gen_params))
        object.__setattr__(self, "graph", _graph(self.graph))
        if not isinstance(self.model, str):
            raise PayloadError(f"model is {shown(self.model)}; expected a block's id or ''")
        query = self.selection_query
        if query is not None and not isinstance(query, SelectionQuery):
            raise PayloadError(
                f"selection_query is {shown(query)}; expected a SelectionQuery "
                "(from JSON: SelectionQuery.from_wire)"
            )
        if session is not None:
            object.__setattr__(self, "session_id", session.id)
            object.__setattr__(self, "seq_no", session.next_seq_no())
        _session_id(self.session_id)
        _seq_no(self.seq_no)

    def to_wire(self) -> JSON:
        """Return the body of ``POST /v1/infer``."""
        body = {
            "model": self.model,
            "session_id": self.session_id,
            "seq_no": self.seq_no,
            "data": json_copy(self.data, "data"),
            "graph": json_copy(self.graph, "graph"),
        }
        if self.selection_query is not None:
            body["selection_query"] = self.selection_query.to_wire()
        return body

    @classmethod
    def from_wire(cls, document: Any) -> InferenceRequest:
        """Return the request that a body of ``POST /v1/infer`` stands for.

        Raises
        ------
        PayloadError
            A key is missing, or unknown (AIOS ignores such keys silently), or a value is not
            valid.
        """
        optional = ("model", "graph", "selection_query")
        need = ("session_id", "seq_no", "data")
        body = keys(document, "inference request", need=need, allow=optional)
        query = body.get("selection_query")
        return cls(
            data=body["data"],
            session_id=body["session_id"],
            seq_no=body["seq_no"],
            model=body.get("model") or "",
            graph=body.get("graph") or {},
            selection_query=SelectionQuery.from_wire(query) if query else None,
        )


@dataclass(frozen=True)
class InferenceResult:
    """What came back: who answered, the words, and everything else that was said.

    Parameters
    ----------
    block_id
        The block that was asked; empty where AIOS does not say (vDAG controllers).
    data
        The block's output, any JSON value.
    session_id, seq_no
        As requested.
    ts
        When the server received the request, epoch seconds by its clock.
    elapsed_s
        How long the call took here, in seconds.
    raw
        The whole answer.

    Examples
    --------
    >>> answer = {"model": "b", "session_id": "s", "seq_no": 1, "ts": 0.0,
    ...           "data": {"reply": "<think>Short.</think>Hello!"}}
    >>> result = InferenceResult.from_wire(answer)
    >>> result.reply, result.thinking
    ('Hello!', 'Short.')
    """

    block_id: str
    data: Any
    session_id: str
    seq_no: int
    ts: float = 0.0
    elapsed_s: float = 0.0
    raw: JSON = field(default_factory=dict, repr=False)

    @property
    def replies(self) -> tuple[str, ...]:
        """All texts of the answer; more than one only where several were asked for."""
        return tuple(_split(words)[0] for words in _texts(self.data))

    @property
    def reply(self) -> str:
        """The answer's (first) text, without what the model thought; empty if it has none."""
        return next(iter(self.replies), "")

    @property
    def thinking(self) -> str:
        """What a reasoning model thought before it answered; empty if it does not say."""
        return next((_split(words)[1] for words in _texts(self.data)), "")

    def to_wire(self) -> JSON:
        """Return the answer as it came."""
        return json_object(self.raw, "answer")

    @classmethod
    def from_wire(cls, document: Any, *, elapsed_s: float = 0.0) -> InferenceResult:
        """Return the result that an answer of ``POST /v1/infer`` stands for.

        Raises
        ------
        PayloadError
            It lacks what every answer has: data, session_id and seq_no.
        """
        answer = a_dict(document, "answer of /v1/infer")
        missing = [key for key in ("data", "session_id", "seq_no") if key not in answer]
        if missing:
            raise PayloadError(f"answer of /v1/infer lacks {missing[0]!r}: {shown(answer)}")
        return cls(
            block_id=answer.get("model") or "",
            data=answer["data"],
            session_id=answer["session_id"],
            seq_no=answer["seq_no"],
            ts=answer.get("ts") or 0.0,
            elapsed_s=elapsed_s,
            raw=answer,
        )


def _payload(data: Any, message: str | None, gen_params: JSON | None) -> Any:
    if (data is _UNSET) == (message is None):
        raise PayloadError(
            "an inference request takes either data= (any JSON) or message= (a chat message)"
        )
    if message is None:
        if gen_params is not None:
            raise PayloadError("gen_params= goes with message=; put it into data yourself")
        return json_copy(data, "data")
    chat: JSON = {"mode": "chat", "message": text(message, "message", example="Hello")}
    if gen_params is not None:
        chat["gen_params"] = json_object(gen_params, "gen_params")
    return chat


def _graph(value: Any) -> JSON:
    graph = json_object(value, "graph")
    if graph and graph.get("is_graph") is not True:
        raise PayloadError(
            f"graph is {shown(graph)}; without 'is_graph': True AIOS would wait for ever: "
            'expected {"is_graph": True, "graph": {"a": ["b"], "b": []}}'
        )
    return graph


def _session_id(value: Any) -> str:
    return text(value, "session_id", example="session-1257")


def _seq_no(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_SEQ_NO:
        raise PayloadError(f"seq_no is {shown(value)}; expected a whole number from 0 to 2^64 - 1")
    return value


def _texts(data: Any) -> tuple[str, ...]:
    """Return the words in a block's output, whichever of AIOS's shapes it has."""
    if isinstance(data, dict):
        data = next((data[key] for key in REPLY_KEYS if data.get(key)), None)
        if isinstance(data, dict):  # one block's output wrapped by the next
            return _texts(data)
    if isinstance(data, str):
        return (data,)
    if isinstance(data, list):
        return tuple(item for item in data if isinstance(item, str))
    return ()


def _split(words: str) -> tuple[str, str]:
    """Return the answer and what was thought; the opening or closing mark may be missing."""
    head, end, tail = words.rpartition("</think>")
    if end:
        return tail.strip(), re.sub(r"</?think>", "", head).strip()
    answer, _, thought = words.partition("<think>")
    return answer.strip(), thought.strip()
