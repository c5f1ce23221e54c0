"""The packets that the ad-hoc server builds, with the type checks of protobuf (§5.11, §12.3)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ..refusal import Refusal

UINT64_LIMIT = 2**64


@dataclass(frozen=True)
class File:
    """One file that travels with a request."""

    metadata: str
    file_data: bytes


@dataclass
class Packet:
    """A BlockInferencePacket: JSON travels in it as text, exactly as in AIOS.

    ``query_parameters`` and ``output_ptr`` are ``""`` when the client sent nothing, or nothing
    truthy. A selection query that came as JSON stays what it is: a known session never reads it.
    """

    session_id: str
    seq_no: int
    data: str
    block_id: str = ""
    ts: float = 0.0
    query_parameters: str = ""
    output_ptr: str = ""
    files: tuple[File, ...] = ()
    selection_query: Any = None

    def read_query(self) -> Any:
        """Return the selection query.

        Raises
        ------
        ValueError
            There is none, or its text is not JSON; in ``json``'s words.
        """
        return self.selection_query or json.loads(self.query_parameters)


@dataclass(frozen=True)
class Answer:
    """An AIOSPacket on its way back, and the block that was asked."""

    block_id: str
    session_id: str
    seq_no: int
    output: Any
    ts: float
    output_ptr: str
    files: tuple[File, ...] = ()

    @property
    def data(self) -> str:
        """The block's output as the text that travels."""
        return json.dumps(self.output)


def text_field(value: Any) -> str:
    """Return what a protobuf string field makes of a JSON value; ``null`` leaves it empty."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    raise Refusal(type_mismatch(value, "bytes, unicode"))


def uint64_field(value: Any) -> int:
    """Return what a protobuf uint64 field makes of a JSON value: ``null`` is 0, ``true`` is 1."""
    if value is None:
        return 0
    if not isinstance(value, int):
        raise Refusal(type_mismatch(value, "int"))
    if not 0 <= value < UINT64_LIMIT:
        raise Refusal(f"Value out of range: {value}")
    return int(value)


def type_mismatch(value: Any, expected: str) -> str:
    """Return the complaint of protobuf 3.20.3 (C++), which cuts the value at 100 characters."""
    return f"{value!r:.100} has type {type(value).__name__}, but expected one of: {expected}"
