"""Running a request: never blocking, cancelled honestly, errors as hints."""

import threading
from collections.abc import Iterator

import pytest

from aios_nb import AIOSClient, InferenceRequest, InferenceResult, PayloadError, Session
from aios_nb.errors import ServiceError, TransportError
from aios_nb.widgets.run_model import HISTORY_LIMIT, UNEXPECTED, RunModel, raw_answer


def answer(request: InferenceRequest) -> InferenceResult:
    body = {"model": "a", "data": {"reply": "hi"}, "session_id": request.session_id, "seq_no": 1}
    return InferenceResult.from_wire(body)


def make() -> InferenceRequest:
    return InferenceRequest(message="Hello", model="atlas-14b-chat")


class Slow:
    """A block that answers when it is told to."""

    def __init__(self) -> None:
        self.is_asked, self.may_answer, self.has_answered = (threading.Event() for _ in range(3))

    def __call__(self, request: InferenceRequest) -> InferenceResult:
        self.is_asked.set()
        assert self.may_answer.wait(10)
        self.has_answered.set()
        return answer(request)


@pytest.fixture
def slow() -> Iterator[Slow]:
    slow = Slow()
    yield slow
    slow.may_answer.set()


def test_an_answer_comes_with_its_block_score_and_time(aios: AIOSClient) -> None:
    model = RunModel(aios.infer, make, score_of={"atlas-14b-chat": 0.9}.get)
    model.start()

    assert model.wait()
    run = model.latest
    assert ("answered", "atlas-14b-chat", 0.9) == (run.state, run.block_id, run.score)
    assert run.result.reply
    assert {"model", "data", "session_id", "seq_no"} <= set(raw_answer(run))
    assert run.elapsed_s == model.elapsed_s > 0


def test_sending_returns_before_the_answer_is_there(slow: Slow) -> None:
    model = RunModel(slow, make)
    run = model.start()

    assert "waiting" == run.state
    assert model.is_running
    assert not model.wait(0)


def test_one_request_at_a_time(slow: Slow) -> None:
    model = RunModel(slow, make)
    model.start()

    assert model.start() is None
    assert 1 == len(model.history)


def test_the_seconds_grow_while_the_answer_is_awaited(slow: Slow) -> None:
    has_grown = threading.Event()
    seconds = iter(range(1000))
    model = RunModel(slow, make, clock=lambda: next(seconds))
    model.observe(lambda change: has_grown.set() if change["new"] > 1 else None, "elapsed_s")
    model.start()

    assert has_grown.wait(5)


def test_after_a_cancel_a_late_answer_is_dropped(slow: Slow) -> None:
    model = RunModel(slow, make)
    model.start()
    assert slow.is_asked.wait(5)
    model.cancel()
    slow.may_answer.set()
    assert slow.has_answered.wait(5)

    assert model.wait()
    assert [("cancelled", None)] == [(run.state, run.result) for run in model.history]
    assert "may still be working" in model.latest.text


def test_a_late_answer_does_not_become_that_of_the_next_run(slow: Slow) -> None:
    calls = iter([slow, answer])
    model = RunModel(lambda request: next(calls)(request), make)
    model.start()
    assert slow.is_asked.wait(5)
    model.cancel()
    model.start()
    assert model.wait()
    slow.may_answer.set()
    assert slow.has_answered.wait(5)

    assert ["cancelled", "answered"] == [run.state for run in model.history]


def test_a_cancelled_pair_is_never_sent_again() -> None:
    talk = Session()
    model = RunModel(answer, lambda: InferenceRequest(message="Hello", model="a", session=talk))
    for _ in range(3):
        model.start()
        model.cancel()
        model.wait()

    assert [1, 2, 3] == [run.request.seq_no for run in model.history]


def test_cancelling_nothing_changes_nothing() -> None:
    model = RunModel(answer, make)
    model.cancel()
    model.start()
    assert model.wait()
    model.cancel()

    assert ["answered"] == [run.state for run in model.history]


def test_a_no_is_told_with_its_hint(aios: AIOSClient) -> None:
    model = RunModel(aios.infer, lambda: InferenceRequest(message="Hello", model="ghost"))
    model.start()

    assert model.wait()
    assert "failed" == model.latest.state
    assert "HTTP 200" in model.latest.text
    assert "lesson 04" in model.latest.hint


def test_a_time_out_is_told_in_the_clients_words() -> None:
    def infer(request: InferenceRequest) -> InferenceResult:
        raise TransportError("adhoc gave no answer within 1 s", timed_out=True)

    model = RunModel(infer, make)
    model.start()

    assert model.wait()
    assert "adhoc gave no answer within 1 s" == model.latest.text


def test_a_request_that_cannot_be_made_is_not_sent() -> None:
    def incomplete() -> InferenceRequest:
        raise PayloadError("the message is empty")

    model = RunModel(answer, incomplete)

    assert model.start() is None
    assert "the message is empty" == model.refusal
    assert () == model.history


def test_a_refusal_is_forgotten_with_the_next_request() -> None:
    requests = iter([PayloadError("not yet"), make()])

    def next_request() -> InferenceRequest:
        request = next(requests)
        if isinstance(request, PayloadError):
            raise request
        return request

    model = RunModel(answer, next_request)
    model.start()
    model.start()

    assert model.wait()
    assert "" == model.refusal


def test_nobody_waits_for_ever_after_an_error_that_nobody_foresaw(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    is_told = threading.Event()
    monkeypatch.setattr(threading, "excepthook", lambda args: is_told.set())

    def infer(request: InferenceRequest) -> InferenceResult:
        raise ZeroDivisionError

    model = RunModel(infer, make)
    model.start()

    assert model.wait()
    assert is_told.wait(5)
    assert ("failed", UNEXPECTED) == (model.latest.state, model.latest.text)


def test_the_history_keeps_the_newest_runs_and_their_numbers() -> None:
    model = RunModel(answer, make)
    for _ in range(HISTORY_LIMIT + 2):
        model.start()
        assert model.wait()

    assert HISTORY_LIMIT == len(model.history)
    assert HISTORY_LIMIT + 2 == model.latest.number


def test_a_handler_may_send_the_next_request() -> None:
    model = RunModel(answer, make)
    seen = []

    def on_runs(change: dict[str, bool]) -> None:
        if not change["new"] and not seen:
            seen.append(model.latest.state)
            model.start()

    model.observe(on_runs, "is_running")
    model.start()
    model.wait()

    assert ["answered"] == seen


def test_a_service_error_without_a_hint_is_told_alone() -> None:
    def infer(request: InferenceRequest) -> InferenceResult:
        raise ServiceError("adhoc", 200, "odd words")

    model = RunModel(infer, make)
    model.start()

    assert model.wait()
    assert ("adhoc said no (HTTP 200): odd words", "") == (model.latest.text, model.latest.hint)
