"""Rules for AND and OR: where AIOS joins clauses otherwise than they are written."""

from __future__ import annotations

import operator
from collections.abc import Iterator

from .clause_rules import SEARCH_FAILS
from .findings import Finding
from .rules import rule
from .spots import ClauseSpot

DEEPEST = 200  # MongoDB refuses what is nested deeper
COMPARE = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@rule("group")
def group_has_members(spot: ClauseSpot) -> Iterator[Finding]:
    if spot.value.get("conditions") != []:
        return
    is_or = spot.is_metric and spot.value["logicalOperator"] == "OR"
    words = (
        f"an empty {spot.value['logicalOperator']}",
        "lets no block pass" if is_or else "lets every document pass",
        "add conditions, or leave the query out",
    )
    yield spot.says("error" if is_or else "warning", "T24", "conditions", words)


@rule("group")
def metric_or_has_no_and_inside(spot: ClauseSpot) -> Iterator[Finding]:
    is_lossy = spot.is_metric and spot.group == "OR" and spot.value["logicalOperator"] == "AND"
    members = spot.value.get("conditions")
    if is_lossy and isinstance(members, list) and len(members) > 1:
        words = (
            "an AND inside an OR of metric conditions",
            "keeps the last condition of the AND only",
            "turn it round: AND of ORs, or send one filter for each branch",
        )
        yield spot.says("error", "T18", None, words)


@rule("condition")
def metric_or_has_no_plain_condition(spot: ClauseSpot) -> Iterator[Finding]:
    if not spot.is_metric or spot.group != "OR":
        return
    never = spot.value.get("operator") == "=="
    words = (
        "a condition without aggOperator inside an OR of metric conditions",
        "compares the whole array with the value, so it is never true" if never else SEARCH_FAILS,
        'give it an "aggOperator" and a "target"',
    )
    yield spot.says("error", "T19", None, words)


def dead_block_passes(node: object, depth: int = 0) -> bool:
    """Say whether a block of which only the executor reports may pass a metrics query."""
    if not isinstance(node, dict) or depth > DEEPEST:
        return False
    members = node.get("conditions")
    if "logicalOperator" in node and isinstance(members, list):
        passes = any if node["logicalOperator"] == "OR" else all
        return passes(dead_block_passes(member, depth + 1) for member in members)
    return _leaf_lets_dead_pass(node)


def _leaf_lets_dead_pass(node: dict[str, object]) -> bool:
    target, comparison = node.get("target", node.get("variable")), str(node.get("operator"))
    if isinstance(target, str) and target.startswith("instances.uptime"):
        return True
    if "aggOperator" in node and comparison not in COMPARE:
        return True
    if node.get("aggOperator") in ("count", "sum"):
        number = 1 if target == "instances" else 0  # the executor's own entry is counted
        return _holds(number, comparison, node.get("value"))
    return comparison in (("<", "<=", "!=") if "aggOperator" in node else ("!=",))


def _holds(number: int, comparison: str, value: object) -> bool:
    if not isinstance(value, (int, float)):
        return comparison in ("<", "<=", "!=")  # MongoDB's order: numbers stand before the rest
    return bool(COMPARE[comparison](number, value))
