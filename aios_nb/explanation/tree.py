"""A filter rule taken apart: every condition and group with its place in the payload."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from ..query import Clause, FilterRule, Group, MetricCondition

Join = Literal["AND", "OR"]
QUERIES = {"block": "blockQuery", "metrics": "blockMetricsQuery", "cluster": "clusterQuery"}


@dataclass(frozen=True, eq=False)
class Node:
    """One condition or group of a rule.

    Parameters
    ----------
    query
        Which query it stands in: ``block``, ``metrics`` or ``cluster``.
    place
        Path in the payload, such as ``blockQuery.conditions[2]``.
    clause
        The condition or group itself.
    join
        How it is joined to its neighbours.
    depth
        0 for a whole query.
    members
        The nodes of a group.
    """

    query: str
    place: str
    clause: Clause
    join: Join
    depth: int
    members: tuple[Node, ...] = field(repr=False)

    @property
    def is_group(self) -> bool:
        """Whether this is a group, and no condition."""
        return isinstance(self.clause, Group)

    @property
    def operator(self) -> Join:
        """How the members are joined; a condition counts as a group of one."""
        return self.clause.operator if isinstance(self.clause, Group) else "AND"

    @property
    def is_asked(self) -> bool:
        """Whether AIOS must be asked about it, because its members do not tell.

        A group is what Mongo makes of its members' answers, with two exceptions (contract §7.2):
        a metrics OR that holds anything but metric conditions, and an empty group.
        """
        if not self.is_group or not self.members:
            return True
        plain = all(isinstance(member.clause, MetricCondition) for member in self.members)
        return self.query == "metrics" and self.operator == "OR" and not plain

    def rule(self, match_type: str) -> FilterRule:
        """Return the rule that asks AIOS for this node alone."""
        alone = self.clause if self.is_group else Group("AND", (self.clause,))
        return FilterRule(**{self.query: alone}, match_type=match_type)

    def walk(self) -> Iterator[Node]:
        """Yield this node and all below it, in the order of the payload."""
        yield self
        for member in self.members:
            yield from member.walk()

    def requirements(self) -> Iterator[Node]:
        """Yield the nodes that must all hold: AND groups opened up, OR groups as they are."""
        if self.is_group and self.operator == "AND" and self.members:
            for member in self.members:
                yield from member.requirements()
        else:
            yield self


def roots(rule: FilterRule) -> tuple[Node, ...]:
    """Return one node per query of the rule."""
    given = {name: getattr(rule, name) for name in QUERIES}
    join = composition(rule)
    return tuple(
        _node(name, QUERIES[name], clause, join, 0)
        for name, clause in given.items()
        if clause is not None
    )


def composition(rule: FilterRule) -> Join:
    """Return how AIOS joins the queries of a rule.

    AIOS appends the ids that the metrics and clusters allow to the block query's own list,
    whatever joins that list: under a top-level OR the rule becomes a union (contract §7.3).
    """
    others = rule.metrics is not None or rule.cluster is not None
    return rule.block.operator if others and isinstance(rule.block, Group) else "AND"


def _node(query: str, place: str, clause: Clause, join: Join, depth: int) -> Node:
    if not isinstance(clause, Group):
        return Node(query, place, clause, join, depth, ())
    members = tuple(
        _node(query, f"{place}.conditions[{number}]", member, clause.operator, depth + 1)
        for number, member in enumerate(clause.clauses)
    )
    return Node(query, place, clause, join, depth, members)
