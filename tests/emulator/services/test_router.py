"""The Router: its envelopes, and how it loses explanations."""

from typing import Any

import pytest

from aios_nb.emulator.services import router
from aios_nb.emulator.world import Fault, World

from ..fakes import first, guides_query, install, only, ranking
from ..harness import call

PLAIN = "http://emulator/search_server/api/no-ir/"


def routed(world: World, action: str, body: Any, status: int = 200) -> Any:
    answer = call(world, router.act, "POST", f"/api/{action}", json=body)
    assert status == answer.status_code, answer.text
    return answer.json()


def filtering(query: Any, match_type: str = "block") -> Any:
    return {"body": {"values": {"matchType": match_type, "filter": query}}}


def test_a_search_answers_true_and_the_winner(fleet: World) -> None:
    install(fleet, lambda candidates, parameters: {"id": candidates[0]["id"]})
    answer = routed(fleet, "search", only(guides_query(), "lynx-27b-vision"))

    assert {"result": [True, {"id": "lynx-27b-vision"}], "success": True, "task_id": ""} == answer


def test_no_candidates_is_true_and_an_empty_list(fleet: World) -> None:
    install(fleet, first)

    assert [True, []] == routed(fleet, "search", only(guides_query(), "nobody"))["result"]


def test_a_failed_filter_loses_its_explanation(fleet: World) -> None:
    install(fleet, first)
    query = guides_query()
    ranking(query)["parameters"]["filterRule"]["filter"] = {}
    searched = routed(fleet, "search", query)["result"]
    filtered = routed(fleet, "filter", filtering({}))["result"]
    text = "400 Client Error: BAD REQUEST for url: " + PLAIN

    assert [True, {"message": text + "similarity-search", "success": False}] == searched
    assert {"message": text + "filter", "success": False} == filtered


def test_a_search_server_that_is_down_is_named(fleet: World) -> None:
    install(fleet, first)
    fleet.faults.add(Fault("search_server", "down"))
    said, failure = routed(fleet, "search", guides_query())["result"]

    assert said is True
    assert failure["message"].startswith("HTTPConnectionPool(host='emulator', port=80)")


def test_a_filter_answers_the_documents_themselves(fleet: World) -> None:
    condition = {"variable": "id", "operator": "==", "value": "atlas-14b-chat"}
    answer = routed(fleet, "filter", filtering({"blockQuery": condition}))

    assert ["atlas-14b-chat"] == [block["id"] for block in answer["result"]]


def test_a_null_result_is_mistaken_for_a_missing_action(fleet: World) -> None:
    answer = routed(fleet, "filter", filtering({}, match_type="planet"), status=400)

    assert {"message": "Action filter is not implemented", "success": False} == answer


@pytest.mark.parametrize(
    ("action", "body", "status", "answer"),
    [
        ("search", {}, 400, {"error": "Invalid JSON input"}),
        ("search", {"header": {}}, 500, {"error": "'body'"}),
        ("search", {"body": {}}, 500, {"error": "'values'"}),
        ("filter", [1], 500, {"error": "'list' object has no attribute 'get'"}),
        ("foo", {"body": 1}, 500, {"error": "Invalid action: foo"}),
        (
            "parameterUpdate",
            {"body": 1},
            400,
            {"message": "Action parameterUpdate is not implemented", "success": False},
        ),
    ],
)
def test_requests_that_reach_no_search(
    world: World, action: str, body: Any, status: int, answer: Any
) -> None:

    assert answer == routed(world, action, body, status)


def test_other_actions_say_that_they_are_not_emulated(world: World) -> None:
    answer = routed(world, "createBlock", {"body": {}}, status=501)

    assert answer["error"].startswith("emulator: Router action 'createBlock' is not emulated")


def test_a_foreign_template_is_refused_and_the_routers_own_accepted(fleet: World) -> None:
    install(fleet, first)
    query = guides_query()
    query["header"] = {"templateUri": "Mine/V2"}

    assert "'Mine/V2'" in routed(fleet, "search", query, status=500)["error"]
    assert "result" in routed(fleet, "search", guides_query())


def test_a_body_from_the_spec_store_needs_an_address(world: World) -> None:
    handler, path = router.act_with_spec, "/api/with-spec/search"
    unnamed = call(world, handler, "POST", path)
    named = call(world, handler, "POST", path, params={"specUri": "s"})

    expected = {"error": "specUri not provided", "success": False}
    assert (200, expected) == (unnamed.status_code, unnamed.json())
    assert 501 == named.status_code


def test_the_log_shows_parsing_and_no_candidates(fleet: World) -> None:
    install(fleet, first)
    routed(fleet, "search", guides_query())
    lines = [line.text for line in fleet.logs.lines if line.labels["container"] == "parser"]

    assert "INFO:root:Parsing rankingPolicyRule field" in lines
    assert not any("atlas" in line for line in lines)
