"""What came back: who answered, the words in it, and everything else that was said."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from .errors import PayloadError
from .wire import JSON, a_dict, json_object, shown

REPLY_KEYS = ("reply", "message", "generated", "answer")


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
