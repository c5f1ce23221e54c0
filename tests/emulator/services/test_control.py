"""The emulator's switches: every key known, every change whole or not at all."""

import pytest

from aios_nb.emulator.exchange import Exchange
from aios_nb.emulator.journal import Body
from aios_nb.emulator.services import control
from aios_nb.emulator.world import JSON, World

from ..harness import call

SETTINGS = "/_emulator/settings"
ATLAS = "atlas-14b-chat"


def settings(world: World, changes: JSON):
    return call(world, control.change_settings, "PATCH", SETTINGS, json=changes)


def fault(world: World, body: JSON):
    return call(world, control.add_fault, "POST", "/_emulator/faults", json=body)


def test_services_are_listed_with_their_addresses(world: World) -> None:
    answer = call(world, control.services, "GET", "/_emulator/services")

    assert {"static_server": "http://emulator/static_server"} == answer.json()


def test_settings_are_shown_and_changed(world: World) -> None:
    answer = settings(world, {"policy_mode": "local", "quirks": ["stale_reply"], "seed": 7})

    changed = {"policy_mode": "local", "quirks": ["stale_reply"], "seed": 7}
    assert 200 == answer.status_code
    assert answer.json() == {**answer.json(), **changed, "time_scale": 1.0, "wait_limit_s": 30.0}
    assert answer.json() == call(world, control.read_settings, "GET", SETTINGS).json()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seed": 7, "sead": 8}, "unknown key 'sead'; use one of policy_mode, wait_limit_s"),
        ({"seed": 7, "policy_mode": "remote"}, "policy_mode is 'remote'; expected executor or"),
        ({"seed": 7, "wait_limit_s": "5"}, "wait_limit_s is '5'; expected seconds above 0"),
        ({"seed": 7, "time_scale": True}, "time_scale is True; expected a number from 0 up"),
        ({"seed": 7, "quirks": "stale_reply"}, "quirks is 'stale_reply'; expected a list of names"),
        ({"seed": 7, "quirks": ["none"]}, "quirk is 'none'; expected shared_gateway"),
        ({"wait_limit_s": 1, "seed": 1.5}, "seed is 1.5; expected a whole number"),
    ],
)
def test_one_wrong_setting_changes_none(world: World, changes: JSON, words: str) -> None:
    before = world.settings
    answer = settings(world, changes)

    assert 400 == answer.status_code
    assert answer.json()["error"].startswith(words)
    assert before == world.settings


@pytest.mark.parametrize(("body", "words"), [("{", "is not JSON"), ("[]", "is a list; expected")])
def test_a_body_that_is_no_object_is_a_400(world: World, body: str, words: str) -> None:
    answer = call(world, control.change_settings, "PATCH", SETTINGS, content=body)

    assert 400 == answer.status_code
    assert words in answer.json()["error"]


def test_reset_brings_the_first_minute_back(fleet: World) -> None:
    fleet.blocks.clear()
    fleet.policies.insert({"policy_rule_uri": "p"})
    fleet.sessions["s"] = ATLAS
    (fleet.store / "p.zip").write_bytes(b"")
    settings(fleet, {"seed": 7})
    fault(fleet, {"service": "static_server", "kind": "down"})
    answer = call(fleet, control.reset, "POST", "/_emulator/reset")

    assert {"blocks": 14} == answer.json()
    assert (14, 0, 0, 0) == (
        len(fleet.blocks),
        len(fleet.policies),
        len(fleet.sessions),
        len(fleet.faults),
    )
    assert ([], 0) == (list(fleet.store.iterdir()), fleet.settings.seed)
    assert ["executor-001"] == [e["executor_id"] for e in fleet.executors]


def test_reset_takes_no_key(world: World) -> None:
    answer = call(world, control.reset, "POST", "/_emulator/reset", json={"all": True})

    assert (400, "unknown key 'all'; none is expected here") == (
        answer.status_code,
        answer.json()["error"],
    )


@pytest.fixture
def written(world: World) -> World:
    for number, (service, path, status) in enumerate(
        [("blocks", "/blocks", 200), ("blocks", "/blocks/x", 404), ("adhoc", "/v1/infer", 200)], 1
    ):
        body = Body()
        body.add(b'{"asked": 1}')
        kept = {"raw_request": body, "decision": {"block": ATLAS}}
        world.journal.append(Exchange(number, 1.0, service, "GET", path, status, 1.0, **kept))
    return world


def journal(world: World, **filters):
    return call(world, control.read_journal, "GET", "/_emulator/journal", params=filters)


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({}, [1, 2, 3]),
        ({"service": "blocks"}, [1, 2]),
        ({"path": "infer"}, [3]),
        ({"status": "200"}, [1, 3]),
        ({"since": "1", "service": "blocks"}, [2]),
        ({"service": "none"}, []),
    ],
)
def test_the_journal_is_counted_and_filtered(
    written: World, filters: dict[str, str], numbers: list[int]
) -> None:
    answer = journal(written, **filters).json()

    assert numbers == [e["number"] for e in answer["exchanges"]]
    assert len(numbers) == answer["count"]


def test_an_exchange_shows_its_bodies_and_its_decision(written: World) -> None:
    shown = journal(written).json()["exchanges"][0]

    assert ({"asked": 1}, {"block": ATLAS}) == (shown["request"], shown["decision"])


@pytest.mark.parametrize("filters", [{"verb": "GET"}, {"status": "ok"}, {"since": "-1"}])
def test_an_unknown_or_malformed_filter_is_a_400(written: World, filters: dict) -> None:

    assert 400 == journal(written, **filters).status_code


def test_the_journal_is_forgotten_on_demand(written: World) -> None:
    answer = call(written, control.clear_journal, "DELETE", "/_emulator/journal")

    assert ({"deleted": 3}, 0) == (answer.json(), len(written.journal))


def test_a_fault_gets_a_number_and_is_removed_by_it(world: World) -> None:
    first = fault(world, {"service": "static_server", "kind": "error", "status": 503, "count": 2})
    fault(world, {"service": "block", "kind": "silent", "block_id": ATLAS})
    path = "/_emulator/faults/1"
    removed = call(world, control.remove_fault, "DELETE", path)
    again = call(world, control.remove_fault, "DELETE", path)
    left = call(world, control.read_faults, "GET", "/_emulator/faults").json()["faults"]

    assert (201, 1) == (first.status_code, first.json()["number"])
    assert ({"deleted": 1}, 404) == (removed.json(), again.status_code)
    assert ["silent"] == [f["kind"] for f in left]


def test_all_faults_end_at_once(world: World) -> None:
    fault(world, {"service": "block", "kind": "silent"})
    fault(world, {"service": "block", "kind": "slow", "delay_s": 1})
    answer = call(world, control.clear_faults, "DELETE", "/_emulator/faults")

    assert ({"deleted": 2}, 0) == (answer.json(), len(world.faults))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"kind": "down"}, "a fault needs 'service'"),
        ({"service": "block"}, "a fault needs 'kind'"),
        ({"service": "cache", "kind": "down"}, "unknown service 'cache'; use one of static_server"),
        ({"service": "block", "kind": "sick"}, "unknown fault kind 'sick'; use one of down"),
        ({"service": "block", "kind": "down", "rate": 0}, "fault rate is 0; expected 0 < rate <="),
        ({"service": "block", "kind": "down", "number": 5}, "unknown key 'number'"),
    ],
)
def test_an_impossible_fault_is_a_400_and_not_added(world: World, body: JSON, words: str) -> None:
    answer = fault(world, body)

    assert 400 == answer.status_code
    assert answer.json()["error"].startswith(words)
    assert 0 == len(world.faults)


def test_a_blocks_latency_is_set_shown_and_removed(fleet: World) -> None:
    path = f"/_emulator/latency/{ATLAS}"
    put = call(fleet, control.set_latency, "PUT", path, json={"seconds": 2.5})
    shown = call(fleet, control.read_latency, "GET", "/_emulator/latency")
    removed = call(fleet, control.remove_latency, "DELETE", path)

    assert {ATLAS: 2.5} == put.json() == shown.json()
    assert {} == removed.json()


@pytest.mark.parametrize(
    ("block_id", "body", "status"),
    [("ghost", {"seconds": 1}, 404), (ATLAS, {"seconds": -1}, 400), (ATLAS, {}, 400)],
)
def test_a_latency_needs_a_block_and_seconds(
    fleet: World, block_id: str, body: JSON, status: int
) -> None:
    path = f"/_emulator/latency/{block_id}"

    assert status == call(fleet, control.set_latency, "PUT", path, json=body).status_code
    assert {} == fleet.latency
