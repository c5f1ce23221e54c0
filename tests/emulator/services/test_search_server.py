"""The search server: which failures are 200 and which 400."""

from typing import Any

import pytest

from aios_nb.emulator.services import search_server
from aios_nb.emulator.world import Fault, World

from ..fakes import first, guides_query, install, only, ranking
from ..harness import call

SEARCH = ("POST", "/api/similarity-search")
FILTER = ("POST", "/api/filter-data")
PLAIN_SEARCH = ("POST", "/api/no-ir/similarity-search")
PLAIN_FILTER = ("POST", "/api/no-ir/filter")
EXECUTE = "http://emulator/policy_system/executor/executor-001/execute_policy"


def searched(world: World, query: Any) -> Any:
    answer = call(world, search_server.similarity_search, *SEARCH, json=query)
    assert 200 == answer.status_code
    return answer.json()["data"]


def test_the_winner_is_the_policys_result_as_it_is(fleet: World) -> None:
    install(fleet, first)
    winner = searched(fleet, guides_query())

    assert "metrics" in winner
    assert fleet.block(winner["id"])


def test_the_answer_is_indented_and_sorted_as_in_debug_mode(fleet: World) -> None:
    install(fleet, lambda candidates, parameters: {"id": "b", "a": 1})
    answer = call(fleet, search_server.similarity_search, *SEARCH, json=guides_query())

    expected = '{\n  "data": {\n    "a": 1,\n    "id": "b"\n  },\n  "success": true\n}\n'
    assert expected == answer.text


def test_no_candidates_and_no_filter_rule_give_an_empty_list(fleet: World) -> None:
    install(fleet, first)
    unruled = guides_query()
    del ranking(unruled)["parameters"]["filterRule"]
    unwrapped = guides_query()
    values = unwrapped["body"]["values"]
    values["rankingPolicyRule"] = values["rankingPolicyRule"]["values"]

    assert [[], [], []] == [
        searched(fleet, q) for q in (only(guides_query(), "nobody"), unruled, unwrapped)
    ]


def test_a_policy_that_raises_is_data(fleet: World) -> None:
    def boom(candidates: list[Any], parameters: Any) -> None:
        raise ValueError("boom")

    install(fleet, boom)

    assert {"message": "boom", "success": False} == searched(fleet, guides_query())


def test_an_unknown_policy_is_data_and_shows_only_with_candidates(fleet: World) -> None:
    install(fleet, first)
    query = guides_query()
    ranking(query)["policyRuleURI"] = "nope:1.0-stable"
    text = "Policy rule with URI 'nope:1.0-stable' not found."

    assert {"message": text, "success": False} == searched(fleet, query)
    assert [] == searched(fleet, only(query, "nobody"))


@pytest.mark.parametrize("uri", [None, ""])
def test_a_search_without_a_policy_fails_with_the_policy_systems_400(
    fleet: World, uri: str | None
) -> None:
    install(fleet, first)
    query = guides_query()
    ranking(query)["policyRuleURI"] = uri

    assert [False, f"400 Client Error: BAD REQUEST for url: {EXECUTE}"] == searched(fleet, query)


def test_an_unknown_executor_is_a_404(fleet: World) -> None:
    install(fleet, first)
    fleet.executors.clear()
    text = f"404 Client Error: NOT FOUND for url: {EXECUTE}"

    assert [False, text] == searched(fleet, guides_query())


def test_a_result_that_is_not_json_is_a_500(fleet: World) -> None:
    install(fleet, lambda candidates, parameters: {1, 2})
    text = f"500 Server Error: INTERNAL SERVER ERROR for url: {EXECUTE}"

    assert [False, text] == searched(fleet, guides_query())


def test_a_policy_system_that_is_down_shows_the_words_of_requests(fleet: World) -> None:
    install(fleet, first)
    fleet.faults.add(Fault("policy_system", "down"))
    refused, text = searched(fleet, guides_query())

    assert refused is False
    assert text.startswith("HTTPConnectionPool(host='emulator', port=80): Max retries exceeded")


def test_a_dead_policy_executor_is_the_policy_systems_500(fleet: World) -> None:
    install(fleet, first)
    fleet.faults.add(Fault("policy_executor", "down"))
    text = f"500 Server Error: INTERNAL SERVER ERROR for url: {EXECUTE}"

    assert [False, text] == searched(fleet, guides_query())


def test_a_policy_system_that_is_silent_fails_after_the_wait_limit(fleet: World) -> None:
    install(fleet, first)
    fleet.settings.wait_limit_s = 0.05
    fleet.faults.add(Fault("policy_system", "silent"))
    answer = call(fleet, search_server.similarity_search, *SEARCH, json=guides_query())

    assert 400 == answer.status_code
    assert "AIOS would have waited for ever" in answer.json()["message"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Missing or invalid JSON body"),
        ([], "Missing or invalid JSON body"),
        ({"body": {}}, "'values'"),
        ({"header": {}}, "'body'"),
        ({"body": []}, "list indices must be integers or slices, not str"),
        ({"body": {"values": []}}, "'list' object has no attribute 'get'"),
    ],
)
def test_what_fails_before_the_search_is_a_400(world: World, body: Any, message: str) -> None:
    answer = call(world, search_server.similarity_search, *SEARCH, json=body)

    assert 400 == answer.status_code
    assert {"message": message, "success": False} == answer.json()


def test_malformed_json_shows_the_decoders_words(world: World) -> None:
    options = {"content": b"{", "headers": {"content-type": "application/json"}}
    answer = call(world, search_server.similarity_search, *SEARCH, **options)

    text = "400 Bad Request: Failed to decode JSON object: Expecting property name"
    assert answer.json()["message"].startswith(text)


def test_filter_data_lists_candidates_with_their_metrics(fleet: World) -> None:
    rule = {"matchType": "block", "filter": {"blockQuery": _block("atlas-14b-chat")}}
    answer = call(fleet, search_server.filter_data, *FILTER, json={"body": {"values": rule}})
    plain = call(fleet, search_server.plain_filter, *PLAIN_FILTER, json=rule)

    assert answer.json() == plain.json()
    assert ["atlas-14b-chat"] == [b["metrics"]["blockId"] for b in answer.json()["data"]]


def test_a_failing_filter_is_a_200_here_and_a_400_without_ir(fleet: World) -> None:
    rule = {"matchType": "block", "filter": {"blockQuery": {"operator": "=="}}}
    answer = call(fleet, search_server.filter_data, *FILTER, json={"body": {"values": rule}})
    plain = call(fleet, search_server.plain_filter, *PLAIN_FILTER, json=rule)

    assert (200, [False, "'variable'"]) == (answer.status_code, answer.json()["data"])
    assert (400, "'variable'") == (plain.status_code, plain.json()["message"])


def test_a_cluster_query_without_a_match_gives_null(fleet: World) -> None:
    rule = {"matchType": "block", "filter": {"clusterQuery": _block("nowhere")}}
    answer = call(fleet, search_server.filter_data, *FILTER, json={"body": {"values": rule}})

    assert {"data": None, "success": True} == answer.json()


def test_the_plain_search_needs_the_rule_without_wrappers(fleet: World) -> None:
    install(fleet, first)
    rule = ranking(guides_query())
    plain = call(fleet, search_server.plain_search, *PLAIN_SEARCH, json={"rankingPolicyRule": rule})
    missing = call(fleet, search_server.plain_search, *PLAIN_SEARCH, json={"matchType": "block"})

    assert searched(fleet, guides_query()) == plain.json()["data"]
    assert (400, "'rankingPolicyRule'") == (missing.status_code, missing.json()["message"])


def test_local_mode_finds_an_unknown_policy_before_it_filters(fleet: World) -> None:
    install(fleet, first)
    fleet.settings.policy_mode = "local"
    query = only(guides_query(), "nobody")
    ranking(query)["policyRuleURI"] = "nope:1.0-stable"

    assert [False, "Policy rule with URI 'nope:1.0-stable' not found."] == searched(fleet, query)


def test_the_log_shows_request_payload_and_result(fleet: World) -> None:
    install(fleet, first)
    searched(fleet, guides_query())
    lines = [line.text for line in fleet.logs.lines if line.labels["namespace"] == "utils"]

    assert lines[0].startswith("INFO:root:received search IR: {")
    assert f"INFO:root:Sending request to {EXECUTE} with payload: {{" in lines
    assert any(text.startswith("similarity search output: {'") for text in lines)


def _block(block_id: str) -> Any:
    return {"variable": "id", "operator": "==", "value": block_id}
