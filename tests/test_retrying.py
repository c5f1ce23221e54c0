"""Which calls are sent again, how often, and after which time."""

import time
from email.utils import formatdate
from typing import Any

import pytest
from stub_server import StubServer, Told

from aios_nb.exchanges import Answer
from aios_nb.transport import Transport


def send(transport: Transport, stub: StubServer, method: str = "GET", **options: Any) -> Answer:
    options.setdefault("timeout_s", 5)
    return transport.send("router", method, f"{stub.url}/x", **options)


def test_get_is_sent_again_after_429(transport: Transport, stub: StubServer) -> None:
    stub.tell("GET", "/x", Told({}, 429, headers={"Retry-After": "0"}), Told({"a": 1}))

    assert {"a": 1} == send(transport, stub).body
    assert 2 == len(stub.asked)


def test_get_gives_up_after_three_times_503(transport: Transport, stub: StubServer) -> None:
    stub.tell("GET", "/x", Told({"message": "busy"}, 503, headers={"Retry-After": "0"}))

    assert 503 == send(transport, stub).status
    assert 3 == len(stub.asked)


def test_post_is_never_sent_again(transport: Transport, stub: StubServer) -> None:
    stub.tell("POST", "/x", Told({}, 503, headers={"Retry-After": "0"}), Told({"a": 1}))

    assert 503 == send(transport, stub, "POST").status
    assert 1 == len(stub.asked)


def test_a_long_retry_after_is_capped(
    transport: Transport, stub: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("urllib3.util.retry.time.sleep", waits.append)
    stub.tell("GET", "/x", Told({}, 429, headers={"Retry-After": "3600"}), Told({}))
    send(transport, stub)

    assert 5 == max(waits)


def test_retry_after_may_be_a_date(
    transport: Transport, stub: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("urllib3.util.retry.time.sleep", waits.append)
    soon = formatdate(time.time() + 3, usegmt=True)
    stub.tell("GET", "/x", Told({}, 503, headers={"Retry-After": soon}), Told({"a": 1}))

    assert {"a": 1} == send(transport, stub).body
    assert 1 < max(waits) <= 3


@pytest.mark.parametrize(
    "wait",
    [
        "soon",
        "-5",
        "0.5",
        "nan",
        "",
        "Mon, 99 Foo 2026 99:99:99 GMT",
        "Fri, 31 Dec 99999 23:59:59 GMT",
        "Fri, 31 Dec -9999 23:59:59 GMT",
    ],
)
def test_a_retry_after_that_makes_no_sense_is_as_none(
    transport: Transport, stub: StubServer, wait: str
) -> None:
    stub.tell("GET", "/x", Told({}, 429, headers={"Retry-After": wait}), Told({"a": 1}))

    assert {"a": 1} == send(transport, stub).body
