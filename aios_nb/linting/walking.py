"""How the linter walks through a filter: every clause once, with its exact path."""

from __future__ import annotations

from collections.abc import Iterator

from .findings import Finding
from .rules import check
from .spots import ClauseSpot


def clauses(root: ClauseSpot) -> Iterator[ClauseSpot]:
    """Yield a clause and all beneath it, in the order of the payload; depth costs no stack."""
    waiting = [root]
    while waiting:
        spot = waiting.pop()
        yield spot
        if isinstance(spot.value, dict):
            waiting += reversed(_members(spot))


def _members(spot: ClauseSpot) -> list[ClauseSpot]:
    members = spot.value.get("conditions")
    if not isinstance(members, list):
        return []
    place, setting, query = spot.at("conditions"), spot.setting, spot.query
    group = str(spot.value.get("logicalOperator", ""))
    return [
        ClauseSpot(member, f"{place}[{number}]", setting, query, group)
        for number, member in enumerate(members)
    ]


def check_clauses(root: ClauseSpot) -> Iterator[Finding]:
    """Yield what the rules find in a query of a filter."""
    for spot in clauses(root):
        yield from check(_kind(spot), spot)
    if root.is_metric:
        yield from check("metrics", root)


def _kind(spot: ClauseSpot) -> str:
    if not isinstance(spot.value, dict):
        return "broken"
    if "logicalOperator" in spot.value:
        return "group"
    return "aggregate" if spot.is_metric and "aggOperator" in spot.value else "condition"
