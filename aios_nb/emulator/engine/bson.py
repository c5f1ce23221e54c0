"""What MongoDB's values are: their types, their total order, and how MongoDB says no."""

from __future__ import annotations

import json
from typing import Any, Final

CODE_NAMES = {2: "BadValue", 9: "FailedToParse", 14: "TypeMismatch", 15: "Overflow"}
CODE_NAMES[168] = "InvalidPipelineOperator"
INT32 = 2**31


class MongoError(Exception):
    """The database (or Mongoose in front of it) rejects a filter or a pipeline.

    Parameters
    ----------
    text
        The server's message (``errmsg``).
    code
        The server's error code; 0 for errors that Mongoose raises before asking the server.
    """

    def __init__(self, text: str, code: int = 2) -> None:
        super().__init__(text)
        self.text = text
        self.code = code

    @property
    def code_name(self) -> str:
        return CODE_NAMES.get(self.code, f"Location{self.code}")

    @property
    def full_text(self) -> str:
        """The text as pymongo prints it, which is what block metrics answer (contract §5.5)."""
        details = {"ok": 0.0, "errmsg": self.text, "code": self.code, "codeName": self.code_name}
        return f"{self.text}, full error: {details}"

    @property
    def write_text(self) -> str:
        """The text as pymongo prints it when a write is rejected."""
        details = {"index": 0, "code": self.code, "errmsg": self.text}
        return f"{self.text}, full error: {details}"

    def within(self, context: str) -> MongoError:
        """Return the same error as the server shows it from an outer step."""
        return type(self)(f"{context} :: caused by :: {self.text}", self.code)


class Missing:
    """The type of :data:`MISSING`: a path that leads nowhere, which is not the same as null."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()

# Canonical types in BSON order: missing < null < numbers < strings < objects < arrays < bool.
RANKS: dict[type, int] = {
    Missing: 0,
    type(None): 5,
    int: 10,
    float: 10,
    str: 15,
    dict: 20,
    list: 25,
    bool: 40,
}
NUMBER_RANK = RANKS[int]
NUMERIC = frozenset((int, float))
_NAMES: dict[type, str] = {
    Missing: "missing",
    type(None): "null",
    float: "double",
    str: "string",
    dict: "object",
    list: "array",
    bool: "bool",
}


def type_name(value: Any) -> str:
    """Return the type as MongoDB's messages spell it."""
    if type(value) is int:
        return "int" if -INT32 <= value < INT32 else "long"
    return _NAMES[type(value)]


def shown(value: Any) -> str:
    """Return a value as MongoDB's messages print it: ``[ 1, "a" ]``, ``{ n: 1.5 }``."""
    if isinstance(value, list):
        return f"[ {', '.join(map(shown, value))} ]" if value else "[]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{k}: {shown(v)}' for k, v in value.items())} }}" if value else "{}"
    return json.dumps(value, ensure_ascii=False)


def compare(left: Any, right: Any) -> int:
    """Return -1, 0 or 1 by BSON's total order, which ``$expr`` and ``$sort`` use."""
    rank, other = RANKS[type(left)], RANKS[type(right)]
    if rank != other:
        return -1 if rank < other else 1
    if rank == RANKS[dict]:
        return _compare_objects(left, right)
    if rank == RANKS[list]:
        return _compare_arrays(left, right)
    if rank in (RANKS[Missing], RANKS[type(None)]) or left == right:
        return 0
    if left < right:
        return -1
    return 1 if left > right else _compare_nan(left, right)


def _compare_nan(left: float, right: float) -> int:
    # NaN equals itself and is smaller than every other number.
    return int(left == left) - int(right == right)


def _compare_arrays(left: list[Any], right: list[Any]) -> int:
    for ours, theirs in zip(left, right, strict=False):
        if order := compare(ours, theirs):
            return order
    return _sign(len(left) - len(right))


def _compare_objects(left: dict[str, Any], right: dict[str, Any]) -> int:
    # Field by field as stored: first the types, then the names, then the values.
    for (name, ours), (other, theirs) in zip(left.items(), right.items(), strict=False):
        if order := _sign(RANKS[type(ours)] - RANKS[type(theirs)]):
            return order
        if name != other:
            return -1 if name < other else 1
        if order := compare(ours, theirs):
            return order
    return _sign(len(left) - len(right))


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def equal(left: Any, right: Any) -> bool:
    """Tell whether two values are the same for MongoDB: 1 is 1.0, true is not 1."""
    return compare(left, right) == 0


def key(value: Any) -> Any:
    """Return something hashable that is equal exactly when :func:`equal` says so."""
    kind = type(value)
    if kind is str:
        return value
    if kind is dict:
        return (RANKS[dict], tuple((name, key(item)) for name, item in value.items()))
    if kind is list:
        return (RANKS[list], tuple(key(item) for item in value))
    if kind is float and value != value:
        return (NUMBER_RANK, "NaN")
    return (RANKS[kind], None if kind is Missing else value)


def truthy(value: Any) -> bool:
    """Tell whether ``$expr``, ``$and`` … take a value as true: all but missing, null, false, 0."""
    return type(value) in (str, dict, list) or (value is not MISSING and bool(value))


def nullish(value: Any) -> bool:
    return value is None or value is MISSING
