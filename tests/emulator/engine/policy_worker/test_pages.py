"""A waiting child makes memory its own: the pages of documents, and those that every call writes."""

import copy
import itertools
import mmap
import os
import resource
import sys
from collections.abc import Callable
from typing import Any

import pytest
import requests

from aios_nb.emulator.engine.policy_worker import pages

BLOCK = {"id": "finch-8b-chat", "tags": ["chat", "code"], "gpus": [{"totalMem": 24.5}], "n": None}
DOCUMENTS = [copy.deepcopy({**BLOCK, "rank": 1000.5 + n}) for n in range(3000)]


def faults_of(work: Callable[[], Any]) -> int:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    work()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def in_child(work: Callable[[], int]) -> int:
    """Return what the work returns in a process of its own."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            os.write(writing, str(work()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    os.waitpid(process, 0)
    return int(text)


def look_at_all() -> None:
    for document in DOCUMENTS:
        for _ in document.values():
            pass


def test_runs_cover_all_values_and_do_not_touch_each_other() -> None:
    runs = pages.page_runs(DOCUMENTS)
    values = [id(value) for d in DOCUMENTS for value in (d, d["rank"], d["gpus"][0]["totalMem"])]

    assert all(any(0 <= value - start < length for start, length in runs) for value in values[::97])
    assert all(sum(first) < second[0] for first, second in itertools.pairwise(runs))
    assert {0} == {part % mmap.PAGESIZE for run in runs for part in run}


def test_nothing_stands_nowhere() -> None:
    assert [] == pages.page_runs([])


@pytest.mark.skipif(sys.platform != "linux", reason="another system has no such advice to take")
def test_documents_that_are_owned_cost_no_fault_when_they_are_looked_at() -> None:
    runs = pages.page_runs(DOCUMENTS)

    def owned() -> int:
        pages.own(runs, is_over=lambda: False)
        return faults_of(look_at_all)

    assert in_child(lambda: faults_of(look_at_all)) > 4 * in_child(owned)


@pytest.mark.skipif(sys.platform != "linux", reason="another system has no such advice to take")
def test_a_call_that_comes_ends_the_preparation() -> None:
    looks = iter([False, True])

    def begun() -> int:
        return faults_of(lambda: pages.own(runs, is_over=lambda: next(looks)))

    runs = pages.page_runs(DOCUMENTS)
    most = pages.PIECE_BYTES // mmap.PAGESIZE

    assert in_child(begun) <= most + 64 < sum(n for _, n in runs) // mmap.PAGESIZE


def test_a_request_after_the_rehearsal_costs_fewer_faults() -> None:
    def request() -> None:
        with pytest.raises(requests.ConnectionError):
            requests.get("http://127.0.0.1:9/", timeout=1)

    def rehearsed() -> int:
        pages.rehearse()
        return faults_of(request)

    request()
    assert in_child(lambda: faults_of(request)) > 2 * in_child(rehearsed)


def test_the_rehearsal_reaches_nobody_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    connect = requests.packages.urllib3.util.connection.create_connection
    answers: list[Any] = []
    loads = requests.Response.json
    monkeypatch.setattr(requests.Response, "json", lambda r: answers.append(loads(r)))
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("it went to the network"))
    pages.rehearse()

    assert [{}] == answers
    assert connect is requests.packages.urllib3.util.connection.create_connection
    assert ("", "") == capfd.readouterr()


def test_a_policy_that_counts_its_requests_counts_no_rehearsal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(requests, "get", lambda url, **_: calls.append(url))
    pages.rehearse()

    assert [] == calls


def test_a_policys_own_module_named_requests_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "requests", sys.modules["json"])

    assert pages.rehearse() is None
