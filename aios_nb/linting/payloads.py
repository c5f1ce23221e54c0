"""How the linter walks through JSON payloads, from the request down to each condition."""

from __future__ import annotations

from collections.abc import Iterator

from .findings import Finding
from .known import UPSTREAM_POLICY
from .query_rules import policy_name
from .rules import check
from .spots import ClauseSpot, Spot
from .walking import check_clauses


def check_request(spot: Spot) -> Iterator[Finding]:
    """Yield what the rules find in a body of ``/v1/infer``."""
    yield from check("request", spot)
    if isinstance(spot.value.get("data"), dict):
        yield from _check_data(spot.child("data"))
    yield from _check_own_query(spot)


def check_chat_completion(spot: Spot) -> Iterator[Finding]:
    """Yield what the rules find in a body of ``/v1/chat/completions``."""
    yield from check("chat completion", spot)
    yield from _check_own_query(spot)


def check_completion(spot: Spot) -> Iterator[Finding]:
    """Yield what the rules find in a body of ``/v1/completions``."""
    yield from check("completion", spot)


def check_selection_query(spot: Spot) -> Iterator[Finding]:
    """Yield what the rules find in a selection query."""
    yield from check("selection query", spot)
    values = _down(spot, "body", "values")
    if values is None:
        return
    yield from check("values", values)
    ranking = _down(values, "rankingPolicyRule", "values")
    if ranking is None:
        return
    yield from check("ranking", ranking)
    parameters = _down(ranking, "parameters")
    if parameters is not None:
        yield from _check_parameters(parameters, policy_name(ranking.value))


def check_filter_rule(spot: Spot) -> Iterator[Finding]:
    """Yield what the rules find in a filter rule."""
    yield from check("filter rule", spot)
    found = _down(spot, "filter")
    if found is None:
        return
    yield from check("filter", found)
    for query in ("blockQuery", "blockMetricsQuery", "clusterQuery"):
        if found.value.get(query, {}) != {}:
            node = found.child(query)
            yield from check_clauses(ClauseSpot(node.value, node.place, node.setting, query))


def check_registration(spot: Spot) -> Iterator[Finding]:
    """Yield what the rules find in a policy registration."""
    yield from check("registration", spot)
    if "code" in spot.value:
        yield from check("code address", spot)
    for key in ("policy_settings", "policy_parameters"):
        part = _down(spot, key)
        if part is not None and "METRICS_BASE_URL" in part.value:
            yield from check("metrics address", part)


def _check_data(spot: Spot) -> Iterator[Finding]:
    yield from check("data", spot)
    inputs = spot.value.get("inputs")
    for number, item in enumerate(inputs if isinstance(inputs, list) else ()):
        if isinstance(item, dict):
            yield from check("data", spot.child("inputs").child(number))


def _check_own_query(spot: Spot) -> Iterator[Finding]:
    query = _down(spot, "selection_query")
    if query is not None and query.value:
        yield from check_selection_query(query)


def _check_parameters(spot: Spot, policy: str) -> Iterator[Finding]:
    if "METRICS_BASE_URL" in spot.value:
        yield from check("metrics address", spot)
    rule = _down(spot, "filterRule")
    if rule is not None and rule.value:
        yield from check_filter_rule(rule)
    # What other policies read is theirs to know.
    if policy == UPSTREAM_POLICY:
        yield from _check_preferences(spot)


def _check_preferences(spot: Spot) -> Iterator[Finding]:
    yield from check("parameters of upstream", spot)
    wishes = _down(spot, "selection_query")
    if wishes is None:
        yield from check("no preferences", spot)
        return
    yield from check("preferences", wishes)
    goals = wishes.value.get("optimization_goals")
    if isinstance(goals, list) and goals:
        spot = wishes.child("optimization_goals")
        yield from check("goals", spot)
        for number in range(len(goals)):
            yield from check("goal", spot.child(number))


def _down(spot: Spot, *keys: str) -> Spot | None:
    """Return the spot of an object further down, or nothing if there is none."""
    for key in keys:
        if key not in spot.value or not isinstance(spot.value[key], dict):
            return None
        spot = spot.child(key)
    return spot
