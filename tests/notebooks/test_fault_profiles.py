"""Lessons against an AIOS that is not well: which of them get through, and what the others say.

An emulator is addressed as a cluster, and broken through its control interface.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import papermill
import pytest
import requests
from refresh import NOTEBOOKS, TIME_LIMIT_S

from aios_nb.emulator.server import Emulator

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
BEST_CHAT, BEST_OF_ALL = "atlas-14b-chat", "cedar-34b-batch"  # as the lessons wish: 03 to 09, 11
ASKED_BY_PATIENCE = {"11_drills": {"own_limit_s": 1.0}, "09_policy_lab": {"limit_s": 3.0}}
# Where AIOS would wait for ever, this emulator waits so long, and the lessons need not.
WAIT_LIMIT_S = 2.0


@dataclass(frozen=True)
class Profile:
    """What is wrong: calls of the control interface, by path and body."""

    name: str
    calls: tuple[tuple[str, str, dict[str, Any]], ...]


def faults(name: str, *services: str, **fault: Any) -> Profile:
    return Profile(name, tuple(("POST", "faults", {"service": s, **fault}) for s in services))


SLOW_ANSWERS = faults("slow", "adhoc", "router", "policy_system", kind="slow", delay_s=0.2)
SLOW_CHAT = Profile("slow-chat", (("PUT", f"latency/{BEST_CHAT}", {"seconds": 1.5}),))
SLOW_BEST = Profile("slow-best", (("PUT", f"latency/{BEST_OF_ALL}", {"seconds": 1.5}),))
LOST_METRICS = Profile("lost-metrics", (("POST", "metrics/wipe", {}),))
BUSY_LOGS = faults("busy-logs", "logs", kind="error", status=503, count=2)
ONE_500 = faults("one-500", "adhoc", kind="error", status=500, count=1)
EVERY_500 = faults("every-500", "adhoc", kind="error", status=500)
DEAD_CHAT = faults("dead-chat", "block", kind="silent", block_id=BEST_CHAT)
DEAD_BEST = faults("dead-best", "block", kind="silent", block_id=BEST_OF_ALL)
NO_SEARCH = faults("no-search", "search_server", kind="down")
NO_LOGS = faults("no-logs", "logs", kind="down")
NO_STORE = faults("no-store", "policy_store", kind="down")

SURVIVING = [
    (SLOW_ANSWERS, "00_start_here"),
    (SLOW_ANSWERS, "03_follow_the_selection"),
    (SLOW_CHAT, "04_run_the_inference"),
    (SLOW_CHAT, "09_policy_lab"),
    (SLOW_BEST, "11_drills"),  # the next best block answers
    (LOST_METRICS, "01_deploy_a_policy"),
    (BUSY_LOGS, "05_observe_in_logs"),  # the client asks again
    (ONE_500, "11_drills"),  # the loop takes any error
    (DEAD_CHAT, "07_why_did_it_choose_that"),  # selecting asks no block
    (DEAD_BEST, "11_drills"),
    (NO_LOGS, "04_run_the_inference"),
    (NO_STORE, "00_start_here"),
]
RED = [
    (LOST_METRICS, "00_start_here", "no block has a live instance"),
    (LOST_METRICS, "03_follow_the_selection", "no block selected in the specified filter"),
    (ONE_500, "04_run_the_inference", r"adhoc said no \(HTTP 500\)"),
    (EVERY_500, "11_drills", "none of the best answered"),
    (DEAD_CHAT, "04_run_the_inference", "AIOS would have waited for ever"),
    (NO_SEARCH, "03_follow_the_selection", r"router said no .* /search_server/api"),
    (NO_LOGS, "05_observe_in_logs", "logs at .* broke the connection"),
    (NO_STORE, "01_deploy_a_policy", "policy_store at .* broke the connection"),
]


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(wait_limit_s=WAIT_LIMIT_S) as running:
        yield running


@pytest.fixture
def run(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Callable[[Profile, str], None]:
    """Return what runs a lesson through papermill against an AIOS with this profile."""
    for service, url in emulator.addresses.items():
        monkeypatch.setenv(f"AIOS_{service.upper()}_URL", url)

    def call(verb: str, path: str, body: dict[str, Any]) -> None:
        url = f"{emulator.url}/_emulator/{path}"
        requests.request(verb, url, json=body, timeout=5).raise_for_status()

    def run_lesson(profile: Profile, name: str) -> None:
        call("POST", "reset", {})
        for each in profile.calls:
            call(*each)
        papermill.execute_notebook(
            str(NOTEBOOKS / f"{name}.ipynb"),
            None,
            {"target": "cluster", **ASKED_BY_PATIENCE.get(name, {})},
            cwd=str(NOTEBOOKS),
            kernel_name="python3",
            execution_timeout=TIME_LIMIT_S,
            progress_bar=False,
        )

    return run_lesson


def ids(cases: list[Any]) -> list[str]:
    return [f"{profile.name}-{name[:2]}" for profile, name, *_ in cases]


@pytest.mark.parametrize(("profile", "name"), SURVIVING, ids=ids(SURVIVING))
def test_a_lesson_gets_through(
    profile: Profile, name: str, run: Callable[[Profile, str], None]
) -> None:
    run(profile, name)


@pytest.mark.parametrize(("profile", "name", "words"), RED, ids=ids(RED))
def test_a_lesson_stops_and_says_why(
    profile: Profile, name: str, words: str, run: Callable[[Profile, str], None]
) -> None:
    with pytest.raises(papermill.PapermillExecutionError) as stopped:
        run(profile, name)

    assert re.search(words, COLOURS.sub("", stopped.value.evalue))
