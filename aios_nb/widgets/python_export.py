"""The Python call that builds the same filter rule."""

from __future__ import annotations

from typing import Any

from .draft import Draft
from .tree import ConditionNode, GroupNode, Node, audible

JOINT = {"AND": " & ", "OR": " | "}
IMPORTS = ("Condition", "FilterRule", "MetricCondition")


def python_call(draft: Draft) -> str:
    """Return code that binds ``filter_rule`` to the draft's filter rule.

    Clauses are joined by ``&`` and ``|`` where that gives the same nest, else by ``Group``.

    Raises
    ------
    PayloadError
        A condition is incomplete, or there is none.

    Examples
    --------
    >>> print(python_call(Draft(block=ConditionNode("id", "==", "a"))))
    from aios_nb import Condition, FilterRule
    <BLANKLINE>
    filter_rule = FilterRule(
        block=Condition('id', '==', 'a'),
    )
    """
    draft.to_rule()
    heard = {part: audible(root) for part, root in draft.roots()}
    arguments = {part: _clause(root, 1) for part, root in heard.items() if root is not None}
    if draft.match_type != "block":
        arguments["match_type"] = repr(draft.match_type)
    body = "".join(f"    {name}={text},\n" for name, text in arguments.items())
    call = f"filter_rule = FilterRule(\n{body})"
    return f"{_imports(call)}\n\n{call}"


def _imports(call: str) -> str:
    names = ", ".join(name for name in IMPORTS if _is_called(name, call))
    extra = "\nfrom aios_nb.query import Group" if _is_called("Group", call) else ""
    return f"from aios_nb import {names}{extra}"


def _is_called(name: str, call: str) -> bool:
    return any(f"{before}{name}(" in call for before in ("=", "(", " "))


def _clause(node: Node, depth: int) -> str:
    if isinstance(node, ConditionNode):
        return _condition(node)
    members = [_clause(member, depth + 1) for member in node.members]
    if not _joins(node):
        return _group(node.operator, members)
    inner, outer = "    " * (depth + 1), "    " * depth
    joint = f"\n{inner}{JOINT[node.operator].lstrip()}"
    return f"(\n{inner}{joint.join(members)}\n{outer})"


def _joins(node: GroupNode) -> bool:
    """Say whether ``&`` or ``|`` gives this very group: they flatten groups of their own kind."""
    alike = [m for m in node.members if isinstance(m, GroupNode) and m.operator == node.operator]
    return len(node.members) > 1 and not any(member.members for member in alike)


def _group(operator: str, members: list[str]) -> str:
    comma = "," if len(members) == 1 else ""
    return f"Group({operator!r}, ({', '.join(members)}{comma}))"


def _condition(node: ConditionNode) -> str:
    rest: tuple[Any, ...] = (node.field, node.operator, node.value)
    name, values = "Condition", rest
    if node.aggregate is not None:
        name, values = "MetricCondition", (node.aggregate, *rest)
    return f"{name}({', '.join(map(repr, values))})"
