"""The query in plain English: one sentence, and step by step."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .draft import Draft
from .tree import ConditionNode, GroupNode, Node, audible

VERBS = {
    "==": "is",
    "!=": "is not",
    "<": "is below",
    "<=": "is at most",
    ">": "is above",
    ">=": "is at least",
    "IN": "is one of",
}
AGGREGATES = {
    "avg": "the average of",
    "sum": "the sum of",
    "min": "the lowest",
    "max": "the highest",
    "count": "the number of",
    "stdDevPop": "the standard deviation (population) of",
    "stdDevSamp": "the standard deviation (sample) of",
}
SUBJECTS = {
    "block": "the block's document",
    "metrics": "its live metrics",
    "cluster": "the document of its cluster",
}
NOTHING = "No condition yet."


def sentence(draft: Draft) -> str:
    """Return the query in one sentence; muted conditions are left out.

    Examples
    --------
    >>> sentence(Draft(block=ConditionNode("component.usecase", "LIKE", "*chat*")))
    "Find every block where usecase contains 'chat'."
    """
    parts = [_part(part, root) for part, root in _heard(draft)]
    return f"Find every {draft.match_type} {', and '.join(parts)}." if parts else NOTHING


def steps(draft: Draft) -> list[str]:
    """Return the query line by line, indented by depth, with full paths; AIOS's order.

    Examples
    --------
    >>> steps(Draft(block=ConditionNode("id", "==", "a")))
    ["Look at the block's document:", "  id is 'a'."]
    """
    # AIOS asks for clusters first, then metrics, then documents (contract of the search server).
    order = {"cluster": 0, "metrics": 1, "block": 2}
    lines = []
    for part, root in sorted(_heard(draft), key=lambda found: order[found[0]]):
        lines.append(f"Look at {SUBJECTS[part]}:")
        lines.extend(_lines(root, 1))
    return lines or [NOTHING]


def condition_text(node: ConditionNode, *, is_short: bool = True) -> str:
    """Return one condition in words.

    Examples
    --------
    >>> condition_text(ConditionNode("instances.uptime_hours", ">", 10, "avg"))
    'the average of uptime_hours is above 10'
    """
    name = short_name(node.field) if is_short else node.field or "(no field)"
    subject = f"{AGGREGATES.get(node.aggregate, node.aggregate)} {name}" if node.aggregate else name
    return f"{subject} {_predicate(node)}"


def short_name(path: str) -> str:
    """Return the telling end of a path.

    Examples
    --------
    >>> short_name("component.componentMetadata.evaluation.benchmarks.MMLU.value")
    'MMLU'
    """
    parts = path.removesuffix(".value").split(".") if path else []
    return parts[-1] if parts else "(no field)"


def _heard(draft: Draft) -> Iterator[tuple[str, Node]]:
    for part, root in draft.roots():
        heard = audible(root)
        if heard is not None:
            yield part, heard


def _part(part: str, root: Node) -> str:
    where = "on a cluster where" if part == "cluster" else "where"
    return f"{where} {_clause(root)}"


def _clause(node: Node, *, is_inner: bool = False) -> str:
    if isinstance(node, ConditionNode):
        return condition_text(node)
    if not node.members:
        return "(an empty group)"
    joint = f" {node.operator.lower()} "
    text = joint.join(_clause(member, is_inner=True) for member in node.members)
    return f"({text})" if is_inner and len(node.members) > 1 else text


def _lines(node: Node, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if isinstance(node, ConditionNode):
        yield f"{indent}{condition_text(node, is_short=False)}."
        return
    yield f"{indent}{_head(node)}"
    for member in node.members:
        yield from _lines(member, depth + 1)


def _head(node: GroupNode) -> str:
    if not node.members:
        return f"an empty {node.operator} group."
    return "all of these hold:" if node.operator == "AND" else "at least one of these holds:"


def _predicate(node: ConditionNode) -> str:
    value = node.value
    if node.operator == "LIKE" and isinstance(value, str):
        inner = value.strip("*")
        return f"matches '{value}'" if "*" in inner else f"contains '{inner}'"
    if node.operator == "IN" and isinstance(value, list):
        return f"is one of {', '.join(_shown(v) for v in value) or 'nothing'}"
    return f"{VERBS.get(node.operator, node.operator)} {_shown(value)}"


def _shown(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
