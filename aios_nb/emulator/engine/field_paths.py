"""How aggregation reads ``$a.b`` and ``$$this.a``: through arrays, never by index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .bson import MISSING, MongoError

Frame = list[Any]  # slot 0 holds the document, the others one variable each
Expression = Callable[[Frame], Any]


def check_path(path: str) -> list[str]:
    """Return the parts of a dotted path, or raise as MongoDB's FieldPath does."""
    if path.endswith("."):
        raise MongoError("FieldPath must not end with a '.'.", 40353)
    parts = path.split(".")
    for part in parts:
        check_name(part)
    return parts


def check_name(name: str) -> None:
    if not name:
        raise MongoError("FieldPath field names may not be empty strings.", 15998)
    if name.startswith("$"):
        advice = "Consider using $getField or $setField."
        raise MongoError(f"FieldPath field names may not start with '$'. {advice}", 16410)


def read(value: Any, parts: Sequence[str]) -> Any:
    """Return what an expression's path yields: arrays give the list of what is found in them."""
    for number, part in enumerate(parts):
        if type(value) is list:
            rest = parts[number:]
            found = [read(item, rest) for item in value if type(item) is dict]
            return [item for item in found if item is not MISSING]
        value = value.get(part, MISSING) if type(value) is dict else MISSING
    return value


def reader(slot: int, parts: Sequence[str]) -> Expression:
    """Return an expression that reads a path below the value in a slot."""
    if not parts:
        return lambda frame: frame[slot]
    if len(parts) > 1:
        return lambda frame: read(frame[slot], parts)
    name = parts[0]

    def read_one(frame: Frame) -> Any:
        value = frame[slot]
        return value.get(name, MISSING) if type(value) is dict else read(value, parts)

    return read_one


def each(parts: Sequence[str]) -> Callable[[Frame, list[Any]], list[Any]]:
    """Return the body of a ``$map`` that only reads a path of each item; absent becomes null."""
    name = parts[0]

    def read_each(_: Frame, items: list[Any]) -> list[Any]:
        try:  # subscripts instead of calls: nearly all metrics queries pass here
            return [item.get(name) for item in items]
        except AttributeError:
            found = [read(item, parts) for item in items]
            return [None if value is MISSING else value for value in found]

    def read_each_path(_: Frame, items: list[Any]) -> list[Any]:
        found = [read(item, parts) for item in items]
        return [None if value is MISSING else value for value in found]

    return read_each if len(parts) == 1 else read_each_path
