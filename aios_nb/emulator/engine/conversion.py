"""How Mongoose turns a value into a path's type before it is stored, and how it says it cannot."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from .javascript import inspect

Convert = Callable[[Any, str], Any]
_TYPES = {bool: "boolean", int: "number", float: "number", str: "string", list: "Array"}


class CastError(Exception):
    """A value that does not fit its path, in the words a ValidationError quotes."""

    def __init__(self, kind: str, value: Any, path: str, *, because: str = "") -> None:
        shown = value if isinstance(value, str) else inspect(value)
        name = "null" if value is None else _TYPES.get(type(value), "Object")
        text = f'Cast to {kind} failed for value "{shown}" (type {name}) at path "{path}"'
        self.text = text + (f' because of "{because}"' if because else "")
        super().__init__(self.text)


def is_object_id(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9a-fA-F]{24}", value) is not None


def convert(kind: str, value: Any, path: str) -> Any:
    """Return ``value`` as the type ``kind``.

    Raises
    ------
    CastError
        It cannot be one.
    """
    return None if value is None else _CONVERSIONS[kind](value, path)


def _to_string(value: Any, path: str) -> str | None:
    if isinstance(value, dict | list):
        raise CastError("string", value, path)
    return value if isinstance(value, str) else json.dumps(value)


def to_number(value: Any, path: str) -> int | float | None:
    """Return a number; JavaScript's ``true`` is 1 and an empty string is null."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    if value == "":
        return None
    try:
        number = float(value)
        return int(number) if number.is_integer() else _finite(number)
    except (TypeError, ValueError, OverflowError):
        raise CastError("Number", value, path) from None


def _finite(number: float) -> float:
    if number != number:
        raise ValueError("NaN")
    return number


def _to_strings(value: Any, path: str) -> list[Any]:
    return [convert("string", v, f"{path}.{n}") for n, v in enumerate(_to_list(value, path))]


def _to_list(value: Any, _path: str) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _as_is(value: Any, _path: str) -> Any:
    return value


_CONVERSIONS: dict[str, Convert] = {
    "string": _to_string,
    "number": to_number,
    "strings": _to_strings,
    "objects": _to_list,
    "mixed": _as_is,
}
