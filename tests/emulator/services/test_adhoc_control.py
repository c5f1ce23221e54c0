"""The ad-hoc server's control port: discovery that explains, logs that always fail."""

from typing import Any

import pytest

from aios_nb.emulator.services import adhoc_control
from aios_nb.emulator.world import Fault, World

from ..fakes import first, guides_query, install, only, ranking
from ..harness import call

NEAR, FAR = "atlas-14b-chat", "birch-15b-code"
SEARCH = ("POST", "/discovery/search")
FILTER = ("POST", "/discovery/filter")
GRAPH = ("POST", "/discovery/resolve_graph")


def test_a_search_shows_the_real_error(fleet: World) -> None:
    install(fleet, first)
    query = guides_query()
    ranking(query)["parameters"]["filterRule"]["filter"] = {"blockQuery": {}}
    answer = call(fleet, adhoc_control.search, *SEARCH, json=query)

    expected = {"data": [False, "'variable'"], "success": True}
    assert (200, expected) == (answer.status_code, answer.json())


def test_a_search_shows_the_winner(fleet: World) -> None:
    install(fleet, first)
    answer = call(fleet, adhoc_control.search, *SEARCH, json=only(guides_query(), NEAR))

    assert NEAR == answer.json()["data"]["id"]


@pytest.mark.parametrize(
    ("body", "text"),
    [({}, "Missing or invalid JSON body"), ({"header": 1}, "'body'"), ({"body": {}}, "'values'")],
)
def test_a_search_or_filter_without_a_spec_is_a_500(world: World, body: Any, text: str) -> None:
    search = call(world, adhoc_control.search, *SEARCH, json=body)
    filtered = call(world, adhoc_control.filter_blocks, *FILTER, json=body)

    said = [(a.status_code, a.json()["message"]) for a in (search, filtered)]
    assert [
        (500, f"Error in similarity_search: {text}"),
        (500, f"Error in filter_data: {text}"),
    ] == said


def test_a_search_server_that_is_down_is_a_500(fleet: World) -> None:
    install(fleet, first)
    fleet.faults.add(Fault("search_server", "down"))
    answer = call(fleet, adhoc_control.search, *SEARCH, json=guides_query())

    assert 500 == answer.status_code
    assert answer.json()["message"].startswith("Error in similarity_search: HTTPConnectionPool(")


def test_a_filter_lists_the_candidates(fleet: World) -> None:
    condition = {"variable": "id", "operator": "==", "value": NEAR}
    rule = {"matchType": "block", "filter": {"blockQuery": condition}}
    answer = call(fleet, adhoc_control.filter_blocks, *FILTER, json={"body": {"values": rule}})

    assert [NEAR] == [block["id"] for block in answer.json()["data"]]


@pytest.mark.parametrize(
    ("block_id", "port", "host"),
    [
        (NEAR, 6379, f"{NEAR}-executor-svc.blocks.svc.cluster.local"),
        (FAR, 0, "10.20.0.21:32000"),
    ],
)
def test_the_address_of_a_block(fleet: World, block_id: str, port: int, host: str) -> None:
    answer = call(fleet, adhoc_control.get_url, "POST", f"/discovery/get_url/{block_id}")

    expected = {"port": port, "queue_url": host, "success": True}
    assert (200, expected) == (answer.status_code, answer.json())
    assert {} == fleet.addresses


def test_the_address_of_an_unknown_block(world: World) -> None:
    answer = call(world, adhoc_control.get_url, "POST", "/discovery/get_url/ghost")
    text = "ghost not found in the DB, err=API returned non-200 status code"

    assert (500, text) == (answer.status_code, answer.json()["message"])


def test_the_edges_of_a_graph(fleet: World) -> None:
    graph = {NEAR: ["lynx-27b-vision", FAR], FAR: []}
    answer = call(fleet, adhoc_control.resolve_graph, *GRAPH, json=graph)

    expected = {
        NEAR: {
            "outputs": [
                {
                    "host": "lynx-27b-vision-executor-svc.blocks.svc.cluster.local",
                    "port": 6379,
                    "queue_name": "EXECUTOR_INPUTS",
                    "block_id": "lynx-27b-vision",
                },
                {
                    "host": "10.20.0.21:32000",
                    "port": 0,
                    "queue_name": "EXECUTOR_INPUTS",
                    "block_id": FAR,
                },
            ]
        },
        FAR: {"outputs": []},
    }
    assert {"graph": expected, "success": True} == answer.json()


@pytest.mark.parametrize(
    ("graph", "text"),
    [
        ({NEAR: ["zz"]}, "block with ID zz not found"),
        ({"zz": []}, "block with ID zz not found"),
        ([NEAR], "'list' object has no attribute 'items'"),
        ({NEAR: None}, "'NoneType' object is not iterable"),
        ({NEAR: [{}]}, "unhashable type: 'dict'"),
    ],
)
def test_graphs_that_cannot_be_resolved(fleet: World, graph: Any, text: str) -> None:
    answer = call(fleet, adhoc_control.resolve_graph, *GRAPH, json=graph)

    assert (500, {"message": text, "success": False}) == (answer.status_code, answer.json())


@pytest.mark.parametrize(
    ("handler", "path"),
    [
        (adhoc_control.session_logs, "/logs/session/s"),
        (adhoc_control.request_logs, "/logs/request/r"),
        (adhoc_control.block_logs, "/logs/block/b"),
        (adhoc_control.session_block_logs, "/logs/session_block?session_id=s&block_id=b"),
    ],
)
def test_logs_always_fail_for_want_of_a_database(world: World, handler: Any, path: str) -> None:
    answer = call(world, handler, "GET", path)

    expected = {"error": "'DBLogsWriter' object has no attribute 'cursor'"}
    assert (500, expected) == (answer.status_code, answer.json())


@pytest.mark.parametrize("handler", [adhoc_control.estimate, adhoc_control.check_execute])
def test_estimates_always_fail(world: World, handler: Any) -> None:
    path = f"/discovery/{handler.__name__}"
    answer = call(world, handler, "POST", path, json={"block_id": NEAR})
    text = "'Estimator' object has no attribute 'graph_cache'"

    assert (500, {"message": text, "success": False}) == (answer.status_code, answer.json())
