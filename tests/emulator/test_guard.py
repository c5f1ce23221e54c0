"""Who may talk to the emulator, over real sockets."""

import http.client
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aios_nb.emulator import Emulator, guard
from aios_nb.emulator.app import SERVICES

PLACES = ["/", "/_emulator/settings", *[f"/{name}/x" for name in SERVICES]]


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


def ask(emulator: Emulator, path: str, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(emulator.url.removeprefix("http://"), timeout=5)
    connection.putrequest("GET", path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


@pytest.mark.parametrize("path", PLACES)
def test_a_foreign_host_is_refused_everywhere(emulator: Emulator, path: str) -> None:
    status, text = ask(emulator, path, Host="evil.example:8765")

    assert status == 403
    assert "'evil.example:8765' is not this machine" in text


@pytest.mark.parametrize("path", PLACES)
def test_a_foreign_page_is_refused_everywhere(emulator: Emulator, path: str) -> None:
    status, text = ask(emulator, path, Origin="https://evil.example")

    assert status == 403
    assert "foreign web page" in text


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "10.0.0.1",
        "0.0.0.0",
        "",
        "[::1",
        "2130706433",
        "evil.example@localhost",
        "localhost@evil.example",
        "[::1]evil.example",
        "[::1].evil.example",
        "[::ffff:10.0.0.1]",
        "localhost/evil.example",
        "local\thost",
        "localhost..",
        "localhost:1:2",
        "localhost, evil.example",
        "127.1",
        "0x7f.0.0.1",
    ],
)
def test_names_that_only_look_local_are_refused(emulator: Emulator, host: str) -> None:

    assert ask(emulator, "/", Host=host)[0] == 403


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:1",
        "LOCALHOST",
        "localhost.",
        "127.0.0.1",
        "127.3.2.1:80",
        "[::1]:80",
    ],
)
def test_every_name_of_this_machine_is_taken(emulator: Emulator, host: str) -> None:

    assert ask(emulator, "/", Host=host)[0] == 200


def test_another_local_server_is_a_foreign_page(emulator: Emulator) -> None:

    assert ask(emulator, "/", Origin="http://localhost:1")[0] == 403
    assert ask(emulator, "/", Origin="null")[0] == 403


def test_the_own_page_may_call(emulator: Emulator) -> None:

    assert ask(emulator, "/", Origin=emulator.url)[0] == 200


@pytest.mark.parametrize(
    "origin",
    [
        "ftp://127.0.0.1:{port}",
        "http://evil.example@127.0.0.1:{port}",
        "http://127.0.0.1:{port}@evil.example",
        "http://127.0.0.1:{port}.evil.example",
        "http://127.0.0.1:{port} http://evil.example",
        "http://127.0.0.1",
        "file://",
        "",
    ],
)
def test_an_origin_that_only_looks_like_the_own_is_refused(emulator: Emulator, origin: str) -> None:
    port = emulator.url.rpartition(":")[2]

    assert ask(emulator, "/", Origin=origin.format(port=port))[0] == 403


@pytest.mark.parametrize("host", ["LOCALHOST", "localhost.", "127.0.0.1", "[::1]"])
def test_every_name_of_the_own_page_is_taken(emulator: Emulator, host: str) -> None:
    port = emulator.url.rpartition(":")[2]

    assert ask(emulator, "/", Origin=f"HTTP://{host}:{port}")[0] == 200


@pytest.mark.parametrize(
    "site",
    [
        "cross-site",
        "same-site",
        "Cross-Site",
        "cross-site ",
        "same-site, none",
        '"none"',
        "new",
        "",
    ],
)
def test_a_foreign_page_may_link_but_not_post_or_fetch(emulator: Emulator, site: str) -> None:
    link = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate"}
    port = int(emulator.url.rpartition(":")[2])
    form = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    form.request("POST", "/_emulator/reset", headers=link)

    assert ask(emulator, "/", **link)[0] == 200
    assert ask(emulator, "/", **{"Sec-Fetch-Site": site})[0] == 403
    assert form.getresponse().status == 403


def test_a_second_foreign_host_header_is_refused(emulator: Emulator) -> None:
    raw = b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"

    assert exchange(emulator, raw).startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize(
    "target",
    [
        b"http://evil.example/",
        b"http://evil.example:80/_emulator/settings",
        b"HTTP://evil.example/blocks/blocks",
        b"http://a@localhost/",
        b"http://localhost.evil.example/?x=http://localhost/",
        b"http://10.0.0.1/",
    ],
)
def test_a_foreign_host_in_the_target_is_refused(emulator: Emulator, target: bytes) -> None:
    raw = b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"

    assert exchange(emulator, raw).startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize(
    "target",
    [b"http://localhost/", b"http://127.0.0.1:5/?x", b"/?x=http://evil.example/"],
)
def test_the_own_host_in_the_target_is_taken(emulator: Emulator, target: bytes) -> None:
    raw = b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"

    assert exchange(emulator, raw).startswith(b"HTTP/1.1 200 ")


def test_a_body_announced_too_long_is_refused_unread(emulator: Emulator) -> None:
    raw = b"POST /policy_store/upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % (
        guard.BODY_LIMIT + 1
    )

    assert exchange(emulator, raw).startswith(b"HTTP/1.1 413 ")


def test_a_chunked_body_is_stopped_at_the_limit(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aios_nb.emulator.exchange.BODY_LIMIT", 1000)
    raw = (
        b"POST /policy_system/policy HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"800\r\n" + b" " * 0x800 + b"\r\n0\r\n\r\n"
    )

    assert exchange(emulator, raw).startswith(b"HTTP/1.1 413 ")


def test_an_upload_that_is_stopped_at_the_limit_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aios_nb.emulator.exchange.BODY_LIMIT", 100_000)
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="p.zip"\r\n\r\n'
    part = b"10000\r\n" + head + b"y" * (0x10000 - len(head)) + b"\r\n"
    raw = (
        b"POST /policy_store/upload HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: multipart/form-data; boundary=x\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with Emulator(data_dir=tmp_path) as running:
        answer = exchange(running, raw + part + part + b"0\r\n\r\n")
        left = [*(tmp_path / "policies").iterdir(), *(tmp_path / "incoming").iterdir()]

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert [] == left


def test_endless_headers_end_the_connection(emulator: Emulator) -> None:
    raw = b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: " + b"y" * 2 * guard.HEADER_LIMIT

    assert exchange(emulator, raw) in (b"", b"reset")


def test_a_request_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aios_nb.emulator.connection.HEADER_LIMIT_S", 0.2)
    monkeypatch.setattr("aios_nb.emulator.connection.BODY_LIMIT_S", 0.2)
    unfinished = [
        b"",
        b"GET / HTT",
        b"POST /adhoc/v1/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{",
    ]
    with Emulator() as running:
        started = time.monotonic()
        answers = [exchange(running, raw) for raw in unfinished]

    assert answers == [b"", b"", b""]
    assert time.monotonic() - started < 3


def exchange(emulator: Emulator, raw: bytes) -> bytes:
    host, port = emulator.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        try:
            connection.sendall(raw)
            received = connection.recv(65536)
        except ConnectionError:
            return b"reset"
    return received
