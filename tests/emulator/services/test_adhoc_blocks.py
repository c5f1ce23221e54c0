"""The ad-hoc server and the blocks: discovery, connections, silence (§12.2, §12.3)."""

import time
from typing import Any

import pytest

from aios_nb.emulator.world import Fault, World

from .adhoc_requests import FAR, NEAR, infer, known, message


@pytest.mark.parametrize(
    ("cluster", "text"),
    [
        ({"id": "c"}, "'config'"),
        ({"id": "c", "config": {}}, "'urlMap'"),
        (
            {"id": "c", "config": {"urlMap": {}}},
            "cluster did not define the public gateway url: ",
        ),
        ({}, "cluster is not defined for the block "),
    ],
)
def test_blocks_that_discovery_rejects(quick: World, cluster: Any, text: str) -> None:
    quick.blocks.insert({"id": "odd", "cluster": cluster})

    assert text == message(quick, known("odd"))


def test_a_block_without_a_cluster(quick: World) -> None:
    quick.blocks.insert({"id": "odd"})

    assert "'cluster'" == message(quick, known("odd"))


def test_a_blocks_registry_that_is_down_is_named_by_discovery(quick: World) -> None:
    quick.faults.add(Fault("blocks", "down"))

    assert message(quick, known()).startswith(f"{NEAR} not found in the DB, err=HTTPConnection")


def test_a_deleted_block_keeps_being_used(quick: World) -> None:
    infer(quick, known())
    block = quick.block(NEAR)
    assert block
    quick.blocks.remove(block)

    assert NEAR == infer(quick, known(seq_no=2))["model"]


def test_a_gateway_written_as_a_url_is_taken_for_a_host_name(quick: World) -> None:
    gateway = {"publicGateway": "http://10.0.0.1:32000"}
    quick.blocks.insert({"id": "odd", "cluster": {"id": "c", "config": {"urlMap": gateway}}})
    text = message(quick, known("odd"))

    assert text.startswith("<_InactiveRpcError of RPC that terminated with:\n\tstatus = Status")
    assert "DNS resolution failed for http://10.0.0.1:32000" in text


def test_a_gateway_that_refuses_fails_at_once(quick: World) -> None:
    quick.faults.add(Fault("block", "down", block_id=FAR))
    text = message(quick, known(FAR))

    assert "StatusCode.UNAVAILABLE" in text
    assert "10.20.0.21:32000" in text


def test_a_local_block_without_a_pod_is_tried_ten_times(quick: World) -> None:
    quick.faults.add(Fault("adhoc", "down", block_id=NEAR))
    host = f"{NEAR}-executor-svc.blocks.svc.cluster.local:6379"
    text = message(quick, known())
    retries = [line.text for line in quick.logs.lines if "Retry" in line.text]

    assert f"'{host}'" == text
    assert 10 == len(retries)
    assert retries[0].startswith(f"WARNING:root:Retry 1/10 failed for {host}: ")


def test_fifty_seconds_of_retries_are_scaled(quick: World) -> None:
    quick.settings.time_scale = 0.001
    quick.faults.add(Fault("block", "down", block_id=NEAR))
    begun = time.monotonic()
    message(quick, known())

    assert 0.05 <= time.monotonic() - begun < 1


@pytest.mark.parametrize("kind", ["silent", "error", "reset"])
def test_a_block_that_fails_is_silent(quick: World, kind: str) -> None:
    quick.faults.add(Fault("block", kind, block_id=NEAR, count=1))

    assert "AIOS would have waited for ever" in message(quick, known())
    assert "data" in infer(quick, known(seq_no=2))


@pytest.mark.parametrize("block_id", ["ember-12b-chat", "aspen-22b-chat"])
def test_blocks_of_the_fleet_that_never_answer(quick: World, block_id: str) -> None:

    assert block_id in message(quick, known(block_id))


def test_a_slow_block_answers_late(quick: World) -> None:
    quick.faults.add(Fault("block", "slow", block_id=NEAR, delay_s=0.1))
    begun = time.monotonic()
    infer(quick, known())

    assert time.monotonic() - begun >= 0.1


def test_the_failure_of_a_block_shows_in_its_own_container(quick: World) -> None:
    message(quick, known("aspen-22b-chat"))
    lines = [x for x in quick.logs.lines if x.labels["namespace"] == "blocks"]

    assert ["aspen-22b-chat-executor"] == [x.labels["pod"] for x in lines]
    assert lines[0].text.startswith("ERROR:core.processor:failed to process frame: ")
