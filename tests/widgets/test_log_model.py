"""The log of one request: its own lines, in order, until it is over."""

import threading
import time
from collections.abc import Iterator

import pytest

from aios_nb import AIOSClient, InferenceRequest
from aios_nb.answers import LogLine
from aios_nb.errors import TransportError
from aios_nb.widgets.log_model import Entry, LogModel, Source

EXACT = Source("ad-hoc server", '{container="inference-server"} |= `{queue}`', is_exact=True)
BY_TIME = Source("policy executor", '{container="executor-executor-001"}')


@pytest.fixture
def model(aios: AIOSClient) -> Iterator[LogModel]:
    model = LogModel(aios.read_logs, every_s=0.02)
    yield model
    model.close()


def wait_until_over(model: LogModel, limit_s: float = 5.0) -> None:
    is_over = threading.Event()
    model.observe(lambda change: is_over.set(), "is_following")
    assert not model.is_following or is_over.wait(limit_s)


def test_the_line_that_names_the_request_is_found(model: LogModel, aios: AIOSClient) -> None:
    started_s = time.time()
    for _ in range(2):
        result = aios.infer(InferenceRequest(message="Hello", model="atlas-14b-chat"))
    model.follow(result.session_id, result.seq_no, started_s=started_s, limit_s=0)
    wait_until_over(model)
    named = [entry.line for entry in model.entries if entry.source == "ad-hoc server"]

    assert 1 == len(named)
    assert f"__{result.session_id}__{result.seq_no}" in named[0]


def line(second: float, text: str = "text") -> LogLine:
    return LogLine(int(second * 1e9), text, {})


def test_lines_that_name_no_request_count_from_when_it_was_sent() -> None:
    lines = [line(99.9, "before"), line(100.5, "after")]
    model = LogModel(lambda logql, **_: lines, sources=[BY_TIME], clock=lambda: 101.0)
    model.follow("s", 1, started_s=100.0, limit_s=0)
    wait_until_over(model)

    assert (Entry(100_500_000_000, 0.5, "policy executor", "after"),) == model.entries


def test_a_line_that_names_the_request_counts_whatever_the_clocks_say() -> None:
    model = LogModel(lambda logql, **_: [line(99.9)], sources=[EXACT], clock=lambda: 101.0)
    model.follow("s", 1, started_s=100.0, limit_s=0)
    wait_until_over(model)

    assert [-0.1] == [round(entry.after_s, 3) for entry in model.entries]


def test_lines_of_all_services_are_in_order_and_none_comes_twice() -> None:
    asked = []

    def read(logql: str, **_: float) -> list[LogLine]:
        asked.append(logql)
        return [line(103, "late")] if "executor" in logql else [line(102, "early")]

    clock = iter([101.0, *[101.1] * 6, *[200.0] * 50])
    model = LogModel(read, sources=[BY_TIME, EXACT], every_s=0.001, clock=lambda: next(clock))
    model.follow("s", 1, started_s=100.0, limit_s=10)
    wait_until_over(model)

    assert len(asked) > 2
    assert ["early", "late"] == [entry.line for entry in model.entries]


def test_the_question_names_the_reply_queue_of_the_request() -> None:
    asked = []
    model = LogModel(lambda logql, **_: asked.append(logql) or [], sources=[EXACT])
    model.follow("talk", 7, started_s=time.time(), limit_s=0)
    wait_until_over(model)

    assert ['{container="inference-server"} |= `__talk__7`'] == asked


def test_following_ends_soon_after_the_request() -> None:
    model = LogModel(lambda logql, **_: [], every_s=0.01)
    model.follow("s", 1, started_s=time.time(), limit_s=600)
    model.finish(aftermath_s=0)
    wait_until_over(model)

    assert not model.is_following


def test_stopping_keeps_the_lines(model: LogModel) -> None:
    model.entries = (Entry(1, 0.0, "ad-hoc server", "text"),)
    model.stop()

    assert 1 == len(model.entries)


def test_another_request_begins_with_no_line() -> None:
    is_first = threading.Event()

    def read(logql: str, **_: float) -> list[LogLine]:
        return [] if is_first.is_set() else [line(100.5)]

    model = LogModel(read, sources=[EXACT], clock=lambda: 101.0)
    model.follow("s", 1, started_s=100.0, limit_s=0)
    wait_until_over(model)
    assert 1 == len(model.entries)
    is_first.set()
    model.follow("s", 2, started_s=100.0, limit_s=0)
    wait_until_over(model)

    assert () == model.entries


def test_logs_that_cannot_be_read_end_it_with_a_word() -> None:
    def read(logql: str, **_: float) -> list[LogLine]:
        raise TransportError("logs did not answer")

    model = LogModel(read)
    model.follow("s", 1, started_s=time.time())
    wait_until_over(model)

    assert "The logs cannot be read. logs did not answer" == model.message
