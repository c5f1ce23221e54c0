"""What a sweep changes in a query: the weight of a goal, or the value of one condition."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any, Literal

from ..errors import PayloadError, did_you_mean
from ..query import Clause, Condition, FilterRule, Group, MetricCondition
from ..selection import OptimizationGoal, SelectionQuery
from ..wire import shown

QUERIES = ("block", "metrics", "cluster")


@dataclass(frozen=True)
class Axis:
    """One thing that is swept, and over which values.

    Parameters
    ----------
    name
        A goal of the query, or a part of one condition's path, such as ``MMLU``.
    values
        At least two numbers, ascending.
    kind
        ``weight`` of a goal or ``threshold`` of a condition.
    own
        The query's own value; ``None``: it is no number.

    Raises
    ------
    PayloadError
        Fewer than two values, or no numbers.

    Examples
    --------
    >>> Axis("Fast_Generator", (0.0, 1.0)).kind
    'weight'
    """

    name: str
    values: tuple[float, ...]
    kind: Literal["weight", "threshold"] = "weight"
    own: float | None = None

    def __post_init__(self) -> None:
        values = tuple(_number(value, self.name) for value in _several(self.values, self.name))
        if len(set(values)) < 2:
            raise PayloadError(f"values of {self.name!r} are {shown(values)}; expected at least 2")
        object.__setattr__(self, "values", tuple(sorted(set(values))))

    @property
    def label(self) -> str:
        """What the numbers are, for tables and pictures."""
        return f"weight of {self.name}" if self.kind == "weight" else f"threshold of {self.name}"

    def set(self, query: SelectionQuery, value: float) -> SelectionQuery:
        """Return the query with this value in it."""
        if self.kind == "weight":
            return replace(query, goals=tuple(self._weighted(g, value) for g in query.goals))
        rule = query.filter_rule
        changed = replace(
            rule,
            block=self._with(rule.block, value),
            metrics=self._with(rule.metrics, value),
            cluster=self._with(rule.cluster, value),
        )
        return replace(query, filter_rule=changed)

    def _weighted(self, goal: OptimizationGoal, value: float) -> OptimizationGoal:
        return replace(goal, weight=value) if goal.name == self.name else goal

    def _with(self, clause: Clause | None, value: float) -> Clause | None:
        if isinstance(clause, Group):
            members = (self._with(member, value) for member in clause.clauses)
            return replace(clause, clauses=tuple(m for m in members if m is not None))
        if isinstance(clause, (Condition, MetricCondition)) and self.name in names(clause):
            return replace(clause, value=value)
        return clause


def _several(values: object, name: str) -> Iterable[object]:
    if isinstance(values, Iterable) and not isinstance(values, str):
        return values
    raise PayloadError(f"values of {name!r} are {shown(values)}; expected several numbers")


def _number(value: object, name: str) -> float:
    """Return Python's own number for one of numpy's, which JSON does not take."""
    if type(value) is not bool:
        if isinstance(value, Integral):
            return int(value)
        if isinstance(value, Real) and math.isfinite(value):
            return float(value)
    raise PayloadError(f"a value of {name!r} is {shown(value)}; expected finite numbers")


def axis_of(query: SelectionQuery, name: str, values: Any) -> Axis:
    """Return the axis that ``name`` means in this query.

    Raises
    ------
    PayloadError
        The query has no such goal and no such condition, or several such conditions.
    """
    goals = {goal.name: goal.weight for goal in query.goals}
    if name in goals:
        return Axis(name, values, own=goals[name])
    found = [leaf for leaf in conditions(query.filter_rule) if name in names(leaf)]
    if len(found) == 1:
        own = found[0].value
        return Axis(name, values, "threshold", own if isinstance(own, (int, float)) else None)
    if found:
        paths = ", ".join(str(leaf) for leaf in found)
        raise PayloadError(f"{name!r} stands in several conditions: {paths}; give a whole path")
    known = [*goals, *(names(leaf)[-1] for leaf in conditions(query.filter_rule))]
    near = did_you_mean(name, known)
    raise PayloadError(
        f"{name!r} is neither a goal nor a condition of this query; use one of "
        f"{', '.join(known)}{near}"
    )


def conditions(rule: FilterRule) -> Iterator[Condition | MetricCondition]:
    """Yield the conditions of a filter rule, those inside groups too."""
    for name in QUERIES:
        yield from _leaves(getattr(rule, name))


def names(leaf: Condition | MetricCondition) -> tuple[str, ...]:
    """Return the names a condition goes by: its whole path, its parts, best known last."""
    path = leaf.target if isinstance(leaf, MetricCondition) else leaf.variable
    return (path, *(part for part in path.split(".") if part != "value"))


def _leaves(clause: Clause | None) -> Iterator[Condition | MetricCondition]:
    if isinstance(clause, Group):
        for member in clause.clauses:
            yield from _leaves(member)
    elif isinstance(clause, (Condition, MetricCondition)):
        yield clause
