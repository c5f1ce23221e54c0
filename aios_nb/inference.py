"""One question to AIOS: a hybrid request, the payload and how to select who answers."""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field
from typing import Any

from .errors import PayloadError
from .selection import SelectionQuery
from .session import Session, a_seq_no, a_session_id, new_session_id
from .wire import JSON, json_copy, json_object, keys, shown, text


class _Unset:
    """Marks data that was not given: ``None`` is JSON and may be sent."""

    def __repr__(self) -> str:
        return "<not given>"


_UNSET: Any = _Unset()


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
        a_session_id(self.session_id)
        a_seq_no(self.seq_no)

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
