"""What a hostile program can send over a raw socket, and that it ends."""

import contextlib
import http.client
import json
import random
import socket
import struct
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil
import pytest

from aios_nb.emulator import Emulator, connection

from .raw_socket import dial, exchange, get, is_well, received


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


def raw_post(path: bytes, *headers: bytes) -> bytes:
    lines = [b"POST " + path + b" HTTP/1.1", b"Host: localhost", b"Content-Type: application/json"]
    return b"\r\n".join([*lines, *headers, b"", b""])


def send_all(link: socket.socket, parts: Iterable[bytes], *, pause_s: float = 0) -> None:
    for part in parts:
        link.sendall(part)
        time.sleep(pause_s)


def test_endless_trailers_end_the_connection(emulator: Emulator) -> None:
    head = raw_post(b"/blocks/blocks/query", b"Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\n"
    before = psutil.Process().memory_info().rss
    with dial(emulator) as link:
        link.sendall(head)
        trailers = (b"X-%d: " % number + b"y" * 2**20 + b"\r\n" for number in range(200))
        with pytest.raises(ConnectionError):
            send_all(link, trailers)

    assert psutil.Process().memory_info().rss - before < 64 * 2**20
    assert is_well(emulator)


@pytest.mark.parametrize(
    "extra",
    [
        [b"Content-Length: 5", b"Transfer-Encoding: chunked"],
        [b"Content-Length: 5", b"Content-Length: 6"],
        [b"Content-Length: -1"],
        [b"Content-Length: 99999999999999999999999"],
        [b"Transfer-Encoding: chunked, identity"],
        [b"Transfer-Encoding: xchunked"],
        [b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Key: x"],
        [b"Expect: 100-continue", b"Content-Length: 2"],
        [b" folded: x"],
        [b"Header-Without-Colon"],
        [b"X: \x00"],
    ],
    ids=str,
)
def test_headers_that_smuggle_get_one_answer_or_none(
    emulator: Emulator, extra: list[bytes]
) -> None:
    hidden = b"GET /_emulator/settings HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answer = exchange(
        emulator, raw_post(b"/blocks/blocks/query", *extra, b"Connection: close") + b"{}" + hidden
    )

    assert answer.count(b"HTTP/1.1 ") - answer.count(b"HTTP/1.1 100 ") <= 1
    assert b"policy_mode" not in answer
    assert is_well(emulator)


def test_many_slow_headers_end_by_time_and_hold_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEADER_LIMIT_S", 0.5)
    with Emulator() as running:
        links = [dial(running) for _ in range(200)]
        begun, worst = time.monotonic(), 0.0
        for link in links:
            link.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
        is_open = True
        while is_open and time.monotonic() - begun < 5:
            time.sleep(0.05)
            asked = time.monotonic()
            assert is_well(running)
            worst = max(worst, time.monotonic() - asked)
            is_open = False
            for link in links:
                with contextlib.suppress(ConnectionError):
                    link.sendall(b"y")  # one more byte is no progress
                    is_open = True
        took = time.monotonic() - begun
        for link in links:
            link.close()

    assert took < 4
    assert worst < 1


def test_a_body_that_drips_ends_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BODY_LIMIT_S", 0.4)
    with Emulator() as running, dial(running) as link:
        link.sendall(raw_post(b"/blocks/blocks/query", b"Content-Length: 100000"))
        begun = time.monotonic()
        with pytest.raises(ConnectionError):
            send_all(link, [b" "] * 250, pause_s=0.02)

    assert time.monotonic() - begun < 3


def test_an_answer_that_nobody_reads_ends_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "ANSWER_LIMIT_S", 0.4)
    with Emulator() as running:
        (running.world.store / "big.zip").write_bytes(bytes(32 * 2**20))
        links = [dial(running) for _ in range(5)]
        for link in links:
            link.sendall(b"GET /static_server/big.zip HTTP/1.1\r\nHost: localhost\r\n\r\n")
        deadline = time.monotonic() + 25
        while _connections(running) < len(links) and time.monotonic() < deadline:
            time.sleep(0.01)
        while _connections(running) > 0 and time.monotonic() < deadline:
            time.sleep(0.05)
        left = _connections(running)
        for link in links:
            link.close()

    assert 0 == left


def test_a_slow_reader_gets_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "ANSWER_LIMIT_S", 0.4)
    size = 8 * 2**20
    with Emulator() as running, dial(running) as link:
        (running.world.store / "big.zip").write_bytes(bytes(size))
        link.sendall(
            b"GET /static_server/big.zip HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        count = 0
        while chunk := link.recv(2**20):
            count += len(chunk)
            time.sleep(0.1)

    assert count > size


def _connections(emulator: Emulator) -> int:
    port = int(emulator.url.rpartition(":")[2])
    return sum(
        c.status == psutil.CONN_ESTABLISHED and bool(c.laddr) and c.laddr.port == port
        for c in psutil.Process().net_connections("tcp")
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"GET ",
        b"GET / HTTP/1.1\r\n",
        raw_post(b"/adhoc/v1/infer", b"Content-Length: 9") + b"{",
    ],
)
def test_a_client_that_vanishes_leaves_nothing(emulator: Emulator, raw: bytes) -> None:
    for _ in range(20):
        link = dial(emulator)
        link.sendall(raw)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        link.close()
    deadline = time.monotonic() + 3
    while _connections(emulator) and time.monotonic() < deadline:
        time.sleep(0.02)

    assert 0 == _connections(emulator)
    assert is_well(emulator)


@pytest.mark.parametrize(
    "body", [b"1;" + b"x" * 200_000, b"zz\r\n{}\r\n", b"5\r\n{}", b"-1\r\n{}\r\n0\r\n\r\n"]
)
def test_a_body_that_is_no_http_is_no_bug_of_the_emulator(
    emulator: Emulator, caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    head = b"POST /blocks/blocks HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    exchange_and_leave(emulator, head + body)

    assert is_well(emulator)
    assert [] == [record.getMessage() for record in caplog.records]


def test_a_client_that_asks_and_asks_and_reads_nothing_is_left(emulator: Emulator) -> None:
    request = b"GET /blocks/blocks HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with dial(emulator) as link, pytest.raises(ConnectionError):
        link.sendall(request * 100_000)

    assert is_well(emulator)


def test_many_requests_at_once_on_one_connection_are_answered_in_turn(emulator: Emulator) -> None:
    request = b"GET /blocks/blocks/none HTTP/1.1\r\nHost: localhost\r\n"
    answer = exchange(emulator, (request + b"\r\n") * 20 + request + b"Connection: close\r\n\r\n")

    assert 21 == answer.count(b"HTTP/1.1 404 ")


def test_a_body_that_is_refused_gets_one_answer_even_if_it_would_wait(emulator: Emulator) -> None:
    head = b"POST /policy_store/upload HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
    answer = exchange(emulator, head + b"Content-Length: 99999999999\r\n\r\n")

    assert 1 == answer.count(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("service", ["blocks/blocks", "block_metrics/block"])
def test_half_a_character_is_answered_as_it_came(
    emulator: Emulator, caplog: pytest.LogCaptureFixture, service: str, tmp_path: Path
) -> None:
    emulator.world.blocks.insert({"id": f"\udfff {service}"})
    body = b'{"id": "\\ud800", "blockId": "\\ud800", "instances": []}'
    head = b"POST /%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    length = b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    answer = exchange(emulator, head % service.encode() + length + body)
    pages = [get(emulator, path) for path in (b"/", b"/_emulator/journal", b"/blocks/blocks")]
    emulator.world.save_fleet(tmp_path)

    assert f"\udfff {service}" in {
        json.loads(f.read_text())["id"] for f in tmp_path.glob("blocks/*")
    }
    assert b" 201 " in answer[:13]
    assert [b"HTTP/1.1 200 "] * 3 == [page[:13] for page in pages]
    assert [] == [record.getMessage() for record in caplog.records]


def test_noise_is_answered_or_dropped(emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    draw = random.Random(7)
    for _ in range(200):
        exchange_and_leave(emulator, draw.randbytes(draw.randrange(1, 400)) + b"\r\n\r\n")

    assert is_well(emulator)
    assert [] == [record.getMessage() for record in caplog.records]


def exchange_and_leave(emulator: Emulator, raw: bytes) -> None:
    with dial(emulator) as link, contextlib.suppress(OSError):
        link.sendall(raw)
        link.shutdown(socket.SHUT_WR)
        received(link)


def test_a_form_with_more_parts_than_anyone_needs_is_refused(emulator: Emulator) -> None:
    part = b'--cut\r\nContent-Disposition: form-data; name="f%d"\r\n\r\nx\r\n'
    many = b"".join(part % number for number in range(1_000)) + b"--cut--\r\n"
    long = b'--cut\r\nContent-Disposition: form-data; name="path"\r\n\r\n' + b"x" * 2 * 2**20
    deep = b"--cut\r\n" + b"X-H: y\r\n" * 100_000 + b"\r\nx\r\n--cut--\r\n"
    kind = b"Content-Type: multipart/form-data; boundary=cut"
    for body in (many, long + b"\r\n--cut--\r\n", deep):
        head = b"POST /policy_store/upload HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        answer = exchange(
            emulator, head + kind + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )

        assert b"400" == answer[9:12], answer[:300]


def test_a_page_elsewhere_cannot_even_fetch_without_an_origin(emulator: Emulator) -> None:
    address = emulator.url.removeprefix("http://")
    statuses = {}
    for mode in ("no-cors", "navigate", "cors"):
        link = http.client.HTTPConnection(address, timeout=5)
        link.request("GET", "/", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode})
        statuses[mode] = link.getresponse().status
        link.close()

    assert {"no-cors": 403, "navigate": 200, "cors": 403} == statuses
