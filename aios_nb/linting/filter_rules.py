"""Rules for a filter rule: what is matched, and which queries stand beside one another."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import did_you_mean
from ..wire import shown
from .clause_rules import refuses
from .findings import Finding
from .keys import missing, unknown, wrong_type
from .rules import rule
from .spots import Spot

QUERIES = ("blockQuery", "blockMetricsQuery", "clusterQuery")
MATCH_TYPES = ("block", "cluster", "component", "policy", "vdag")


@rule("filter rule")
def filter_rule_has_its_keys(spot: Spot) -> Iterator[Finding]:
    for key in ("matchType", "filter"):
        if key not in spot.value:
            fix = 'write {"matchType": "block", "filter": {…}}'
            yield missing(spot, key, refuses(f"'{key}'"), fix)
    if "filter" in spot.value and not isinstance(spot.value["filter"], dict):
        yield wrong_type(spot, "filter", 'an object such as {"blockQuery": …}', "fails the search")
    yield from unknown(spot, ("matchType", "filter"))


@rule("filter rule")
def match_type_is_block(spot: Spot) -> Iterator[Finding]:
    kind = spot.value.get("matchType", "block")
    if kind == "block":
        return
    if kind in MATCH_TYPES:
        effect = (
            f"hands {kind} documents to the policy; the ad-hoc server then looks for a block "
            f"with the id of the {kind}: not found in the DB"
        )
        words = (f"candidates are of kind {kind!r}", effect, 'write "block" to select a block')
        yield spot.says("warning", "N15", "matchType", words)
    else:
        near = did_you_mean(kind, MATCH_TYPES)
        effect = 'finds nothing, without a word: "no block selected in the specified filter"'
        words = (f"unknown matchType {shown(kind)}{near}", effect, 'write "block"')
        yield spot.says("error", "N15", "matchType", words)


@rule("filter")
def filter_has_a_query(spot: Spot) -> Iterator[Finding]:
    if not any(key in spot.value for key in QUERIES):
        fix = 'for every block write {"variable": "id", "operator": "LIKE", "value": "*"}'
        yield spot.says(
            "error", "T23", None, ("a filter without a query", refuses("'blockQuery'"), fix)
        )
    yield from unknown(spot, QUERIES)


@rule("filter")
def query_is_not_empty(spot: Spot) -> Iterator[Finding]:
    for key in QUERIES:
        if key not in spot.value:
            continue
        # An empty blockQuery beside another query is replaced by the ids which that one finds.
        replaced = key == "blockQuery" and len(spot.value) > 1
        if spot.value[key] == {} and not replaced:
            words = ("{} stands for no filter at all", refuses("'variable'"), "leave the key out")
            yield spot.says("error", "T23", key, words)


@rule("filter")
def both_instead_of_either(spot: Spot) -> Iterator[Finding]:
    # The ids that the other queries find are appended to the blockQuery's own conditions.
    blocks = spot.value.get("blockQuery")
    others = [key for key in QUERIES[1:] if key in spot.value]
    if not isinstance(blocks, dict) or blocks.get("logicalOperator") != "OR" or not others:
        return
    words = (
        f"blockQuery is an OR beside {' and '.join(others)}",
        f"returns the union: a block passes by {others[0]} alone, and by blockQuery alone",
        'wrap the OR: {"logicalOperator": "AND", "conditions": [{"logicalOperator": "OR", …}]}',
    )
    yield spot.says("error", "T17", "blockQuery.logicalOperator", words)
