"""Choosing a block: what is asked, of whom, and what is read from the answer."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aios_nb.emulator.engine.selecting import choose_block, select
from aios_nb.emulator.refusal import Refusal
from aios_nb.emulator.world import Fault, World

from ..fakes import first, guides_query, install, only, ranking

FIXTURES = Path(__file__).parents[3] / "fixtures"
NEAR = "atlas-14b-chat"


@pytest.fixture
def fleet() -> Iterator[World]:
    world = World()
    world.service_urls["static_server"] = "http://emulator/static_server"
    world.load_fleet(FIXTURES)
    yield world
    world.close()


def test_the_winner_comes_with_its_id(fleet: World) -> None:
    install(fleet, first)
    block_id, winner = asyncio.run(choose_block(fleet, only(guides_query(), NEAR)))

    assert (NEAR, NEAR) == (block_id, winner["id"])


def test_candidates_reach_the_policy_with_metrics_and_parameters(fleet: World) -> None:
    runner = install(fleet, first)
    asyncio.run(select(fleet, only(guides_query(), NEAR)))
    call = runner.calls[-1]

    assert [NEAR] == [c["metrics"]["blockId"] for c in call["input_data"]]
    assert "Find a reliable and high-performing chat model" == call["parameters"]["user_query"]


def test_no_candidates_never_trouble_the_policy(fleet: World) -> None:
    runner = install(fleet, first)

    assert [] == asyncio.run(select(fleet, only(guides_query(), "nobody")))
    assert [] == runner.calls


def test_request_parameters_that_are_null_fail_before_the_search(fleet: World) -> None:
    install(fleet, first)
    query = guides_query()
    ranking(query)["parameters"] = None

    with pytest.raises(Refusal, match="'NoneType' object has no attribute 'get'") as caught:
        asyncio.run(select(fleet, query))
    assert caught.value.status is None


@pytest.mark.parametrize("spec", [{}, [], {"body": {}}, {"body": {"values": 1}}])
def test_specs_that_never_reach_the_search_carry_a_400(fleet: World, spec: Any) -> None:

    with pytest.raises(Refusal) as caught:
        asyncio.run(select(fleet, spec))
    assert 400 == caught.value.status


def test_local_mode_masks_what_a_policy_raises(fleet: World) -> None:
    def boom(candidates: Any, parameters: Any) -> None:
        raise ValueError("boom")

    install(fleet, boom)
    fleet.settings.policy_mode = "local"
    masked = "'PolicyFunctionExecutor' object has no attribute 'policy_rule_uri'"

    with pytest.raises(Refusal, match=masked):
        asyncio.run(select(fleet, guides_query()))


def test_local_mode_lets_registered_parameters_win(fleet: World) -> None:
    runner = install(fleet, first)
    fleet.settings.policy_mode = "local"
    record = next(iter(fleet.policies))
    registered = {"METRICS_BASE_URL": "http://metrics-service:30201"}
    fleet.policies.replace(record, {**record, "policy_parameters": registered})
    asyncio.run(select(fleet, only(guides_query(), NEAR)))

    assert registered["METRICS_BASE_URL"] == runner.calls[-1]["parameters"]["METRICS_BASE_URL"]


def test_a_slow_policy_system_delays_and_does_not_fail(fleet: World) -> None:
    install(fleet, first)
    fleet.faults.add(Fault("policy_system", "slow", delay_s=0.01))

    assert NEAR == asyncio.run(choose_block(fleet, only(guides_query(), NEAR)))[0]


def test_the_policy_systems_log_shows_the_result(fleet: World) -> None:
    install(fleet, lambda candidates, parameters: {"id": NEAR})
    asyncio.run(select(fleet, guides_query()))
    lines = [x.text for x in fleet.logs.lines if x.labels["container"] == "policies-system"]

    shown = f'{{"data":{{"id":"{NEAR}"}},"success":true}}'
    assert [f"INFO:root:executor api status=202 response={shown}"] == lines
