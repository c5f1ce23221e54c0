"""Rules for optimization goals: names that score nothing, weights that cannot matter."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ..errors import did_you_mean
from ..wire import shown
from .findings import Finding
from .keys import missing, unknown, wrong_type
from .known import DEAD_METRICS, GOALS
from .rules import rule
from .spots import Spot

FIRST_WINS = "the first candidate wins"
GOALS_KEY = "optimization_goals"


@rule("preferences")
def application_type_is_left_out(spot: Spot) -> Iterator[Finding]:
    if "application_type" not in spot.value:
        return
    effect = (
        "the upstream policy looks for the use case at the wrong level and drops every candidate: "
        '"No candidates found matching the criteria."'
    )
    if spot.value["application_type"] is None:
        effect = "the upstream policy fails: 'NoneType' object has no attribute 'lower'"
    fix = "leave it out, and filter by component.componentMetadata.usecase LIKE"
    words = (f"application_type is {shown(spot.value['application_type'])}", effect, fix)
    yield spot.says("warning", "T13", "application_type", words)


@rule("no preferences")
def a_selection_query_is_there(spot: Spot) -> Iterator[Finding]:
    effect = "the upstream policy returns a reason instead of a block: invalid similarity search …"
    fix = 'add "selection_query": {"optimization_goals": […]}'
    if not isinstance(spot.value.get("selection_query", {}), dict):
        yield wrong_type(spot, "selection_query", "an object", effect)
    else:
        yield missing(spot, "selection_query", effect, fix)


@rule("preferences")
def there_are_goals(spot: Spot) -> Iterator[Finding]:
    yield from unknown(spot, (GOALS_KEY, "application_type"))
    goals = spot.value.get(GOALS_KEY)
    if goals is None or goals == []:
        words = ("there are no optimization goals", f"asks no metrics: {FIRST_WINS}", "add a goal")
        yield spot.says("note", "T55", None if goals is None else GOALS_KEY, words)
    elif not isinstance(goals, list):
        effect = "the policy fails: string indices must be integers"
        yield wrong_type(spot, GOALS_KEY, 'a list such as [{"name": "Free_Block"}]', effect)


@rule("goal")
def goal_is_known(spot: Spot) -> Iterator[Finding]:
    if not isinstance(spot.value, dict):
        effect = "the policy fails: string indices must be integers"
        yield wrong_type(spot, None, 'an object {"name": …, "weight": …}', effect)
        return
    yield from unknown(spot, ("name", "weight"))
    name = spot.value.get("name")
    if "name" not in spot.value:
        words = ("a goal without a name", "the policy fails: 'name'", 'add "name"')
        yield spot.says("error", "P10", None, words)
    elif not isinstance(name, str) or name not in GOALS:
        words = (
            f"unknown goal {shown(name)}{did_you_mean(name, GOALS)}",
            f"the upstream policy scores it 0 for every block; with no other goal, {FIRST_WINS}",
            f"use one of {', '.join(sorted(GOALS))}",
        )
        yield spot.says("error", "T11", "name", words)
    elif name in DEAD_METRICS:
        words = (
            f"{name} with the upstream policy",
            f"{DEAD_METRICS[name]} cannot be found where it looks: 0.5 for every block",
            "filter by these facts instead, or use a policy that reads them",
        )
        yield spot.says("warning", "T12", "name", words)


@rule("goal")
def weight_is_a_number(spot: Spot) -> Iterator[Finding]:
    if not isinstance(spot.value, dict) or "weight" not in spot.value:
        return
    weight = spot.value["weight"]
    if not is_number(weight):
        effect = "the policy fails: can't multiply sequence by non-int of type 'float'"
        words = (f"weight {shown(weight)} is no finite number", effect, "write a number, as 0.9")
        yield spot.says("error", "P10", "weight", words)
    elif weight < 0:
        words = (
            f"weight {weight} is negative",
            "prefers the block that is worst at it",
            "0 or more",
        )
        yield spot.says("warning", "N11", "weight", words)


@rule("goals")
def weights_matter(spot: Spot) -> Iterator[Finding]:
    goals = [g for g in spot.value if isinstance(g, dict) and is_number(g.get("weight", 1))]
    weights = [g.get("weight", 1) for g in goals]
    problem = ""
    if weights and not any(weights):
        words = ("every weight is 0", f"scores every block 0: {FIRST_WINS}", "weigh one goal more")
        yield spot.says("error", "N10", None, words)
        return
    if any(weight < 0 for weight in weights):  # each changes the order; weight_is_a_number warns
        problem = ""
    elif len(spot.value) == 1 and weights and weights[0] not in (0, 1):
        problem = f"the weight {weights[0]} of the only goal"
    elif len(weights) > 1 and len(set(weights)) == 1 and weights[0] != 1:
        problem = f"all {len(weights)} goals weigh {weights[0]}"
    if problem:
        words = (problem, "compares scores only: such a weight changes no order", "leave it out")
        yield spot.says("note", "N10", None, words)
    for number, goal in enumerate(spot.value):
        if isinstance(goal, dict) and goal.get("weight", 1) == 0:
            words = (f"{goal.get('name')} weighs 0", "the goal has no effect", "leave it out")
            yield spot.child(number).says("warning", "N10", "weight", words)


@rule("goals")
def no_goal_is_given_twice(spot: Spot) -> Iterator[Finding]:
    seen: set[Any] = set()
    for number, goal in enumerate(spot.value):
        name = goal.get("name") if isinstance(goal, dict) else None
        if isinstance(name, str) and name in seen:
            words = (f"{name} is given twice", "counts it twice: the weights add up", "join them")
            yield spot.child(number).says("warning", "N11", "name", words)
        if isinstance(name, str):
            seen.add(name)


def is_number(value: Any) -> bool:
    """Say whether a weight is a finite number; true and false are none."""
    is_a_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_a_number and math.isfinite(value)
