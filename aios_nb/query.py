"""The filter rule: what a candidate's document, metrics and cluster must be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .clause import (
    AGGREGATES,
    COMPARISONS,
    OPERATORS,
    Clause,
    Condition,
    Group,
    MetricCondition,
    a_clause,
)
from .errors import PayloadError
from .wire import JSON, keys, one_of

# A rule is written with clauses: who imports one from here gets both.
__all__ = [
    "AGGREGATES",
    "COMPARISONS",
    "MATCH_TYPES",
    "OPERATORS",
    "Clause",
    "Condition",
    "FilterRule",
    "Group",
    "MetricCondition",
]

MATCH_TYPES = ("block", "cluster")
_QUERIES = {"block": "blockQuery", "metrics": "blockMetricsQuery", "cluster": "clusterQuery"}


@dataclass(frozen=True)
class FilterRule:
    """Which blocks are candidates: by their documents, their live metrics, their cluster.

    Parameters
    ----------
    block
        Must hold in the block's document.
    metrics
        Must hold in the block's metrics document; plain conditions mean "any instance".
    cluster
        Must hold in the document of the block's cluster.
    match_type
        What is looked for: ``block``, or ``cluster``.

    Raises
    ------
    PayloadError
        No clause at all (AIOS takes an empty filter for a mistake), or a metric condition
        outside ``metrics``.

    Examples
    --------
    >>> rule = FilterRule(metrics=MetricCondition("avg", "instances.uptime_hours", ">", 10))
    >>> FilterRule.from_wire(rule.to_wire()) == rule
    True
    """

    block: Clause | None = None
    metrics: Clause | None = None
    cluster: Clause | None = None
    match_type: str = "block"

    def __post_init__(self) -> None:
        one_of(self.match_type, MATCH_TYPES, "match type")
        given = {name: getattr(self, name) for name in _QUERIES if getattr(self, name) is not None}
        if not given:
            raise PayloadError(
                "a filter rule without a clause; give block=, metrics= or cluster= "
                "(every block: block=Condition('id', 'LIKE', '*'))"
            )
        for name, clause in given.items():
            a_clause(clause, f"{name}= of a filter rule")
            if name != "metrics" and _has_metrics(clause):
                raise PayloadError(
                    f"{name}= of a filter rule holds a metric condition ({clause}); "
                    "give it as metrics="
                )

    def to_wire(self) -> JSON:
        """Return ``{matchType, filter}``."""
        clauses = {key: getattr(self, name) for name, key in _QUERIES.items()}
        found = {key: clause.to_wire() for key, clause in clauses.items() if clause is not None}
        return {"matchType": self.match_type, "filter": found}

    @classmethod
    def from_wire(cls, document: Any) -> FilterRule:
        """Return the rule that ``{matchType, filter}`` stands for.

        Raises
        ------
        PayloadError
            A key is missing or unknown, or a clause is not valid.
        """
        rule = keys(document, "filterRule", need=("matchType", "filter"))
        found = keys(rule["filter"], "filter", need=(), allow=_QUERIES.values())
        clauses = {
            name: Clause.from_wire(found[key]) for name, key in _QUERIES.items() if key in found
        }
        return cls(**clauses, match_type=rule["matchType"])


def _has_metrics(clause: Clause) -> bool:
    if isinstance(clause, Group):
        return any(_has_metrics(member) for member in clause.clauses)
    return isinstance(clause, MetricCondition)
