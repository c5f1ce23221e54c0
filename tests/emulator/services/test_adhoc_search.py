"""The ad-hoc server and the search: every outcome of choosing a block (§12.3)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from aios_nb.emulator.engine.sessions import block_of_session
from aios_nb.emulator.services import adhoc
from aios_nb.emulator.world import Fault, World

from ..fakes import first_alive, guides_query, guides_request, install, only, ranking
from ..harness import call
from .adhoc_requests import FAR, INFER, NEAR, T6, infer, known, message, selecting
from .conftest import FIXTURES


def test_the_guides_request_chooses_a_block(quick: World) -> None:
    answer = infer(quick, guides_request())

    assert "Explain about the Deepseek LLM Model" in answer["data"]["reply"]
    assert {"session-1257": answer["model"]} == quick.sessions


def test_a_known_session_ignores_its_query(quick: World) -> None:
    chosen = [
        infer(quick, selecting(query, seq_no=n))["model"]
        for n, query in enumerate([only(guides_query(), NEAR), {"garbage": 1}, None])
    ]

    assert [NEAR] * 3 == chosen


def test_a_named_block_neither_reads_nor_writes_the_session(quick: World) -> None:
    infer(quick, known())

    assert {} == quick.sessions


@pytest.mark.parametrize("query", [None, {}, [], "", 0])
def test_a_new_session_without_a_query_fails_on_empty_json(quick: World, query: Any) -> None:

    assert "Expecting value: line 1 column 1 (char 0)" == message(quick, selecting(query))


def test_no_candidates(quick: World) -> None:
    query = only(guides_query(), "nobody")

    assert "no block selected in the specified filter" == message(quick, selecting(query))
    assert {} == quick.sessions


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (None, "'NoneType' object has no attribute 'get'"),
        ("text", "'str' object has no attribute 'get'"),
        (7, "'int' object has no attribute 'get'"),
        ([], "no block selected in the specified filter"),
        ([[]], "'list' object has no attribute 'get'"),
        ({}, "invalid similarity search result, {}"),
        ({"id": ""}, "invalid similarity search result, {'id': ''}"),
        (
            {"result": [], "reason": "none"},
            "invalid similarity search result, {'reason': 'none', 'result': []}",
        ),
        ({"id": 5}, "5 has type int, but expected one of: bytes, unicode"),
        ({"id": None}, "None has type NoneType, but expected one of: bytes, unicode"),
        ({1, 2}, T6),
        ({"id": "ghost"}, "ghost not found in the DB, err=API returned non-200 status code"),
    ],
)
def test_results_of_policies_that_name_no_usable_block(
    quick: World, result: Any, expected: str
) -> None:
    install(quick, lambda candidates, parameters: result)

    assert expected == message(quick, selecting(guides_query()))


def test_a_list_stands_for_its_first_element(quick: World) -> None:
    install(quick, lambda candidates, parameters: [{"id": NEAR}, {"id": FAR}])

    assert NEAR == infer(quick, selecting(guides_query()))["model"]


def test_a_policy_that_raises_shows_in_pythons_spelling(quick: World) -> None:
    def boom(candidates: Any, parameters: Any) -> None:
        raise ValueError("boom")

    install(quick, boom)
    text = "invalid similarity search result, {'message': 'boom', 'success': False}"

    assert text == message(quick, selecting(guides_query()))


def test_an_unknown_policy(quick: World) -> None:
    query = guides_query()
    ranking(query)["policyRuleURI"] = "nope:1.0-stable"

    assert (
        "invalid similarity search result, {'message': \"Policy rule with URI "
        "'nope:1.0-stable' not found.\", 'success': False}"
    ) == message(quick, selecting(query))


def test_a_bad_id_poisons_its_session(quick: World) -> None:
    install(quick, lambda candidates, parameters: {"id": 5})
    first_text = message(quick, selecting(guides_query()))
    install(quick, first_alive)

    assert first_text == message(quick, selecting(guides_query(), seq_no=2))


@pytest.mark.parametrize("service", ["policy_system", "blocks", "block_metrics"])
def test_every_fault_of_the_search_has_the_same_text(quick: World, service: str) -> None:
    quick.faults.add(Fault(service, "down"))

    assert T6 == message(quick, selecting(guides_query()))
    assert {} == quick.sessions


def test_an_odd_status_of_a_fault_is_no_bug(quick: World) -> None:
    quick.faults.add(Fault("policy_system", "error", status=599))

    assert T6 == message(quick, selecting(guides_query()))


@pytest.mark.parametrize(
    ("query", "text"),
    [({"header": 1}, "'body'"), ({"body": {}}, "'values'")],
)
def test_a_query_without_body_or_values(quick: World, query: Any, text: str) -> None:

    assert f"Error in similarity_search: {text}" == message(quick, selecting(query))


def test_a_search_server_that_is_down_or_broken(quick: World) -> None:
    quick.faults.add(Fault("search_server", "down", count=1))
    quick.faults.add(Fault("search_server", "error"))
    down, broken = (message(quick, selecting(guides_query())) for _ in range(2))

    assert down.startswith("Error in similarity_search: HTTPConnectionPool(host='emulator'")
    assert "Error in similarity_search: Expecting value: line 1 column 1 (char 0)" == broken


def test_a_policy_that_never_returns_is_not_mistaken_for_a_failed_search(quick: World) -> None:
    quick.faults.add(Fault("policy_system", "silent"))

    assert "AIOS would have waited for ever" in message(quick, selecting(guides_query()))


def test_a_decision_is_noted_for_the_journal(quick: World) -> None:
    from aios_nb.emulator.journal import open_decision

    async def handle(world: World, request: Any) -> Any:
        decision = open_decision()
        await adhoc.infer(world, request)
        return adhoc.compact(decision)

    answer = _decide(quick, handle, selecting(guides_query()))
    again = _decide(quick, handle, selecting(guides_query(), seq_no=2))

    assert answer["candidate_count"] == len(answer["candidates"]) > 0
    assert "search" == answer["found_by"]
    assert answer["block"] == answer["result"]["id"] in answer["candidates"]
    assert "attributebasedrouter:2.0-stable" == answer["policy"]
    assert answer["policy_ms"] >= 0
    assert {"block": answer["block"], "found_by": "session"} == again


def _decide(world: World, handler: Callable[..., Awaitable[Any]], body: Any) -> Any:
    handler.__doc__ = adhoc.infer.__doc__
    handler.__module__ = adhoc.__name__
    return call(world, handler, *INFER, json=body).json()


def test_a_search_that_outlasts_its_fleet_leaves_no_session(quick: World) -> None:
    quick.faults.add(Fault("policy_system", "slow", delay_s=0.1))

    async def ask() -> str:
        query = only(guides_query(), NEAR)
        asked = asyncio.create_task(block_of_session(quick, "s", lambda: query))
        await asyncio.sleep(0.01)
        quick.load_fleet(FIXTURES)
        return await asked

    assert NEAR == asyncio.run(ask())
    assert {} == quick.sessions
