"""Life of an emulator: it starts, says no clearly, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest

from aios_nb.emulator import Emulator
from aios_nb.emulator.server import EmulatorError


def get(url: str) -> object:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "example.com", ""])
def test_only_loopback_is_listened_on(host: str) -> None:
    with pytest.raises(EmulatorError) as refused:
        Emulator(host=host).start()

    assert f"host {host!r} is not loopback" in str(refused.value)


@pytest.mark.parametrize(
    ("switch", "words"),
    [
        ({"policy_mode": "remote"}, "policy_mode is 'remote'; expected executor or local"),
        ({"wait_limit_s": 0}, "wait_limit_s is 0; expected seconds above 0"),
        ({"wait_limit_s": float("inf")}, "wait_limit_s is inf"),
        ({"time_scale": -1}, "time_scale is -1"),
        ({"quirks": ["lost_reply"]}, "quirk is 'lost_reply'; expected shared_gateway"),
        ({"seed": 1.5}, "seed is 1.5"),
    ],
)
def test_an_impossible_switch_is_refused_at_once(switch: dict, words: str) -> None:
    with pytest.raises(ValueError) as refused:
        Emulator(**switch)

    assert words in str(refused.value)


def test_a_folder_without_a_fleet_is_named(tmp_path: Path) -> None:
    with pytest.raises(EmulatorError) as refused:
        Emulator(tmp_path).start()

    assert f"{tmp_path} holds no fleet" in str(refused.value)


def test_a_broken_fleet_document_is_named(tmp_path: Path) -> None:
    (tmp_path / "blocks").mkdir()
    (tmp_path / "blocks" / "a.json").write_text("{")
    with pytest.raises(EmulatorError) as refused:
        Emulator(tmp_path).start()

    assert "a.json is not JSON" in str(refused.value)


def test_closing_leaves_no_thread_folder_or_port() -> None:
    emulator = Emulator().start()
    folder, url = emulator.world.folder, emulator.url
    emulator.close()
    emulator.close()

    assert not folder.exists()
    assert "aios-emulator" not in [t.name for t in threading.enumerate()]
    with pytest.raises(OSError):
        get(url)


def test_the_world_of_a_closed_emulator_is_an_error() -> None:
    with pytest.raises(EmulatorError) as refused:
        _ = Emulator().world

    assert "not running" in str(refused.value)


def test_an_emulator_starts_again_after_closing() -> None:
    emulator = Emulator()
    with emulator:
        first = emulator.world
    with emulator:
        second = emulator.world

    assert first is not second


def test_the_executor_of_the_guide_is_registered() -> None:
    with Emulator() as emulator:
        record = get(emulator.addresses["policy_system"] + "/executor/executor-001")

    assert record["data"]["executor_status"] == "healthy"
    assert emulator.addresses["policy_executor"] == record["data"]["executor_host_uri"]


def test_a_program_that_forgets_to_close_still_ends_and_cleans_up() -> None:
    code = "from aios_nb.emulator import Emulator\ne = Emulator().start(); print(e.world.folder)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20)

    assert (run.returncode, run.stderr) == (0, "")
    assert not Path(run.stdout.strip()).exists()


def test_a_killed_programs_folder_is_removed_by_the_next_start() -> None:
    code = (
        "import time\nfrom aios_nb.emulator import Emulator\n"
        "e = Emulator().start(); print(e.world.folder, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    folder = Path(process.stdout.readline().strip())
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()

    assert folder.exists()
    with Emulator():
        assert not folder.exists()
