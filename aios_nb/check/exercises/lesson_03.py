"""Exercises of lesson 03: a stricter filter, and who wins then. AIOS itself is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from operator import and_
from typing import Any

from ...query import FilterRule
from ...selection import SelectionQuery
from ...wire import JSON, shown
from ..blocks import compared, ids_in
from ..exercise import Exercise


def stricter(rule: FilterRule) -> FilterRule:
    """Return the rule with its metrics conditions joined by 'and'."""
    clauses = list(getattr(rule.metrics, "clauses", ()))
    if len(clauses) < 2:
        return rule
    return replace(rule, metrics=reduce(and_, clauses))


def dropped(answer: Any, *, query: SelectionQuery, find: Callable[[FilterRule], list[JSON]]) -> str:
    before = {block["id"] for block in find(query.filter_rule)}
    after = {block["id"] for block in find(stricter(query.filter_rule))}
    return compared(answer, before - after, "it passes the stricter rule, too, or never passed.")


def new_winner(
    answer: Any, *, query: SelectionQuery, select: Callable[[SelectionQuery], JSON]
) -> str:
    chosen = select(replace(query, filter_rule=stricter(query.filter_rule)))["id"]
    if ids_in(answer) == {chosen}:
        return ""
    if ids_in(answer) == {before := select(query)["id"]}:
        return f"{before} wins with the guide's 'or'; expected the winner with 'and'."
    return f"With these goals AIOS does not select {shown(answer)}."


EXERCISES = (
    Exercise(
        "03",
        "dropped candidates",
        dropped,
        (
            "Find the candidates of both rules, and subtract one set of ids from the other.",
            "uptime, tokens = rule.metrics.clauses takes the two conditions apart.",
            "replace(rule, metrics=uptime & tokens) is the stricter rule.",
        ),
    ),
    Exercise(
        "03",
        "new winner",
        new_winner,
        (
            "aios.select_block tells, for a query with the stricter rule.",
            "replace(query, filter_rule=stricter) is that query.",
        ),
    ),
)
