"""Rules for the shape of any clause: its keys, its operator, the value that the operator takes."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ..errors import did_you_mean
from ..query import AGGREGATES, COMPARISONS, OPERATORS
from ..wire import shown
from .findings import Finding
from .keys import missing, unknown, wrong_type
from .known import ELSEWHERE
from .rules import rule
from .spots import ClauseSpot

CONDITION = ("variable", "operator", "value")
AGGREGATE = ("aggOperator", "target", "operator", "value")
GROUP = ("logicalOperator", "conditions")
# Typed paths of the blocks registry, where Mongoose casts what is compared (contract §5.6).
CAST_PATHS = ("id", "componentUri", "blockUri")
SEARCH_FAILS = (
    "fails the whole search; the ad-hoc server says \"'bool' object has no attribute 'get'\""
)


def refuses(words: str) -> str:
    """Return the consequence of a clause that the search server refuses with these words."""
    return f'refuses the search with "{words}"; {SEARCH_FAILS.partition("; ")[2]}'


@rule("broken")
def clause_is_an_object(spot: ClauseSpot) -> Iterator[Finding]:
    yield wrong_type(spot, None, 'an object such as {"variable": …}', SEARCH_FAILS)


@rule("condition")
def condition_has_its_keys(spot: ClauseSpot) -> Iterator[Finding]:
    if "aggOperator" in spot.value:
        problem = "a metric condition stands where documents are queried"
        fix = "move it to blockMetricsQuery"
        yield spot.says("error", "N01", "aggOperator", (problem, refuses("'variable'"), fix))
        return
    if "conditions" in spot.value:
        fix = 'add "logicalOperator": "AND" or "OR"'
        yield missing(spot, "logicalOperator", refuses("'variable'"), fix)
        return
    yield from _keys(spot, CONDITION, '{"variable": …, "operator": …, "value": …}')


@rule("aggregate")
def metric_condition_has_its_keys(spot: ClauseSpot) -> Iterator[Finding]:
    shape = '{"aggOperator": …, "target": …, "operator": …, "value": …}'
    yield from _keys(spot, AGGREGATE, shape)


@rule("group")
def group_has_its_keys(spot: ClauseSpot) -> Iterator[Finding]:
    if "conditions" not in spot.value:
        yield missing(spot, "conditions", refuses("'conditions'"), 'add "conditions": […]')
    elif not isinstance(spot.value["conditions"], list):
        effect = f"goes through its letters or keys as if they were clauses; {SEARCH_FAILS}"
        if not spot.value["conditions"]:
            effect = "takes it for no conditions at all: everything passes"
        yield wrong_type(spot, "conditions", "a list of clauses", effect)
    yield from unknown(spot, GROUP)


def _keys(spot: ClauseSpot, known: tuple[str, ...], shape: str) -> Iterator[Finding]:
    absent = [key for key in known if key not in spot.value]
    for key in absent[:1]:
        yield missing(spot, key, refuses(f"'{key}'"), f"write {shape}")
    if not absent:
        yield from unknown(spot, known)


@rule("group")
def logical_operator_is_known(spot: ClauseSpot) -> Iterator[Finding]:
    operator = spot.value["logicalOperator"]
    if operator not in ("AND", "OR"):
        near = did_you_mean(operator, ("AND", "OR"))
        problem = f"unknown logical operator {shown(operator)}{near}"
        fix = "use AND or OR, in upper case; there is no NOT: turn the conditions round instead"
        words = (problem, refuses(f"Unsupported logical operator: {operator}"), fix)
        yield spot.says("error", "T22", "logicalOperator", words)


@rule("condition")
def operator_is_known(spot: ClauseSpot) -> Iterator[Finding]:
    operator = spot.value.get("operator", "==")
    if operator not in OPERATORS:
        problem = f"unknown operator {shown(operator)}{_meant(operator, OPERATORS)}"
        fix = f"use one of {', '.join(OPERATORS)}, in upper case"
        words = (problem, refuses(f"Unsupported operator: {operator}"), fix)
        yield spot.says("error", "T22", "operator", words)


@rule("aggregate")
def metric_operator_is_a_comparison(spot: ClauseSpot) -> Iterator[Finding]:
    operator = spot.value.get("operator", "==")
    if operator not in COMPARISONS:
        words = (
            f"{shown(operator)} is no comparison{_meant(operator, COMPARISONS)}",
            "takes the condition for true: every block with metrics passes, without a word",
            f"use one of {', '.join(COMPARISONS)}",
        )
        yield spot.says("error", "T16b", "operator", words)


@rule("aggregate")
def aggregate_is_known(spot: ClauseSpot) -> Iterator[Finding]:
    aggregate = spot.value["aggOperator"]
    if aggregate not in AGGREGATES:
        words = (
            f"unknown aggregate {shown(aggregate)}{did_you_mean(aggregate, AGGREGATES)}",
            f"hands it to MongoDB as ${aggregate}, which refuses it; {SEARCH_FAILS}",
            f"use one of {', '.join(AGGREGATES)}",
        )
        yield spot.says("error", "N16", "aggOperator", words)


@rule("condition")
def value_suits_the_operator(spot: ClauseSpot) -> Iterator[Finding]:
    operator, value = spot.value.get("operator"), spot.value.get("value", "")
    if operator == "LIKE" and not isinstance(value, str):
        reason = f"'{type(value).__name__}' object has no attribute 'replace'"
        yield wrong_type(spot, "value", 'a string such as "*chat*"', refuses(reason))
    if operator == "IN" and "value" in spot.value and not isinstance(value, list):
        effect = SEARCH_FAILS
        if spot.value.get("variable") in CAST_PATHS:
            effect = "makes a list of it, for this path alone"
        yield wrong_type(spot, "value", 'a list such as ["a", "b"]', effect)
    if operator == "IN" and value == []:
        words = ("IN with an empty list", "finds nothing", "list the values, or drop the condition")
        yield spot.says("error", "N14", "value", words)


@rule("condition")
def path_is_a_string(spot: ClauseSpot) -> Iterator[Finding]:
    path = spot.value.get("variable", "id")
    if not isinstance(path, str) or not path.strip():
        effect = "looks for a field of that name: the condition holds for no document"
        yield wrong_type(spot, "variable", "a dotted path", effect)


@rule("aggregate")
def target_is_a_string(spot: ClauseSpot) -> Iterator[Finding]:
    target = spot.value.get("target", "instances.uptime")
    if not isinstance(target, str) or not target.strip():
        yield wrong_type(spot, "target", "a dotted path", SEARCH_FAILS)


def _meant(operator: object, known: Collection[str]) -> str:
    """Return which operator is meant: by what it is called elsewhere, else by its letters."""
    meant = ELSEWHERE.get(str(operator).lower().removeprefix("$"))
    return f"; did you mean {meant!r}?" if meant in known else did_you_mean(operator, known)
