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
    """Return which editor suits the value: text, number, boolean, list, choice, any or json.

    The value at hand decides before the field does: what an editor cannot show, it would change.

    Examples
    --------
    >>> value_kind(ConditionNode("a", ">=", 80), "text")
    'number'
    >>> value_kind(ConditionNode("unknown", ">=", 80), "mixed")
    'any'
    """
    value = node.value
    if kind == "mixed" and node.operator != "LIKE" and _is_plain(value):
        return "any"
    if node.operator == "IN":
        return "list" if isinstance(value, list) and all(_is_plain(v) for v in value) else "json"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "choice" if kind in {"choice", "list"} and node.operator != "LIKE" else "text"
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
    return [parse_any(part.strip()) for part in text.split(",") if part.strip()]


def list_text(values: list[Any]) -> str:
    """Return the line that :func:`parse_list` reads back.

    Examples
    --------
    >>> list_text(["chat", 80, "80"])
    'chat, 80, "80"'
    """
    line = ", ".join(any_text(value) for value in values)
    return line if parse_list(line) == values else json.dumps(values, ensure_ascii=False)


def any_text(value: Any) -> str:
    """Return the text that :func:`parse_any` reads back.

    Examples
    --------
    >>> any_text("chat"), any_text(80), any_text("80")
    ('chat', '80', '"80"')
    """
    is_plain = isinstance(value, str) and parse_any(value) == value
    return value if is_plain else json.dumps(value, ensure_ascii=False)


def parse_any(text: str) -> Any:
    """Return the JSON value that a text is, or else the text itself."""
    try:
        return json.loads(text, parse_constant=str)
    except ValueError:
        return text


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (str, bool, int, float))


def suits(value: Any, kind: str) -> bool:
    """Say whether a value can stay when the field becomes one of this kind.

    Examples
    --------
    >>> suits("chat", "number"), suits(80, "number"), suits("", "text")
    (False, True, False)
    """
    if value in ("", None):
        return False
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == "boolean":
        return isinstance(value, bool)
    return kind == "mixed" or isinstance(value, (str, list))
