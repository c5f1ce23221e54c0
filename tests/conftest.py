"""A service that says what a test tells it to, and the transport that asks it."""

from collections.abc import Iterator

import pytest
from stub_server import StubServer, stub_server

from aios_nb.transport import Transport


@pytest.fixture
def stub() -> Iterator[StubServer]:
    with stub_server() as server:
        yield server


@pytest.fixture
def transport() -> Iterator[Transport]:
    transport = Transport()
    yield transport
    transport.close()
