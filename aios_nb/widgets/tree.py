"""The query as an immutable tree: conditions and groups, changed by operations on paths."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..errors import PayloadError
from ..query import Clause, Condition, Group, MetricCondition
from ..wire import JSON, json_copy, one_of

# Where a node is: the index in each group on the way down from the root, which is ().
Path = tuple[int, ...]


@dataclass(frozen=True)
class ConditionNode:
    """One row of the builder; unlike a ``Condition`` it may still be incomplete.

    Parameters
    ----------
    field
        Dotted path in the document; empty until one is chosen.
    operator
        ``==``, ``LIKE`` and so on.
    value
        Any JSON value.
    aggregate
        ``avg`` and so on for a metric condition; ``None`` for a plain one.
    is_muted
        Whether the row is left out of what is sent.

    Raises
    ------
    PayloadError
        The value has no JSON form.

    Examples
    --------
    >>> ConditionNode("id", "==", "a").to_wire()
    {'variable': 'id', 'operator': '==', 'value': 'a'}
    """

    field: str = ""
    operator: str = "=="
    value: Any = ""
    aggregate: str | None = None
    is_muted: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", json_copy(self.value, f"value on {self.field!r}"))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ConditionNode) and other._identity() == self._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def _identity(self) -> tuple[object, ...]:
        # To Python True, 1 and 1.0 are one value; to AIOS True is another one.
        value = json.dumps(self.value)
        return (self.field, self.operator, value, self.aggregate, self.is_muted)

    def to_wire(self) -> JSON:
        """Return the condition as AIOS's filter language has it, complete or not."""
        value = json_copy(self.value, "value")
        if self.aggregate is None:
            return {"variable": self.field, "operator": self.operator, "value": value}
        head = {"aggOperator": self.aggregate, "target": self.field}
        return {**head, "operator": self.operator, "value": value}


@dataclass(frozen=True)
class GroupNode:
    """Conditions and groups of which all (``AND``) or at least one (``OR``) must hold.

    Parameters
    ----------
    operator
        ``AND`` or ``OR``.
    members
        In the order in which they are sent.
    is_muted
        Whether the whole group is left out of what is sent.

    Raises
    ------
    PayloadError
        Another operator.

    Examples
    --------
    >>> GroupNode("OR", (ConditionNode("id", "==", "a"),)).to_wire()["logicalOperator"]
    'OR'
    """

    operator: str = "AND"
    members: tuple[Node, ...] = ()
    is_muted: bool = False

    def __post_init__(self) -> None:
        one_of(self.operator, ("AND", "OR"), "logical operator")
        object.__setattr__(self, "members", tuple(self.members))

    def to_wire(self) -> JSON:
        """Return the group with every member, muted ones too: see :func:`audible`."""
        conditions = [member.to_wire() for member in self.members]
        return {"logicalOperator": self.operator, "conditions": conditions}


Node = ConditionNode | GroupNode


def from_clause(clause: Clause) -> Node:
    """Return the node that stands for a clause.

    Raises
    ------
    PayloadError
        It is no condition and no group.
    """
    if isinstance(clause, Group):
        return GroupNode(clause.operator, tuple(from_clause(member) for member in clause.clauses))
    if isinstance(clause, MetricCondition):
        return ConditionNode(clause.target, clause.operator, clause.value, clause.aggregate)
    if isinstance(clause, Condition):
        return ConditionNode(clause.variable, clause.operator, clause.value)
    raise PayloadError(f"{clause!r} is no clause; expected a condition or a group of them")


def audible(node: Node) -> Node | None:
    """Return what of the node is sent: no muted part, and no group that muting has emptied."""
    if node.is_muted:
        return None
    if isinstance(node, ConditionNode):
        return node
    heard = tuple(part for member in node.members if (part := audible(member)) is not None)
    # A group left empty by muting would match every block; one that came empty is the writer's.
    return replace(node, members=heard) if heard or not node.members else None


def walk(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Yield every node with its path, parents before members."""
    yield path, node
    if isinstance(node, GroupNode):
        for index, member in enumerate(node.members):
            yield from walk(member, (*path, index))


def node_at(root: Node, path: Path) -> Node:
    """Return the node at a path.

    Raises
    ------
    PayloadError
        The path leads nowhere.
    """
    node = root
    for depth, index in enumerate(path):
        if not isinstance(node, GroupNode) or not 0 <= index < len(node.members):
            raise PayloadError(_nowhere(path, path[:depth], node))
        node = node.members[index]
    return node


def group_at(root: Node, path: Path) -> GroupNode:
    """Return the group at a path.

    Raises
    ------
    PayloadError
        The path leads nowhere, or to a condition.
    """
    node = node_at(root, path)
    if not isinstance(node, GroupNode):
        raise PayloadError(f"at {path} is a condition on {node.field!r}; expected a group")
    return node


def swap(root: Node, path: Path, change: Callable[[Node], tuple[Node, ...]]) -> Node:
    """Return the tree in which ``change`` has turned one node into any number of others.

    Raises
    ------
    PayloadError
        The path leads nowhere, or the root would become none or several.
    """
    if not path:
        changed = change(root)
        if len(changed) != 1:
            raise PayloadError("the root must stay one node; wrap it into a group first")
        return changed[0]
    node_at(root, path)
    *above, index = path

    def in_parent(parent: Node) -> tuple[Node, ...]:
        members = parent.members if isinstance(parent, GroupNode) else ()
        changed = (*members[:index], *change(members[index]), *members[index + 1 :])
        return (replace(parent, members=changed),) if isinstance(parent, GroupNode) else (parent,)

    return swap(root, tuple(above), in_parent)


def _nowhere(path: Path, reached: Path, node: Node) -> str:
    if isinstance(node, GroupNode):
        return f"path {path} leads nowhere; the group at {reached} has {len(node.members)} members"
    return f"path {path} leads nowhere; at {reached} is a condition on {node.field!r}"
