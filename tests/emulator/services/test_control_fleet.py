"""The emulator's switches for metrics and fleets: they age, vanish, are loaded and saved."""

import json
from pathlib import Path

import pytest

from aios_nb.emulator.services import control
from aios_nb.emulator.world import JSON, World

from ..harness import call

ATLAS = "atlas-14b-chat"


def metrics(world: World, action: str, body: JSON | None = None):
    handlers = {
        "wipe": control.wipe_metrics,
        "stale": control.make_metrics_stale,
        "freeze": control.freeze_metrics,
        "advance": control.advance_metrics,
        "resume": control.resume_metrics,
    }
    path = f"/_emulator/metrics/{action}"
    return call(world, handlers[action], "POST", path, json=body or {})


def test_a_wipe_takes_the_instances_of_one_block_or_of_all(fleet: World) -> None:
    one = metrics(fleet, "wipe", {"block_id": ATLAS, "keep_executor": True}).json()
    left = fleet.metrics_of(ATLAS)["instances"]
    metrics(fleet, "wipe")

    assert 1 <= one["instances"]
    assert ["executor"] == [i["instanceId"] for i in left]
    assert [[]] * 13 == [d["instances"] for d in fleet.metrics]


@pytest.mark.parametrize(
    ("action", "body", "status"),
    [
        ("wipe", {"block_id": "ghost"}, 404),
        ("wipe", {"keep_executor": "no"}, 400),
        ("stale", {"age_s": -1}, 400),
        ("stale", {"age": 5}, 400),
        ("advance", {}, 400),
        ("freeze", {"seconds": 1}, 400),
        ("resume", {"seconds": 1}, 400),
    ],
)
def test_a_malformed_change_of_the_metrics_changes_nothing(
    fleet: World, action: str, body: JSON, status: int
) -> None:
    before = json.dumps(list(fleet.metrics))

    assert status == metrics(fleet, action, body).status_code
    assert (before, False) == (json.dumps(list(fleet.metrics)), fleet.clock.is_frozen)


def test_stale_instances_are_as_old_as_asked(fleet: World) -> None:
    fleet.clock.freeze()
    metrics(fleet, "stale", {"block_id": ATLAS, "age_s": 600})
    stamps = [i["timestamp"] for i in fleet.metrics_of(ATLAS)["instances"] if "timestamp" in i]

    assert [600.0] * len(stamps) == [pytest.approx(fleet.clock.now() - s) for s in stamps]


def test_the_metrics_clock_stands_moves_on_and_runs_again(fleet: World) -> None:
    frozen = metrics(fleet, "freeze").json()
    later = metrics(fleet, "advance", {"seconds": 90}).json()
    running = metrics(fleet, "resume").json()

    assert (True, True, False) == (frozen["frozen"], later["frozen"], running["frozen"])
    assert frozen["now"] + 90 == pytest.approx(later["now"])


def test_a_fleet_is_saved_and_loaded_again(fleet: World, tmp_path: Path) -> None:
    fleet.metrics.insert({"no": "block id"})
    blocks = [b["id"] for b in fleet.blocks]
    body = {"folder": str(tmp_path)}
    saved = call(fleet, control.save_fleet, "POST", "/_emulator/fleet/save", json=body)
    fleet.blocks.clear()
    loaded = call(fleet, control.load_fleet, "POST", "/_emulator/fleet/load", json=body)

    assert {"blocks": 14, "folder": str(tmp_path)} == saved.json() == loaded.json()
    assert blocks == [b["id"] for b in fleet.blocks]


@pytest.mark.parametrize("folder", ["", None, "a\0b", 5])
def test_a_fleets_folder_is_a_path(fleet: World, folder: object) -> None:
    body = {"folder": folder}
    answer = call(fleet, control.load_fleet, "POST", "/_emulator/fleet/load", json=body)

    assert (400, 14) == (answer.status_code, len(fleet.blocks))


def test_a_folder_without_a_fleet_changes_nothing(fleet: World, tmp_path: Path) -> None:
    body = {"folder": str(tmp_path)}
    answer = call(fleet, control.load_fleet, "POST", "/_emulator/fleet/load", json=body)

    assert (400, 14) == (answer.status_code, len(fleet.blocks))
    assert f"{tmp_path} holds no fleet" in answer.json()["error"]


def test_a_time_stamp_that_is_no_number_does_not_spoil_a_fleet(
    fleet: World, tmp_path: Path
) -> None:
    document = {"blockId": "b", "instances": [{"instanceId": "in-a", "timestamp": "noon"}]}
    for name, content in (("blocks", {"id": "b"}), ("metrics", document)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "b.json").write_text(json.dumps(content))
    body = {"folder": str(tmp_path)}
    answer = call(fleet, control.load_fleet, "POST", "/_emulator/fleet/load", json=body)

    assert (200, 1) == (answer.status_code, len(fleet.blocks))
    assert "noon" == fleet.metrics_of("b")["instances"][0]["timestamp"]


def test_a_fleet_that_cannot_be_written_is_a_400(fleet: World, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    body = {"folder": str(tmp_path / "file")}
    answer = call(fleet, control.save_fleet, "POST", "/_emulator/fleet/save", json=body)

    assert 400 == answer.status_code
    assert answer.json()["error"].startswith("cannot write the fleet to ")
