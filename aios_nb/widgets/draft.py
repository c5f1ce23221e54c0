"""A filter rule in the making: up to three trees, addressed by one kind of place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..errors import PayloadError
from ..query import MATCH_TYPES, FilterRule
from ..wire import JSON, one_of
from . import tree_edits
from .tree import ConditionNode, Node, Path, audible, from_clause, node_at, walk

# The three queries of a filter rule: attribute, wire key.
PARTS = {"block": "blockQuery", "metrics": "blockMetricsQuery", "cluster": "clusterQuery"}
WIRE_PARTS = {key: part for part, key in PARTS.items()}


@dataclass(frozen=True)
class Place:
    """Where a node is: in which of the three queries, and the path there.

    Raises
    ------
    PayloadError
        The part is none of ``block``, ``metrics``, ``cluster``.

    Examples
    --------
    >>> print(Place("block", (2, 0)))
    blockQuery.conditions[2].conditions[0]
    """

    part: str
    path: Path = ()

    def __post_init__(self) -> None:
        one_of(self.part, PARTS, "part of a filter rule:")
        object.__setattr__(self, "path", tuple(self.path))

    def __str__(self) -> str:
        return PARTS[self.part] + "".join(f".conditions[{index}]" for index in self.path)


@dataclass(frozen=True)
class Draft:
    """What the builder holds: like a ``FilterRule``, but possibly incomplete or empty.

    Parameters
    ----------
    block, metrics, cluster
        Root of the query on the block's document, its metrics, its cluster; ``None``: no query.
    match_type
        ``block`` or ``cluster``.

    Raises
    ------
    PayloadError
        Another match type.

    Examples
    --------
    >>> draft, place = Draft().add(Place("block"), ConditionNode("id", "==", "a"))
    >>> draft.to_wire()["filter"]
    {'blockQuery': {'variable': 'id', 'operator': '==', 'value': 'a'}}
    """

    block: Node | None = None
    metrics: Node | None = None
    cluster: Node | None = None
    match_type: str = "block"

    def __post_init__(self) -> None:
        one_of(self.match_type, MATCH_TYPES, "match type")

    @classmethod
    def from_rule(cls, rule: FilterRule) -> Draft:
        """Return the draft that holds this rule."""
        clauses = {part: getattr(rule, part) for part in PARTS}
        roots = {p: from_clause(clause) for p, clause in clauses.items() if clause is not None}
        return cls(match_type=rule.match_type, **roots)

    @classmethod
    def from_wire(cls, document: Any) -> Draft:
        """Return the draft that ``{matchType, filter}`` stands for.

        Raises
        ------
        PayloadError
            It is no valid filter rule.
        """
        return cls.from_rule(FilterRule.from_wire(document))

    def to_wire(self) -> JSON:
        """Return ``{matchType, filter}`` of what is not muted, complete or not."""
        heard = {PARTS[part]: audible(root) for part, root in self.roots()}
        found = {key: root.to_wire() for key, root in heard.items() if root is not None}
        return {"matchType": self.match_type, "filter": found}

    def to_rule(self) -> FilterRule:
        """Return the filter rule.

        Raises
        ------
        PayloadError
            A condition is incomplete, or there is none.
        """
        return FilterRule.from_wire(self.to_wire())

    def roots(self) -> Iterator[tuple[str, Node]]:
        """Yield the parts that there are, each with its root."""
        for part in PARTS:
            root: Node | None = getattr(self, part)
            if root is not None:
                yield part, root

    def walk(self) -> Iterator[tuple[Place, Node]]:
        """Yield every node with its place, parents before members."""
        for part, root in self.roots():
            for path, node in walk(root):
                yield Place(part, path), node

    def conditions(self) -> list[tuple[Place, ConditionNode]]:
        """Return every condition with its place, in the order in which they are sent."""
        return [(place, node) for place, node in self.walk() if isinstance(node, ConditionNode)]

    def node_at(self, place: Place) -> Node:
        """Return the node at a place.

        Raises
        ------
        PayloadError
            There is none.
        """
        return node_at(self._root(place), place.path)

    def add(self, place: Place, node: Node) -> tuple[Draft, Place]:
        """Return the draft with ``node`` as last member of the group at ``place``, and where.

        Raises
        ------
        PayloadError
            The place leads nowhere.
        """
        root: Node | None = getattr(self, place.part)
        if root is None:
            return self._with(place, node), Place(place.part)
        grown, path = tree_edits.add(root, place.path, node)
        return self._with(place, grown), Place(place.part, path)

    def insert(self, place: Place, node: Node) -> Draft:
        """Return the draft with ``node`` at ``place``; what stood there follows it.

        Raises
        ------
        PayloadError
            The place leads nowhere.
        """
        return self._with(place, tree_edits.insert(self._root(place), place.path, node))

    def remove(self, place: Place) -> Draft:
        """Return the draft without the node at ``place``.

        Raises
        ------
        PayloadError
            There is none.
        """
        return self._with(place, tree_edits.remove(self._root(place), place.path))

    def move(self, place: Place, target: Path) -> Draft:
        """Return the draft with the node at ``place`` moved within its query.

        Raises
        ------
        PayloadError
            A path leads nowhere.
        """
        return self._with(place, tree_edits.move(self._root(place), place.path, target))

    def step(self, place: Place, by: int) -> tuple[Draft, Place]:
        """Return the draft with the node one line up (-1) or down (+1), and where it is then.

        Raises
        ------
        PayloadError
            There is none.
        """
        root, path = tree_edits.step(self._root(place), place.path, by)
        return self._with(place, root), Place(place.part, path)

    def clone(self, place: Place) -> tuple[Draft, Place]:
        """Return the draft with the node at ``place`` twice, and where the second is.

        Raises
        ------
        PayloadError
            There is none.
        """
        root, path = tree_edits.clone(self._root(place), place.path)
        return self._with(place, root), Place(place.part, path)

    def group(self, place: Place, operator: str = "AND") -> Draft:
        """Return the draft in which a new group holds the node at ``place``.

        Raises
        ------
        PayloadError
            There is none, or the operator is unknown.
        """
        return self._with(place, tree_edits.group(self._root(place), place.path, operator))

    def ungroup(self, place: Place) -> Draft:
        """Return the draft in which the members of the group at ``place`` take its place.

        Raises
        ------
        PayloadError
            There is no group, or it is a root with other than one member.
        """
        return self._with(place, tree_edits.ungroup(self._root(place), place.path))

    def mute(self, place: Place, *, is_muted: bool | None = None) -> Draft:
        """Return the draft with the node at ``place`` muted; ``None``: the opposite of now.

        Raises
        ------
        PayloadError
            There is none.
        """
        root = tree_edits.mute(self._root(place), place.path, is_muted=is_muted)
        return self._with(place, root)

    def set(self, place: Place, **attributes: Any) -> Draft:
        """Return the draft in which the node at ``place`` has other attributes.

        Raises
        ------
        PayloadError
            There is none, or it has no such attribute.
        """
        return self._with(place, tree_edits.change(self._root(place), place.path, **attributes))

    def _root(self, place: Place) -> Node:
        root: Node | None = getattr(self, place.part)
        if root is None:
            raise PayloadError(f"there is no {PARTS[place.part]} yet; add a condition to it first")
        return root

    def _with(self, place: Place, root: Node | None) -> Draft:
        roots: dict[str, Any] = {place.part: root}
        return replace(self, **roots)
