"""How aggregation reads ``$a.b`` and ``$$this.a``: through arrays, never by index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .bson import MISSING, MongoError, nullish, type_name

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


class RootField:
    """Reads one top-level field of the document: a class, so that faster forms can know it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, frame: Frame) -> Any:
        document = frame[0]
        return document.get(self.name, MISSING)


class FieldOfEach:
    """A ``$map`` that only reads one field of each element: nearly all metrics queries have it."""

    def __init__(self, items: Expression, path: str) -> None:
        self.items = items
        self.path = path
        self._parts = path.split(".")

    def __call__(self, frame: Frame) -> list[Any] | None:
        items = self.items(frame)
        if nullish(items):
            return None
        if type(items) is not list:
            raise MongoError(f"input to $map must be an array not {type_name(items)}", 16883)
        values = [read(item, self._parts) for item in items]
        return [None if value is MISSING else value for value in values]


def reader(slot: int, parts: Sequence[str]) -> Expression:
    """Return an expression that reads a path below the value in a slot."""
    if not parts:
        return lambda frame: frame[slot]
    if slot == 0 and len(parts) == 1:
        return RootField(parts[0])
    return lambda frame: read(frame[slot], parts)
