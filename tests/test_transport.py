"""Limits, failures and the history of the only module that speaks HTTP."""

import gzip
import socket
import time
from typing import Any

import pytest
from stub_server import StubServer, Told

from aios_nb import TransportError
from aios_nb.exchanges import Answer, redacted
from aios_nb.transport import Transport


def send(transport: Transport, stub: StubServer, method: str = "GET", **options: Any) -> Answer:
    options.setdefault("timeout_s", 5)
    return transport.send("router", method, f"{stub.url}/x", **options)


def unused_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_an_answer_has_status_headers_body_and_time(transport: Transport, stub: StubServer) -> None:
    stub.tell("GET", "/x", Told({"a": 1}, headers={"X-Who": "stub"}))
    answer = send(transport, stub)

    assert (200, "stub", {"a": 1}) == (answer.status, answer.headers["x-who"], answer.body)
    assert 0 < answer.elapsed_ms < 5000


def test_connections_are_used_again(transport: Transport, stub: StubServer) -> None:
    stub.tell("POST", "/x", Told({}))
    for _ in range(5):
        send(transport, stub, "POST", json={})

    assert 1 == stub.connections


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_refused_connection_names_who_where_and_what_next(
    transport: Transport, method: str
) -> None:
    url = f"http://127.0.0.1:{unused_port()}/x"

    with pytest.raises(TransportError, match=r"router at http://127.* refuses connections; is it"):
        transport.send("router", method, url, timeout_s=5)


def test_a_refused_connection_is_not_explained_by_what_a_silent_service_may_have_done(
    transport: Transport,
) -> None:
    url = f"http://127.0.0.1:{unused_port()}/x"

    with pytest.raises(TransportError, match=r"is the port right\?$"):
        transport.send("adhoc", "POST", url, timeout_s=5, next_step="it may never answer")


def test_an_unknown_host_is_named(transport: Transport) -> None:
    with pytest.raises(TransportError, match=r"the host name is unknown|broke the connection"):
        transport.send("router", "POST", "http://no-such-host.invalid/x", timeout_s=5)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_late_answer_ends_at_the_limit(
    transport: Transport, stub: StubServer, method: str
) -> None:
    stub.tell(method, "/x", Told({}, delay_s=3))
    started = time.perf_counter()

    with pytest.raises(TransportError, match=r"did not answer within 0\.2 s; try later") as caught:
        send(transport, stub, method, timeout_s=0.2, next_step="try later")
    assert caught.value.timed_out
    assert time.perf_counter() - started < 2


def test_an_answer_that_drips_ends_at_the_limit(transport: Transport, stub: StubServer) -> None:
    stub.tell("GET", "/x", Told(drip=(b" ",) * 200, drip_pause_s=0.05))
    started = time.perf_counter()

    with pytest.raises(TransportError, match="did not answer within"):
        send(transport, stub, timeout_s=0.3)
    assert time.perf_counter() - started < 2


def test_an_answer_that_is_cut_off_is_no_answer(transport: Transport, stub: StubServer) -> None:
    stub.tell("POST", "/x", Told(raw=b"{}", headers={"Content-Length": "100"}))

    with pytest.raises(TransportError, match="broke the connection"):
        send(transport, stub, "POST")


def test_a_connection_that_is_hung_up_is_not_tried_again(
    transport: Transport, stub: StubServer
) -> None:
    stub.tell("POST", "/x", Told(hang_up=True))

    with pytest.raises(TransportError, match="broke the connection"):
        send(transport, stub, "POST")
    assert 1 == len(stub.asked)


@pytest.mark.parametrize("raw", [b"<h1>hello</h1>", b'{"a": ', b"", b"\xff\xfe"])
def test_an_answer_that_is_not_json_is_refused(
    transport: Transport, stub: StubServer, raw: bytes
) -> None:
    stub.tell("GET", "/x", Told(raw=raw))

    with pytest.raises(TransportError, match=r"not JSON: .* is another service listening there"):
        send(transport, stub)


def test_a_no_that_is_not_json_is_still_an_answer(transport: Transport, stub: StubServer) -> None:
    stub.tell("GET", "/x", Told(raw=b"<h1>gone</h1>", status=404))

    assert (404, "<h1>gone</h1>") == (send(transport, stub).status, send(transport, stub).body)


def test_text_is_an_answer_where_any_is_expected(transport: Transport, stub: StubServer) -> None:
    stub.tell("GET", "/x", Told(raw=b"stored"))

    assert "stored" == send(transport, stub, expect="any").body


def test_a_compressed_answer_is_read(transport: Transport, stub: StubServer) -> None:
    raw = gzip.compress(b'{"a": 1}')
    stub.tell("GET", "/x", Told(raw=raw, headers={"Content-Encoding": "gzip"}))

    assert {"a": 1} == send(transport, stub).body


def test_an_answer_beyond_the_size_limit_is_refused(stub: StubServer) -> None:
    stub.tell("GET", "/x", Told("x" * 5000))

    with pytest.raises(TransportError, match="sent more than 1000 bytes, the limit"):
        send(Transport(size_limit_bytes=1000), stub)


def test_a_redirection_is_not_followed(transport: Transport, stub: StubServer) -> None:
    stub.tell("GET", "/x", Told({}, 302, headers={"Location": "http://elsewhere/"}))

    with pytest.raises(TransportError, match="redirects to http://elsewhere/; no AIOS service"):
        send(transport, stub)


def test_a_redirection_shows_no_secret_of_its_target(
    transport: Transport, stub: StubServer
) -> None:
    target = f"http://user:s3cret@elsewhere/?api_key=s3cret&x={'y' * 9_000}"
    stub.tell("GET", "/x", Told({}, 302, headers={"Location": target}))

    with pytest.raises(TransportError, match="redirects to http://") as caught:
        send(transport, stub)
    assert "s3cret" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_a_proxy_of_the_environment_is_not_asked_about_this_machine(
    transport: Transport, stub: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{unused_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    stub.tell("GET", "/x", Told({"a": 1}))

    assert {"a": 1} == send(transport, stub).body


def test_history_keeps_what_was_sent_and_received(transport: Transport, stub: StubServer) -> None:
    stub.tell("POST", "/x", Told({"b": 2}))
    send(transport, stub, "POST", json={"a": 1})
    (exchange,) = transport.history

    assert ("router", "POST", f"{stub.url}/x") == (exchange.service, exchange.method, exchange.url)
    assert ({"a": 1}, {"b": 2}, 200) == (exchange.sent, exchange.received, exchange.status)


def test_history_keeps_failures_too(transport: Transport) -> None:
    with pytest.raises(TransportError):
        transport.send("router", "POST", f"http://127.0.0.1:{unused_port()}/x", timeout_s=5)
    (exchange,) = transport.history

    assert exchange.status is None
    assert "refuses connections" in exchange.received


def test_history_names_files_instead_of_holding_them(
    transport: Transport, stub: StubServer
) -> None:
    stub.tell("POST", "/x", Told({}))
    send(transport, stub, "POST", files={"file": ("a.zip", b"12345")}, data={"path": "."})
    (exchange,) = transport.history

    assert {"file": "a.zip, 5 bytes", "path": "."} == exchange.sent


def test_history_blots_out_secrets(transport: Transport, stub: StubServer) -> None:
    stub.tell("POST", "/x", Told({"token": "s3cret"}))
    headers = {"Authorization": "Bearer s3cret"}
    url = stub.url.replace("http://", "http://user:s3cret@") + "/x"
    transport.send("router", "POST", url, json={"api_key": "s3cret"}, headers=headers, timeout_s=5)
    (exchange,) = transport.history
    shown = repr((exchange, exchange.sent, exchange.received))

    assert "s3cret" not in shown


def test_a_secret_in_an_address_stays_out_of_the_message(transport: Transport) -> None:
    url = f"http://user:s3cret@127.0.0.1:{unused_port()}/x"

    with pytest.raises(TransportError) as caught:
        transport.send("router", "POST", url, timeout_s=5)

    assert "s3cret" not in f"{caught.value} {caught.value.url}"


def test_numbers_of_tokens_are_no_secrets() -> None:
    value = {"max_tokens": 256, "llm_tokens_per_second": 41.8, "metrics": [{"token": ""}]}

    assert value == redacted(value)


def test_history_is_bounded_in_number(stub: StubServer) -> None:
    transport = Transport(history_length=3)
    stub.tell("POST", "/x", Told({}))
    for number in range(5):
        send(transport, stub, "POST", json=number)

    assert [2, 3, 4] == [exchange.sent for exchange in transport.history]


def test_history_is_bounded_in_bytes_and_keeps_the_last(stub: StubServer) -> None:
    transport = Transport(size_limit_bytes=1500)
    stub.tell("GET", "/x", Told("x" * 1000))
    send(transport, stub)
    send(transport, stub)

    assert 1 == len(list(transport.history))


def test_changing_an_answer_does_not_change_the_history(
    transport: Transport, stub: StubServer
) -> None:
    stub.tell("GET", "/x", Told({"a": 1}))
    send(transport, stub).body["a"] = 2
    (exchange,) = transport.history

    assert {"a": 1} == exchange.received
