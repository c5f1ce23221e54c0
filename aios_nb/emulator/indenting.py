"""Indented JSON, the layout of Flask's debug mode: ``json.dumps`` indents in slow Python."""

from __future__ import annotations

import json
from collections.abc import Callable
from json.encoder import encode_basestring_ascii
from math import isfinite
from typing import Any

STEP = "  "


def indented_json(value: Any) -> str:
    """Return the very text of ``json.dumps(value, sort_keys=True, indent=2)``.

    Raises
    ------
    TypeError
        Something in it has no JSON form, or its keys cannot be sorted.
    """
    try:
        return _text(value, "\n")
    except _UnusualError:
        return json.dumps(value, sort_keys=True, indent=2, default=_kept_value)


class Kept:
    """A value that does not change, with its text: large answers hold the same ones again."""

    __slots__ = ("_texts", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        self._texts: dict[str, str] = {}

    def text(self, line: str) -> str:
        """Return the text of the value where its own lines begin with ``line``."""
        if line not in self._texts:
            self._texts[line] = _text(self.value, line)
        return self._texts[line]


def _kept_value(part: Any) -> Any:
    if type(part) is Kept:
        return part.value
    raise TypeError(f"Object of type {type(part).__name__} is not JSON serializable")


class _UnusualError(Exception):
    """A value whose text is better left to ``json.dumps``."""


def _text(value: Any, line: str) -> str:
    """Return the text of a value whose own lines begin with ``line``."""
    write = _WRITERS.get(type(value))
    if write is None:
        raise _UnusualError
    return write(value, line)


def _object(value: dict[Any, Any], line: str) -> str:
    if not value:
        return "{}"
    inner = line + STEP
    parts = []
    for key in sorted(value):
        part = value[key]
        write = _WRITERS.get(type(part))
        if write is None or type(key) is not str:
            raise _UnusualError
        parts.append(f"{encode_basestring_ascii(key)}: {write(part, inner)}")
    return f"{{{inner}{(',' + inner).join(parts)}{line}}}"


def _list(value: list[Any], line: str) -> str:
    if not value:
        return "[]"
    inner = line + STEP
    return f"[{inner}{(',' + inner).join([_text(part, inner) for part in value])}{line}]"


def _float(value: float, _: str) -> str:
    if not isfinite(value):
        raise _UnusualError
    return repr(value)


_WRITERS: dict[type, Callable[[Any, str], str]] = {
    str: lambda value, _: encode_basestring_ascii(value),
    bool: lambda value, _: "true" if value else "false",
    int: lambda value, _: repr(value),
    float: _float,
    type(None): lambda _, __: "null",
    dict: _object,
    list: _list,
    Kept: lambda value, line: value.text(line),
}
