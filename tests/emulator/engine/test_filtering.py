"""§7.3: how the three queries combine, what becomes of the rule, and every error text."""

import asyncio
import copy
from collections.abc import Iterator
from typing import Any

import pytest

from aios_nb.emulator.engine.filtering import filter_documents
from aios_nb.emulator.refusal import Refusal
from aios_nb.emulator.world import Fault, World

JSON = dict[str, Any]
LOST = "string indices must be integers, not 'str'"
DOWN = "HTTPConnectionPool(host='metrics', port=80): Max retries exceeded with url: "
AGGREGATE = "http://metrics/block/aggregate"


def simple(variable: str, operator: str, value: Any) -> JSON:
    return {"variable": variable, "operator": operator, "value": value}


def node(operator: str, *conditions: Any) -> JSON:
    return {"logicalOperator": operator, "conditions": list(conditions)}


CHAT = simple("component.usecase", "LIKE", "chat")
CODE = simple("component.usecase", "==", "code")
NEAR = simple("id", "==", "near")
BUSY = {"aggOperator": "avg", "target": "instances.tps", "operator": ">", "value": 10}
NO_METRIC = {**BUSY, "value": 99}
PIPELINE_ERROR = {**BUSY, "aggOperator": "p95"}


@pytest.fixture
def world() -> Iterator[World]:
    """Three blocks: near chats and is busy, far chats and is idle, dark codes without metrics."""
    world = World()
    world.service_urls |= {"block_metrics": "http://metrics", "clusters": "http://clusters"}
    for name, usecase, tps in (("near", "chat", 20), ("far", "chat", 5), ("dark", "code", None)):
        cluster = {"id": "edge" if name == "near" else "core"}
        component = {"usecase": usecase}
        world.blocks.insert({"id": name, "cluster": cluster, "component": component})
        if tps is not None:
            instances = [{"instanceId": "executor"}, {"instanceId": "in-1", "tps": tps}]
            world.metrics.insert({"blockId": name, "instances": instances})
    for name in ("edge", "core"):
        world.clusters.insert({"_id": "0" * 24, "id": name, "nodes": {"count": 3}})
    world.components.insert({"componentURI": "model.a:1-stable", "componentType": "model"})
    world.policies.insert({"_id": "0" * 24, "policy_rule_uri": "p:1-stable"})
    yield world
    world.close()


def found(world: World, rule: JSON) -> Any:
    documents = asyncio.run(filter_documents(world, rule))
    return [d["id"] for d in documents] if isinstance(documents, list) else documents


def candidates(world: World, **queries: Any) -> Any:
    return found(world, {"matchType": "block", "filter": copy.deepcopy(queries)})


def refused(world: World, rule: Any) -> str:
    with pytest.raises(Refusal) as caught:
        asyncio.run(filter_documents(world, rule))
    return caught.value.text


@pytest.mark.parametrize(
    ("queries", "expected"),
    [
        ({"blockQuery": CHAT}, ["near", "far"]),
        ({"blockQuery": node("AND")}, ["near", "far", "dark"]),
        ({"blockMetricsQuery": BUSY}, ["near"]),
        ({"blockMetricsQuery": node("AND")}, ["near", "far"]),
        ({"blockMetricsQuery": NO_METRIC}, []),
        ({"blockQuery": {}, "blockMetricsQuery": BUSY}, ["near"]),
        ({"blockQuery": CHAT, "blockMetricsQuery": BUSY}, ["near"]),
        ({"blockQuery": CODE, "blockMetricsQuery": BUSY}, []),
        ({"blockQuery": node("AND", CHAT), "blockMetricsQuery": BUSY}, ["near"]),
        ({"blockQuery": node("OR", CODE), "blockMetricsQuery": BUSY}, ["near", "dark"]),
        ({"blockQuery": node("OR"), "blockMetricsQuery": BUSY}, ["near"]),
        ({"clusterQuery": simple("id", "==", "core")}, ["far", "dark"]),
        ({"clusterQuery": simple("id", "==", "core"), "blockQuery": CHAT}, ["far"]),
        ({"clusterQuery": simple("nodes.count", ">", "1"), "blockQuery": CHAT}, ["near", "far"]),
        (
            {"clusterQuery": simple("id", "==", "core"), "blockQuery": node("OR", NEAR)},
            [
                "near",
                "far",
                "dark",
            ],
        ),
        ({"clusterQuery": simple("id", "==", "core"), "blockMetricsQuery": node("AND")}, ["far"]),
        ({"clusterQuery": simple("id", "==", "nowhere"), "blockQuery": CHAT}, None),
        ({"clusterQuery": simple("status", "==", "live")}, None),
    ],
)
def test_queries_combine(world: World, queries: JSON, expected: Any) -> None:

    assert expected == candidates(world, **queries)


IDS = simple("id", "IN", ["near"])
CLUSTERS = simple("cluster.id", "IN", ["edge"])


@pytest.mark.parametrize(
    ("queries", "block_query"),
    [
        ({"blockMetricsQuery": BUSY}, IDS),
        ({"blockMetricsQuery": BUSY, "blockQuery": CHAT}, node("AND", CHAT, IDS)),
        ({"blockMetricsQuery": BUSY, "blockQuery": node("OR", CHAT)}, node("OR", CHAT, IDS)),
        (
            {"clusterQuery": simple("id", "==", "edge"), "blockMetricsQuery": BUSY},
            node("AND", CLUSTERS, IDS),
        ),
    ],
)
def test_the_rule_shows_the_appended_ids(world: World, queries: JSON, block_query: JSON) -> None:
    rule = {"matchType": "block", "filter": copy.deepcopy(queries)}
    found(world, rule)

    assert block_query == rule["filter"]["blockQuery"]


def test_blocks_come_with_all_their_metrics_or_an_empty_object(world: World) -> None:
    rule = {"matchType": "block", "filter": {"blockQuery": node("AND")}}
    blocks = asyncio.run(filter_documents(world, rule))
    assert isinstance(blocks, list)

    assert [2, 2, 0] == [len(block["metrics"].get("instances", [])) for block in blocks]
    assert {} == blocks[2]["metrics"]
    assert all("metrics" not in block for block in world.blocks)


def test_of_two_metrics_documents_for_one_block_the_later_counts(world: World) -> None:
    world.metrics.insert({"blockId": "near", "instances": []})
    world.metrics.insert({"blockId": ["no", "name"], "instances": []})
    rule = {"matchType": "block", "filter": {"blockQuery": NEAR}}
    blocks = asyncio.run(filter_documents(world, rule))
    assert isinstance(blocks, list)

    assert {"blockId": "near", "instances": []} == blocks[0]["metrics"]


@pytest.mark.parametrize(
    ("queries", "text"),
    [
        ({}, "'blockQuery'"),
        ({"blockQuery": {}}, "'variable'"),
        ({"blockMetricsQuery": {}}, "'variable'"),
        ({"clusterQuery": {}}, "'variable'"),
        ({"blockQuery": BUSY}, "'variable'"),
        ({"blockQuery": {"logicalOperator": "AND"}, "blockMetricsQuery": BUSY}, "'conditions'"),
        ({"blockQuery": None, "blockMetricsQuery": BUSY}, "object of type 'NoneType' has no len()"),
        ({"blockQuery": None}, "argument of type 'NoneType' is not iterable"),
        (
            {"blockQuery": {"conditions": {}}, "blockMetricsQuery": BUSY},
            "'dict' object has no attribute 'append'",
        ),
        ({"blockQuery": simple("x", "in", [])}, "Unsupported operator: in"),
        ({"blockQuery": simple("x", "LIKE", "c++")}, LOST),
        ({"blockQuery": simple("id", "==", {"a": 1})}, LOST),
        ({"blockQuery": simple("x", "IN", "abc")}, LOST),
        ({"clusterQuery": simple("nodes.count", "==", "abc")}, LOST),
        (
            {"blockMetricsQuery": {**BUSY, "target": "tps"}},
            "Aggregate target must have at least two levels",
        ),
        (
            {"blockMetricsQuery": PIPELINE_ERROR},
            f"400 Client Error: BAD REQUEST for url: {AGGREGATE}",
        ),
    ],
)
def test_what_filters_of_blocks_are_refused_with(world: World, queries: JSON, text: str) -> None:

    assert text == refused(world, {"matchType": "block", "filter": copy.deepcopy(queries)})


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ({"filter": {}}, "'matchType'"),
        ({"matchType": "block"}, "'filter'"),
        ({"matchType": "block", "filter": None}, "argument of type 'NoneType' is not iterable"),
        ({"matchType": "block", "filter": 5}, "argument of type 'int' is not iterable"),
        ([], "list indices must be integers or slices, not str"),
        ({"matchType": "cluster", "filter": {}}, "'clusterQuery'"),
        ({"matchType": "component", "filter": {}}, "'componentQuery'"),
        ({"matchType": "policy", "filter": {}}, "'policyQuery'"),
        ({"matchType": "vdag", "filter": {}}, "'vdagQuery'"),
        ({"matchType": "vdag", "filter": {"vdagMetricsQuery": BUSY}}, "'vdagMetrics'"),
        ({"matchType": "policyFunction", "filter": {}}, "'policyFunctionQuery'"),
        (
            {"matchType": "policyFunction", "filter": {"policyFunctionQuery": CHAT}},
            "unknown query type",
        ),
        ({"matchType": "policyGraph", "filter": {"policyGraphQuery": CHAT}}, "unknown query type"),
        (
            {"matchType": "component", "filter": {"componentQuery": simple("a", "LIKE", "c++")}},
            "Error Code = 500",
        ),
    ],
)
def test_what_other_rules_are_refused_with(world: World, rule: Any, text: str) -> None:

    assert text == refused(world, rule)


@pytest.mark.parametrize("match_type", ["nonsense", "Block", "", None, 5, ["block"], {}])
def test_an_unknown_match_type_finds_nothing_and_says_nothing(
    world: World, match_type: Any
) -> None:

    assert found(world, {"matchType": match_type, "filter": {"blockQuery": CHAT}}) is None


@pytest.mark.parametrize(
    ("match_type", "query", "key", "expected"),
    [
        ("cluster", {"clusterQuery": simple("id", "LIKE", "e")}, "id", ["edge", "core"]),
        ("cluster", {"clusterQuery": simple("id", "==", "nowhere")}, "id", []),
        (
            "component",
            {"componentQuery": simple("componentType", "==", "model")},
            "componentURI",
            ["model.a:1-stable"],
        ),
        (
            "policy",
            {"policyQuery": simple("policy_rule_uri", "LIKE", "p")},
            "policy_rule_uri",
            ["p:1-stable"],
        ),
        ("policy", {"policyQuery": simple("a", "LIKE", "c++")}, "policy_rule_uri", []),
        ("vdag", {"vdagQuery": CHAT}, "vdagURI", []),
    ],
)
def test_other_documents_can_be_filtered_too(
    world: World, match_type: str, query: JSON, key: str, expected: list[str]
) -> None:
    documents = asyncio.run(filter_documents(world, {"matchType": match_type, "filter": query}))

    assert isinstance(documents, list)
    assert expected == [document[key] for document in documents]


@pytest.mark.parametrize(
    ("service", "fault", "queries", "text"),
    [
        ("blocks", "down", {"blockQuery": CHAT}, LOST),
        ("blocks", "error", {"blockQuery": CHAT}, LOST),
        ("blocks", "silent", {"blockQuery": CHAT}, LOST),
        ("clusters", "down", {"clusterQuery": NEAR}, LOST),
        ("clusters", "error", {"clusterQuery": NEAR}, LOST),
        ("block_metrics", "down", {"blockMetricsQuery": BUSY}, f"{DOWN}/block/aggregate"),
        ("block_metrics", "down", {"blockQuery": CHAT}, f"{DOWN}/block/query"),
        (
            "block_metrics",
            "error",
            {"blockMetricsQuery": BUSY},
            f"500 Server Error: INTERNAL SERVER ERROR for url: {AGGREGATE}",
        ),
    ],
)
def test_what_a_failing_service_is_reported_as(
    world: World, service: str, fault: str, queries: JSON, text: str
) -> None:
    world.settings.time_scale = 0.0
    world.faults.add(Fault(service, fault))
    rule = {"matchType": "block", "filter": copy.deepcopy(queries)}

    assert refused(world, rule).startswith(text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("error", "Error occurred: 500 Server Error: Internal Server Error for url: "),
        ("down", "Error occurred: HTTPConnectionPool(host='clusters', port=80): Max retries"),
    ],
)
def test_a_failing_clusters_registry_stands_for_the_clusters_as_text(
    world: World, kind: str, text: str
) -> None:
    world.faults.add(Fault("clusters", kind))

    clusters = found(world, {"matchType": "cluster", "filter": {"clusterQuery": NEAR}})
    assert clusters.startswith(text)


def test_the_log_shows_what_the_databases_are_asked(world: World) -> None:
    candidates(world, blockQuery=CHAT, blockMetricsQuery=BUSY)
    lines = [line.text for line in world.logs.lines]

    assert lines[0].startswith("INFO:root:db query: blockMetrics - {'__pipeline__': [{'$set'")
    assert (
        "INFO:root:db query: block - {'$and': [{'component.usecase': {'$regex': 'chat'}}, "
        "{'id': {'$in': ['near']}}]}"
    ) == lines[1]
