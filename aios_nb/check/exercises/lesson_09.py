"""Exercises of lesson 09: where the winner flips, and a query behind the flip. The lab chooses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from ...selection import SelectionQuery
from ..exercise import Exercise

NEAR = 0.05  # a flip is found if the winners this far on both sides of it differ
SWEPT = "Free_Block"


class Chosen(Protocol):
    """What the lab tells about one choice."""

    @property
    def winner(self) -> str: ...


Choose = Callable[[Sequence[SelectionQuery]], Sequence[Chosen]]


def last_flip(answer: Any, *, query: SelectionQuery, choose: Choose) -> str:
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        return f"{type(answer).__name__} is no weight; expected a number, such as flip.high."
    if not NEAR <= answer <= 3:
        return f"{answer:g} is outside of the sweep; expected a weight from 0 to 3."
    below, above = choose([weighted(query, answer - NEAR), weighted(query, answer + NEAR)])
    if below.winner != above.winner:
        return ""
    return f"{above.winner} wins a little below {answer:g} and a little above it: no flip there."


def behind_the_flip(answer: Any, *, query: SelectionQuery, choose: Choose) -> str:
    if not isinstance(answer, SelectionQuery):
        return f"{type(answer).__name__} is no query; expected the lesson's with another weight."
    weights = [goal.weight for goal in answer.goals if goal.name == SWEPT]
    if len(weights) != 1 or weighted(query, weights[0]) != answer:
        return f"It differs in more than the weight of {SWEPT}; expected that to change alone."
    before, after = choose([query, answer])
    if before.winner != after.winner:
        return ""
    return f"With a weight of {weights[0]:g} the winner is still {after.winner}."


def weighted(query: SelectionQuery, weight: float) -> SelectionQuery:
    """Return the query with another weight of the goal that the exercises turn."""
    goals = (replace(g, weight=weight) if g.name == SWEPT else g for g in query.goals)
    return replace(query, goals=tuple(goals))


EXERCISES = (
    Exercise(
        "09",
        "last flip",
        last_flip,
        (
            "It is the first sweep of this lesson, over another goal and up to 3.",
            'winner_map(query, on=recorded, over={"Free_Block": quarters}, tolerance=0.01)',
            "The map keeps its flips in ascending order: flips[-1].high is the answer.",
        ),
    ),
    Exercise(
        "09",
        "behind the flip",
        behind_the_flip,
        (
            "Keep both goals of the query, and change the weight of Free_Block only.",
            "fast_goal, free_goal = query.goals; then replace(free_goal, weight=3).",
        ),
    ),
)
