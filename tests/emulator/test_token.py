"""Other machines: refused without a token at start, and without sending it later."""

import asyncio
import base64
import urllib.request
from typing import Any

import pytest

from aios_nb.emulator import Emulator
from aios_nb.emulator.server import EmulatorError

TOKEN = "s3cret-t0ken"
STRANGER = ("203.0.113.9", 40_000)


async def status_of(emulator: Emulator, client: tuple[str, int], **headers: str) -> int:
    """Return the status for a request as a socket of another machine would bring it."""
    from aios_nb.emulator.app import make_app

    application = make_app(emulator.world, {})
    application.token = TOKEN
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/_emulator/settings",
        "raw_path": b"/_emulator/settings",
        "query_string": b"",
        "headers": [
            (name.lower().encode(), value.encode())
            for name, value in {"Host": "lab.example:8765", **headers}.items()
        ],
        "client": client,
        "server": ("192.0.2.1", 8765),
    }
    await application(scope, receive, send)
    return int(sent[0]["status"])


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"aios:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        (f"Bearer {TOKEN}", 200),
        (basic(TOKEN), 200),
        ("Bearer wrong", 401),
        (basic("wrong"), 401),
        (TOKEN, 401),
        ("Basic ÿ", 401),
        ("", 401),
    ],
)
def test_another_machine_must_send_the_token(authorization: str, expected: int) -> None:
    with Emulator() as emulator:
        status = asyncio.run(status_of(emulator, STRANGER, Authorization=authorization))

    assert expected == status


def test_another_machine_that_sends_nothing_is_refused() -> None:
    with Emulator() as emulator:
        status = asyncio.run(status_of(emulator, STRANGER))

    assert 401 == status


@pytest.mark.parametrize("here", ["127.0.0.1", "192.0.2.1"])
def test_this_machine_needs_no_token_but_an_own_name(here: str) -> None:
    with Emulator() as emulator:
        status = asyncio.run(status_of(emulator, (here, 40_000)))

    assert 403 == status  # the Host is foreign, whoever asks


def test_all_addresses_are_served_with_a_token_only() -> None:
    with pytest.raises(EmulatorError, match="give --token as well"):
        Emulator(host="0.0.0.0").start()
    with Emulator(host="0.0.0.0", token=TOKEN) as emulator:
        with urllib.request.urlopen(emulator.url, timeout=5) as answer:
            status = answer.status
        bound = emulator.url

    assert 200 == status
    assert bound.startswith("http://127.0.0.1:")


def test_an_own_address_may_be_called_by_it_and_from_it() -> None:
    with Emulator() as emulator:
        headers = {"Host": "192.0.2.1:8765"}
        status = asyncio.run(status_of(emulator, ("192.0.2.1", 40_000), **headers))

    assert 200 == status
