"""Which operators and which kind of value suit a field."""

from __future__ import annotations

import json
from typing import Any

from ..query import COMPARISONS, OPERATORS
from .tree import ConditionNode

# What an operator is called in the builder; the wire's own spelling stays visible.
NAMES = {
    "==": "is (==)",
    "!=": "is not (!=)",
    "<": "is below (<)",
    "<=": "is at most (<=)",
    ">": "is above (>)",
    ">=": "is at least (>=)",
    "LIKE": "contains (LIKE)",
    "IN": "is one of (IN)",
}
OF_KIND = {
    "text": ("LIKE", "==", "!=", "IN", "<", "<=", ">", ">="),
    "choice": ("==", "!=", "IN", "LIKE", "<", "<=", ">", ">="),
    "number": (">=", ">", "<=", "<", "==", "!=", "IN"),
    "boolean": ("==", "!="),
    "list": ("==", "!=", "IN", "LIKE"),
}


def operators_for(node: ConditionNode, kind: str) -> tuple[str, ...]:
    """Return the operators to offer, the most useful first; the present one is among them.

    Examples
    --------
    >>> operators_for(ConditionNode("a", "==", True), "boolean")
    ('==', '!=')
    """
    offered = COMPARISONS if node.aggregate else OF_KIND.get(kind, OPERATORS)
    return offered if node.operator in offered else (*offered, node.operator)


def value_kind(node: ConditionNode, kind: str) -> str:
    """Return which editor suits the value: text, number, boolean, list, choice or json.

    The value at hand decides before the field does: what an editor cannot show, it would change.

    Examples
    --------
    >>> value_kind(ConditionNode("a", ">=", 80), "text")
    'number'
    """
    value = node.value
    if node.operator == "IN":
        return "list" if isinstance(value, list) and all(_is_plain(v) for v in value) else "json"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "choice" if kind == "choice" and node.operator in {"==", "!="} else "text"
    return "json"


def fresh(path: str, kind: str, values: tuple[Any, ...], *, is_metric: bool) -> ConditionNode:
    """Return a first condition on a field: its usual operator, and a value of its type."""
    value = values[0] if values else ""
    if is_metric:
        number = value if kind == "number" else 0
        return ConditionNode(path, ">", number, "avg")
    if kind == "text":
        return ConditionNode(path, "LIKE", f"*{value}*")
    operator = ">=" if kind == "number" else "=="
    return ConditionNode(path, operator, True if kind == "boolean" else value)


def suited(value: Any, operator: str) -> Any:
    """Return the value in the form that an operator asks for, where that is plain.

    Examples
    --------
    >>> suited("chat", "IN"), suited(["chat"], "=="), suited(80, "LIKE")
    (['chat'], 'chat', '80')
    """
    if operator == "IN" and not isinstance(value, list):
        return [] if value in ("", None) else [value]
    if operator != "IN" and isinstance(value, list) and len(value) <= 1:
        value = value[0] if value else ""
    if operator == "LIKE" and not isinstance(value, str):
        return json.dumps(value)
    return value


def parse_list(text: str) -> list[Any]:
    """Return the values of a comma-separated line, or of a JSON list.

    Parameters
    ----------
    text
        ``a, b`` or ``["a", "b"]``; numbers, ``true``, ``false`` and ``null`` are read as such,
        and ``"80"`` in double quotes stays a text.

    Examples
    --------
    >>> parse_list('chat, 80, true, "80"')
    ['chat', 80, True, '80']
    """
    try:
        whole = json.loads(text)
    except ValueError:
        whole = None
    if isinstance(whole, list):
        return whole
    return [_scalar(part.strip()) for part in text.split(",") if part.strip()]


def list_text(values: list[Any]) -> str:
    """Return the line that :func:`parse_list` reads back.

    Examples
    --------
    >>> list_text(["chat", 80, "80"])
    'chat, 80, "80"'
    """
    line = ", ".join(_item(value) for value in values)
    return line if parse_list(line) == values else json.dumps(values, ensure_ascii=False)


def _item(value: Any) -> str:
    plain = isinstance(value, str) and _scalar(value) == value
    return value if plain else json.dumps(value, ensure_ascii=False)


def _scalar(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=str)
    except ValueError:
        return text


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (str, bool, int, float))
