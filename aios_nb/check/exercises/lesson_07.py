"""Exercises of lesson 07: who would come in, and who would follow the winner. AIOS is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ...query import Clause, Condition, FilterRule, Group
from ...selection import SelectionQuery
from ...wire import JSON, shown
from ..blocks import compared, ids_in
from ..exercise import Exercise

STREAMING = "supportsStreaming"


def newcomers(
    answer: Any, *, query: SelectionQuery, find: Callable[[FilterRule], list[JSON]]
) -> str:
    rule = query.filter_rule
    looser = replace(rule, block=without_streaming(rule.block))
    before = {block["id"] for block in find(rule)}
    after = {block["id"] for block in find(looser)}
    return compared(answer, after - before, "deleting that one condition does not let it in.")


def without_streaming(clause: Clause | None) -> Clause | None:
    """Return the block query without its condition on streaming."""
    if not isinstance(clause, Group):
        return clause
    rest = [c for c in clause.clauses if STREAMING not in getattr(c, "variable", "")]
    return replace(clause, clauses=tuple(rest))


def deputy(answer: Any, *, query: SelectionQuery, select: Callable[[SelectionQuery], JSON]) -> str:
    winner = select(query)["id"]
    others = Group("AND", (Condition("id", "!=", winner),))
    rule = query.filter_rule
    block = others if rule.block is None else rule.block & others
    chosen = select(replace(query, filter_rule=replace(rule, block=block)))["id"]
    if ids_in(answer) == {chosen}:
        return ""
    if ids_in(answer) == {winner}:
        return f"{winner} is the winner itself; expected who wins without it."
    return f"Among the others AIOS does not select {shown(answer)}."


EXERCISES = (
    Exercise(
        "07",
        "newcomers",
        newcomers,
        (
            "A near miss names the condition in its way by its place in the payload.",
            "why.clauses holds each condition with its text and its place.",
            "Keep the near misses whose place is that of the supportsStreaming condition.",
        ),
    ),
    Exercise(
        "07",
        "deputy",
        deputy,
        (
            "Join the rule's block query and the new condition with &.",
            'replace(rule, block=rule.block & Condition("id", "!=", why.winner)) is the rule.',
        ),
    ),
)
