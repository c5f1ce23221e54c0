"""Lessons go red when AIOS breaks: the emulator is broken on purpose, and each claim must notice.

The cells run in this process, so that a mutation reaches the emulator that a lesson starts.
"""

import atexit
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from refresh import NOTEBOOKS

import aios_nb
from aios_nb import AIOSClient, ServiceError, TransportError
from aios_nb.emulator.engine import inferring, selecting
from aios_nb.emulator.faults import Fault
from aios_nb.emulator.services import adhoc

OTHER = "finch-8b-chat"
LESSONS = (
    "00_start_here",
    "01_deploy_a_policy",
    "02_write_the_request",
    "03_follow_the_selection",
    "04_run_the_inference",
    "05_observe_in_logs",
    "06_match_with_an_llm",
    "07_why_did_it_choose_that",
    "08_write_your_own_policy",
)
Mutation = Callable[[AIOSClient, pytest.MonkeyPatch], None]


def wrong_winner(client: AIOSClient, patch: pytest.MonkeyPatch) -> None:
    async def choose(*_: Any) -> str:
        return OTHER

    patch.setattr(inferring, "block_of_session", choose)


def selection_not_by_the_policy(client: AIOSClient, patch: pytest.MonkeyPatch) -> None:
    rank = selecting.rank_remotely

    async def choose(world: Any, uri: Any, candidates: Any, parameters: Any) -> Any:
        won = await rank(world, uri, candidates, parameters)
        return next(block for block in reversed(candidates) if block["id"] != won["id"])

    patch.setattr(selecting, "rank_remotely", choose)


def http_500(client: AIOSClient, patch: pytest.MonkeyPatch) -> None:
    client.emulator.world.faults.add(Fault("router", "error", status=500))


def registration_that_is_not_kept(client: AIOSClient, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(client.emulator.world.policies, "insert", lambda record: record)


def silent_blocks(client: AIOSClient, patch: pytest.MonkeyPatch) -> None:
    client.emulator.world.faults.add(Fault("block", "silent"))
    client.infer_timeout_s = 0.5


def answer_without_data(client: AIOSClient, patch: pytest.MonkeyPatch) -> None:
    whole = adhoc.compact
    patch.setattr(
        adhoc, "compact", lambda body: whole({k: v for k, v in body.items() if k != "data"})
    )


def candidates_without_metrics(client: AIOSClient, patch: pytest.MonkeyPatch) -> None:
    client.emulator.world.metrics.clear()


def slow_blocks(client: AIOSClient, patch: pytest.MonkeyPatch) -> None:
    world = client.emulator.world
    world.latency.update({block["id"]: 20.0 for block in world.blocks})
    client.infer_timeout_s = 0.5


RED: list[tuple[Mutation, str, type[Exception], str | None]] = [
    (wrong_winner, "03_follow_the_selection", AssertionError, None),
    (wrong_winner, "04_run_the_inference", AssertionError, None),
    (wrong_winner, "05_observe_in_logs", AssertionError, "wrote no ranking"),
    (wrong_winner, "06_match_with_an_llm", AssertionError, None),
    (wrong_winner, "11_drills", AssertionError, "TransportError not raised"),
    (selection_not_by_the_policy, "03_follow_the_selection", AssertionError, None),
    (selection_not_by_the_policy, "05_observe_in_logs", AssertionError, None),
    (selection_not_by_the_policy, "06_match_with_an_llm", AssertionError, None),
    (selection_not_by_the_policy, "07_why_did_it_choose_that", AssertionError, None),
    (selection_not_by_the_policy, "08_write_your_own_policy", AssertionError, None),
    (selection_not_by_the_policy, "09_policy_lab", AssertionError, None),
    (http_500, "00_start_here", ServiceError, "HTTP 500"),
    (http_500, "02_write_the_request", ServiceError, "HTTP 500"),
    (http_500, "03_follow_the_selection", ServiceError, "HTTP 500"),
    (http_500, "06_match_with_an_llm", ServiceError, "HTTP 500"),
    (http_500, "07_why_did_it_choose_that", ServiceError, "HTTP 500"),
    (http_500, "08_write_your_own_policy", ServiceError, "HTTP 500"),
    (http_500, "09_policy_lab", ServiceError, "HTTP 500"),
    (http_500, "11_drills", ServiceError, "HTTP 500"),
    (registration_that_is_not_kept, "01_deploy_a_policy", ServiceError, "Policy not found"),
    (registration_that_is_not_kept, "03_follow_the_selection", ServiceError, "not found"),
    (registration_that_is_not_kept, "08_write_your_own_policy", ServiceError, "not found"),
    (silent_blocks, "00_start_here", TransportError, "did not answer within"),
    (silent_blocks, "05_observe_in_logs", TransportError, "did not answer within"),
    (silent_blocks, "06_match_with_an_llm", TransportError, "did not answer within"),
    (answer_without_data, "00_start_here", ServiceError, "lacks 'data'"),
    (answer_without_data, "04_run_the_inference", ServiceError, "lacks 'data'"),
    (answer_without_data, "05_observe_in_logs", ServiceError, "lacks 'data'"),
    (answer_without_data, "06_match_with_an_llm", ServiceError, "lacks 'data'"),
    (candidates_without_metrics, "00_start_here", AssertionError, "no block has a live instance"),
    (candidates_without_metrics, "03_follow_the_selection", ServiceError, "no block selected"),
    (candidates_without_metrics, "07_why_did_it_choose_that", ServiceError, "no block selected"),
    (slow_blocks, "00_start_here", TransportError, "did not answer within"),
    (slow_blocks, "04_run_the_inference", TransportError, "did not answer within"),
    (slow_blocks, "05_observe_in_logs", TransportError, "did not answer within"),
]


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[AIOSClient]]:
    started: list[AIOSClient] = []
    # Nothing that a lesson leaves for its kernel's end may wait for the end of all tests.
    monkeypatch.setattr(atexit, "register", lambda function, *_: function)
    monkeypatch.chdir(NOTEBOOKS)
    yield started
    for client in started:
        client.close()


@pytest.fixture
def walk(clients: list[AIOSClient], monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return what runs all cells of a lesson against a mutated emulator."""
    connect = aios_nb.connect

    def run(name: str, mutate: Mutation | None = None) -> None:
        def connect_and_mutate(*target: Any, **options: Any) -> AIOSClient:
            client = connect(*target, **options)
            clients.append(client)
            if mutate is not None:
                mutate(client, monkeypatch)
            return client

        monkeypatch.setattr(aios_nb, "connect", connect_and_mutate)
        names: dict[str, Any] = {"__name__": "lesson"}
        for cell in nbformat.read(Path(f"{name}.ipynb"), as_version=4).cells:
            if cell.cell_type == "code":
                exec(compile(cell.source, name, "exec"), names)

    return run


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_is_green_on_the_emulator_as_it_is(name: str, walk: Callable[..., None]) -> None:
    walk(name)


@pytest.mark.parametrize(
    ("mutate", "name", "error", "words"), RED, ids=[f"{m.__name__}-{n[:2]}" for m, n, _, _ in RED]
)
def test_a_lesson_is_red_when_aios_is_broken(
    mutate: Mutation,
    name: str,
    error: type[Exception],
    words: str | None,
    walk: Callable[..., None],
) -> None:
    with pytest.raises(error, match=words):
        walk(name, mutate)
