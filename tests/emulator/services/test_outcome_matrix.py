"""One mistake, three texts: search server, Router and ad-hoc server side by side (§12.3)."""

from collections.abc import Callable
from typing import Any

import pytest

from aios_nb.emulator.services import router, search_server
from aios_nb.emulator.world import Fault, World

from ..fakes import guides_query, install, only, ranking
from ..harness import call
from .adhoc_requests import T6, message, selecting

JSON = dict[str, Any]
Change = Callable[[World, JSON], None]
PLAIN = "http://emulator/search_server/api/no-ir/similarity-search"
EXECUTE = "http://emulator/policy_system/executor/executor-001/execute_policy"
LOST = "string indices must be integers, not 'str'"


def with_policy(result: Any) -> Change:
    return lambda world, query: _ignored(install(world, lambda candidates, parameters: result))


def raising(world: World, query: JSON) -> None:
    def boom(candidates: Any, parameters: Any) -> None:
        raise ValueError("boom")

    install(world, boom)


def with_filter(**queries: Any) -> Change:
    def change(world: World, query: JSON) -> None:
        ranking(query)["parameters"]["filterRule"]["filter"] = queries

    return change


def with_uri(uri: Any) -> Change:
    return lambda world, query: ranking(query).update(policyRuleURI=uri)


def with_fault(service: str) -> Change:
    return lambda world, query: _ignored(world.faults.add(Fault(service, "down")))


def _ignored(_: Any) -> None:
    return None


def condition(operator: str, value: Any) -> JSON:
    return {"variable": "id", "operator": operator, "value": value}


DATA: list[tuple[Change, Any, str]] = [
    (
        lambda world, query: _ignored(only(query, "nobody")),
        [],
        "no block selected in the specified filter",
    ),
    (
        with_uri("x:1-stable"),
        {"message": "Policy rule with URI 'x:1-stable' not found.", "success": False},
        "invalid similarity search result, {'message': \"Policy rule with URI 'x:1-stable' not "
        "found.\", 'success': False}",
    ),
    (
        with_policy({"result": [], "reason": "none"}),
        {"reason": "none", "result": []},
        "invalid similarity search result, {'reason': 'none', 'result': []}",
    ),
    (
        raising,
        {"message": "boom", "success": False},
        "invalid similarity search result, {'message': 'boom', 'success': False}",
    ),
    (with_policy(None), None, "'NoneType' object has no attribute 'get'"),
    (with_policy("a text"), "a text", "'str' object has no attribute 'get'"),
    (
        with_policy({"id": "ghost"}),
        {"id": "ghost"},
        "ghost not found in the DB, err=API returned non-200 status code",
    ),
]
FAILURES: list[tuple[Change, str]] = [
    (with_filter(blockQuery={}), "'variable'"),
    (with_filter(), "'blockQuery'"),
    (with_filter(blockQuery=condition("in", ["a"])), "Unsupported operator: in"),
    (with_filter(blockQuery=condition("LIKE", "c++")), LOST),
    (
        lambda world, query: world.executors.clear(),
        f"404 Client Error: NOT FOUND for url: {EXECUTE}",
    ),
    (with_fault("policy_system"), "HTTPConnectionPool(host='emulator', port=80): Max retries"),
    (with_fault("block_metrics"), "HTTPConnectionPool(host="),
    (with_fault("blocks"), LOST),
    (with_uri(None), f"400 Client Error: BAD REQUEST for url: {EXECUTE}"),
    (with_policy({1, 2}), f"500 Server Error: INTERNAL SERVER ERROR for url: {EXECUTE}"),
]


def query_after(world: World, change: Change) -> JSON:
    install(world, lambda candidates, parameters: candidates[0])
    query = guides_query()
    change(world, query)
    return query


def searched(world: World, query: JSON) -> Any:
    path = "/api/similarity-search"
    answer = call(world, search_server.similarity_search, "POST", path, json=query)
    assert 200 == answer.status_code
    return answer.json()["data"]


def routed(world: World, query: JSON) -> Any:
    answer = call(world, router.act, "POST", "/api/search", json=query)
    assert 200 == answer.status_code
    return answer.json()["result"]


@pytest.mark.parametrize(("change", "data", "text"), DATA)
def test_what_a_policy_answers_reaches_all_three(
    fleet: World, change: Change, data: Any, text: str
) -> None:
    query = query_after(fleet, change)

    assert data == searched(fleet, query)
    assert [True, data] == routed(fleet, query)
    assert text == message(fleet, selecting(query))


@pytest.mark.parametrize(("change", "text"), FAILURES)
def test_a_failed_search_shows_its_reason_in_one_place_only(
    fleet: World, change: Change, text: str
) -> None:
    query = query_after(fleet, change)
    refused, reason = searched(fleet, query)
    failure = {"message": f"400 Client Error: BAD REQUEST for url: {PLAIN}", "success": False}

    assert refused is False
    assert reason.startswith(text)
    assert [True, failure] == routed(fleet, query)
    assert T6 == message(fleet, selecting(query))
    assert {} == fleet.sessions


def test_a_chosen_block_reaches_all_three(fleet: World) -> None:
    query = query_after(fleet, with_policy({"id": "atlas-14b-chat"}))

    assert {"id": "atlas-14b-chat"} == searched(fleet, query)
    assert [True, {"id": "atlas-14b-chat"}] == routed(fleet, query)


def test_candidates_of_another_kind_are_taken_for_blocks(fleet: World) -> None:
    query = query_after(fleet, lambda world, query: None)
    rule = {"matchType": "cluster", "filter": {"clusterQuery": condition("LIKE", "edge")}}
    ranking(query)["parameters"]["filterRule"] = rule
    text = "edge-cluster-1 not found in the DB, err=API returned non-200 status code"

    assert text == message(fleet, selecting(query))
