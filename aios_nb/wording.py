"""How a condition is said in words: whole, by its name, and as the reason why a block failed."""

from __future__ import annotations

from typing import Any, TypeGuard

from .query import Clause, Condition, Group, MetricCondition
from .wire import JSON, shown

OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


def condition_text(leaf: JSON) -> str:
    """Return a condition as a reader would say it.

    Examples
    --------
    >>> condition_text({"variable": "a.benchmarks.MMLU.value", "operator": ">=", "value": 80})
    'MMLU >= 80'
    >>> target = {"aggOperator": "avg", "target": "instances.uptime_hours"}
    >>> condition_text(target | {"operator": ">", "value": 10})
    'avg uptime_hours > 10'
    """
    value = leaf["value"]
    words = str(value)
    return f"{leaf_name(leaf)} {leaf['operator']} {words if len(words) <= 60 else shown(value, 60)}"


def leaf_name(leaf: JSON) -> str:
    """Return what a condition looks at, in one or two words.

    Examples
    --------
    >>> leaf_name({"variable": "component.componentMetadata.usecase"})
    'usecase'
    """
    path = str(leaf.get("variable") or leaf.get("target"))
    parts = [part for part in path.split(".") if part != "value"] or [path]
    name = path if len(parts) == 2 and "aggOperator" not in leaf else parts[-1]
    return f"{leaf['aggOperator']} {name}" if "aggOperator" in leaf else name


def clause_text(clause: Clause) -> str:
    """Return a condition or a group of them as a reader would say it.

    Examples
    --------
    >>> mmlu = Condition("component.benchmarks.MMLU.value", ">=", 80)
    >>> print(clause_text(mmlu | Condition("id", "IN", ["a"])))
    MMLU >= 80 OR id IN ['a']
    """
    if not isinstance(clause, Group):
        return condition_text(clause.to_wire())
    texts = (
        f"({clause_text(c)})" if isinstance(c, Group) else clause_text(c) for c in clause.clauses
    )
    return f" {clause.operator} ".join(texts) or f"an empty {clause.operator}"


def failure_text(clause: Condition | MetricCondition, actual: Any) -> str:
    """Return why a block failed a condition; ``actual`` is ``None`` if it has no such value.

    Examples
    --------
    >>> failure_text(Condition("a.b.MMLU.value", ">=", 80), 78.4)
    'MMLU 78.4 < 80'
    >>> failure_text(Condition("a.b.usecase", "LIKE", "*chat*"), None)
    "usecase is missing (wanted LIKE '*chat*')"
    """
    name, wanted = leaf_name(clause.to_wire()), f"{clause.operator} {value_text(clause.value)}"
    if actual is None:
        return f"{name} is missing (wanted {wanted})"
    if is_number(actual) and is_number(clause.value) and clause.operator in OPPOSITE:
        opposite = OPPOSITE[clause.operator]
        return f"{name} {value_text(actual)} {opposite} {value_text(clause.value)}"
    return f"{name} is {value_text(actual)} (wanted {wanted})"


def value_text(value: Any) -> str:
    """Return a value short enough for a sentence; numbers with at most four decimals.

    Examples
    --------
    >>> value_text(78.40001), value_text("chat")
    ('78.4', "'chat'")
    """
    if isinstance(value, float):
        return f"{round(value, 4):g}" if abs(value) < 1e6 else f"{value:g}"
    return shown(value, 60)


def counted(count: int, noun: str) -> str:
    """Return a number of things, such as ``1 block`` and ``2 blocks``.

    Examples
    --------
    >>> counted(1, "block"), counted(0, "candidate")
    ('1 block', '0 candidates')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def is_number(value: Any) -> TypeGuard[float]:
    """Say whether a JSON value is a number; a truth value is none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)
