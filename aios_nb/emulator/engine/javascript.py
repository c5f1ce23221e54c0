"""How JavaScript names, prints and reads values, where Mongoose shows or casts them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any


def type_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    names: dict[type, str] = {str: "string", list: "Array", dict: "Object"}
    return names[type(value)]


def plain(value: Any) -> str:
    """Return a scalar as JavaScript's ``toString`` prints it."""
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 1e21:
            return str(int(value))
        return re.sub(r"e([+-])0*", r"e\1", repr(value))
    return value if isinstance(value, str) else json.dumps(value)


def inspect(value: Any, depth: int = 0) -> str:
    """Return a value as Node's ``util.inspect`` prints it on one line."""
    if isinstance(value, str):
        quote = '"' if "'" in value and '"' not in value else "'"
        return quote + value.replace(quote, "\\" + quote) + quote
    if isinstance(value, dict | list) and depth > 2:
        return "[Array]" if isinstance(value, list) else "[Object]"
    if isinstance(value, list):
        return _bracket("[]", [inspect(item, depth + 1) for item in value])
    if isinstance(value, dict):
        pairs = ((_property(name), inspect(item, depth + 1)) for name, item in value.items())
        return _bracket("{}", [f"{name}: {item}" for name, item in pairs])
    return plain(value)


def _property(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) else inspect(name)


def _bracket(brackets: str, items: Iterable[str]) -> str:
    inside = ", ".join(items)
    return f"{brackets[0]} {inside} {brackets[1]}" if inside else brackets


def to_number(text: str) -> float | int:
    if not text:
        return 0
    if re.fullmatch(r"0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+", text):
        return int(text, 0)
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
        raise ValueError(text)
    number = float(text)
    return int(number) if number.is_integer() else number
