"""Rules for a selection query: its wrappers, the policy's address, parameters that count."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..wire import JSON, shown
from .address_rules import KEY, NO_METRICS
from .findings import Finding
from .group_rules import DEEPEST, dead_block_passes
from .keys import missing, unknown, wrong_type
from .known import MISSING_IS_BEST, UPSTREAM_POLICY
from .rules import rule
from .spots import Spot

SILENTLY_EMPTY = 'finds no candidate, without a word: "no block selected in the specified filter"'
FILTER_RULE = '"filterRule": {"matchType": "block", "filter": {…}}'
IGNORED = ("settings", "executionMode", "policyCodePath")
# Names that texts about AIOS use, and that no repository of it has (contract §10).
NOWHERE = ("non-llm-matcher", "simple_selector")


@rule("selection query")
def wrappers_are_there(spot: Spot) -> Iterator[Finding]:
    at, value = spot, spot.value
    for key in ("body", "values"):
        if key not in value:
            effect = f"answers \"Error in similarity_search: '{key}'\""
            yield missing(at, key, effect, 'write {"body": {"values": {"rankingPolicyRule": …}}}')
            return
        if not isinstance(value[key], dict):
            yield wrong_type(at, key, "an object", "fails the search")
            return
        at = at.child(key)
        value = at.value
    yield from unknown(at, ("matchType", "rankingPolicyRule"))
    rule_ = value.get("rankingPolicyRule")
    if rule_ is None:
        yield missing(at, "rankingPolicyRule", SILENTLY_EMPTY, "add rankingPolicyRule.values")
    elif not isinstance(rule_, dict) or not isinstance(rule_.get("values"), dict):
        inner = at.child("rankingPolicyRule")
        if isinstance(rule_, dict):
            yield missing(inner, "values", SILENTLY_EMPTY, 'wrap it: {"values": {…}}')
        else:
            yield wrong_type(inner, None, 'an object {"values": {…}}', "fails the search")


@rule("selection query")
def header_is_the_routers(spot: Spot) -> Iterator[Finding]:
    yield from unknown(spot, ("header", "body"))
    header = spot.value.get("header")
    uri = header.get("templateUri") if isinstance(header, dict) else None
    if uri not in (None, "Parser/V1"):
        words = (
            f"template {shown(uri)}",
            "ignores it for ad-hoc requests; the Router answers 500 unless a template store has it",
            'write "Parser/V1", or leave the header out',
        )
        yield spot.says("warning", "N08", "header.templateUri", words)


@rule("ranking")
def policy_is_named(spot: Spot) -> Iterator[Finding]:
    uri = spot.value.get("policyRuleURI")
    if not isinstance(uri, str) or not uri:
        effect = "fails the search: 400 Client Error: BAD REQUEST … execute_policy"
        fix = 'write "policyRuleURI": "name:version-release_tag"'
        yield missing(spot, "policyRuleURI", effect, fix)
        return
    name, colon, rest = uri.partition(":")
    effect = f"answers \"Policy rule with URI '{uri}' not found.\""
    if not colon or "-" not in rest:
        words = (f"{uri!r} is no policy URI", effect, "write name:version-release_tag")
        yield spot.says("error", "N02", "policyRuleURI", words)
    elif name in NOWHERE:
        words = (
            f"{name!r} is named in texts about AIOS; nothing of that name was ever published",
            f"{effect}, unless you registered it",
            "compare with query_policies()",
        )
        yield spot.says("warning", "N18", "policyRuleURI", words)


@rule("ranking")
def only_two_keys_count(spot: Spot) -> Iterator[Finding]:
    for key in IGNORED:
        if key in spot.value:
            words = (
                f"a request cannot give {key}",
                "ignores it: settings come from the registration alone",
                "put it into parameters, or into policy_settings of the registration",
            )
            yield spot.says("warning", "T32", key, words)
    yield from unknown(spot, ("policyRuleURI", "parameters", *IGNORED))


@rule("ranking")
def a_filter_rule_is_there(spot: Spot) -> Iterator[Finding]:
    parameters = spot.value.get("parameters")
    if parameters is None:
        yield missing(spot, "parameters", SILENTLY_EMPTY, 'add "parameters": {"filterRule": …}')
    elif not isinstance(parameters, dict):
        yield wrong_type(spot, "parameters", "an object", "fails the search")
    elif "filterRule" not in parameters:
        yield missing(spot.child("parameters"), "filterRule", SILENTLY_EMPTY, f"add {FILTER_RULE}")
    elif not parameters["filterRule"]:
        problem = f"{shown(parameters['filterRule'])} is no filter rule"
        words = (problem, SILENTLY_EMPTY, f"write {FILTER_RULE}")
        yield spot.child("parameters").says("error", "N02", "filterRule", words)
    elif not isinstance(parameters["filterRule"], dict):
        yield wrong_type(spot.child("parameters"), "filterRule", "an object", "fails the search")


@rule("values")
def one_match_type_counts(spot: Spot) -> Iterator[Finding]:
    if "matchType" not in spot.value or not spot.setting.is_by_hand:
        return
    inner = _dig(spot.value, "rankingPolicyRule", "values", "parameters", "filterRule", "matchType")
    outer = spot.value["matchType"]
    effect = "reads the matchType of filterRule; this one has no effect"
    if outer == inner:
        words = ("matchType is given twice", effect, "leave this one out")
        yield spot.says("note", "N08", "matchType", words)
    else:
        problem = f"matchType is {shown(outer)} here and {shown(inner)} in filterRule"
        yield spot.says("warning", "N08", "matchType", (problem, effect, "leave this one out"))


@rule("parameters of upstream")
def metrics_address_is_there(spot: Spot) -> Iterator[Finding]:
    goals = _dig(spot.value, "selection_query", "optimization_goals")
    if KEY not in spot.value and goals:
        problem = f"{KEY} is missing; a request's parameters replace the registered ones"
        fix = f'add "{KEY}": "http://HOST:30201/block/"'
        yield spot.says("warning", "T8", None, (problem, NO_METRICS, fix))


@rule("parameters of upstream")
def nobody_reads_the_wish(spot: Spot) -> Iterator[Finding]:
    if "user_query" in spot.value:
        words = (
            "user_query is for policies that read it",
            f"hands it on; {UPSTREAM_POLICY} never reads it, and a matcher wants query_string",
            "leave it out, or name a policy that reads it",
        )
        yield spot.says("note", "P16", "user_query", words)


@rule("parameters of upstream")
def goals_stand_in_the_selection_query(spot: Spot) -> Iterator[Finding]:
    for key in ("optimization_goals", "application_type"):
        if key in spot.value:
            words = (
                f"{key} stands beside selection_query instead of in it",
                "hands it on; the policy looks in selection_query only",
                f'write "selection_query": {{"{key}": …}}',
            )
            yield spot.says("error", "N03", key, words)


@rule("parameters of upstream")
def missing_is_best(spot: Spot) -> Iterator[Finding]:
    goals = _dig(spot.value, "selection_query", "optimization_goals")
    entries = goals if isinstance(goals, list) else []
    names = [goal.get("name") if isinstance(goal, dict) else None for goal in entries]
    risky = [name for name in names if isinstance(name, str) and name in MISSING_IS_BEST]
    found = _dig(spot.value, "filterRule", "filter")
    metrics = found.get("blockMetricsQuery") if isinstance(found, dict) else None
    if not risky or (metrics is not None and not dead_block_passes(metrics)):
        return
    words = (
        f"{risky[0]} wants little of {MISSING_IS_BEST[risky[0]]}, and the filter lets blocks "
        "without a live instance pass",
        "the upstream policy takes a missing metric for 0, the best: a dead block wins the goal",
        "demand a live metric by AND, such as avg instances.llm_tokens_per_second > 0",
    )
    place = "selection_query.optimization_goals"
    yield spot.says("warning", "T9", f"{place}[{names.index(risky[0])}].name", words)


@rule("parameters of upstream")
def one_block_needs_no_goals(spot: Spot) -> Iterator[Finding]:
    query = _dig(spot.value, "filterRule", "filter", "blockQuery")
    if _pins_one_block(query) and _dig(spot.value, "selection_query", "optimization_goals"):
        words = (
            "the filter lets one block pass, and there are goals",
            "scores it 0.5 for each goal: the score means nothing",
            "leave the goals out, or name the block as model and skip the selection",
        )
        yield spot.says("note", "T10", "selection_query.optimization_goals", words)


def _pins_one_block(node: Any, depth: int = 0) -> bool:
    if not isinstance(node, dict) or depth > DEEPEST:
        return False
    if node.get("logicalOperator") == "AND" and isinstance(node.get("conditions"), list):
        return any(_pins_one_block(member, depth + 1) for member in node["conditions"])
    operator, value = node.get("operator"), node.get("value")
    is_one = operator == "==" or (operator == "IN" and isinstance(value, list) and len(value) == 1)
    return node.get("variable") == "id" and is_one


def _dig(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def policy_name(ranking: JSON) -> str:
    """Return the name in a policy's URI."""
    return str(ranking.get("policyRuleURI") or "").partition(":")[0]
