"""An answer that never comes to its end, whatever part of it drips, ends at the call's limit."""

import itertools
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from aios_nb import TransportError
from aios_nb.transport import Transport

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"
DRIPS = {
    "status line": (b"", b"H"),
    "header": (b"HTTP/1.1 200 OK\r\nX: ", b"y"),
    "provisional answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "length of a chunk": (CHUNKED, b"0"),
    "extension of a chunk": (CHUNKED + b"1;", b"x"),
    "trailer": (CHUNKED + b"0\r\nX: ", b"y"),
    "body without a length": (b"HTTP/1.1 200 OK\r\n\r\n", b" "),
}


class Dripping:
    """A server that sends a beginning, then a piece every few milliseconds, for 20 s."""

    def __init__(self, beginning: bytes, piece: bytes) -> None:
        self.beginning, self.piece = beginning, piece
        self.calls = itertools.count()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/x"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                next(self.calls)
                threading.Thread(target=self._drip, args=(connection,), daemon=True).start()

    def _drip(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            connection.sendall(self.beginning)
            for _ in range(1_000):
                connection.sendall(self.piece)
                time.sleep(0.02)


@pytest.fixture(params=DRIPS)
def server(request: pytest.FixtureRequest) -> Iterator[Dripping]:
    dripping = Dripping(*DRIPS[request.param])
    yield dripping
    dripping.listener.close()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_whatever_drips_ends_at_the_limit_and_is_not_asked_again(
    server: Dripping, method: str
) -> None:
    transport = Transport()
    begun = time.monotonic()
    with pytest.raises(TransportError, match=r"did not answer within 0\.3 s") as caught:
        transport.send("adhoc", method, server.url, timeout_s=0.3)
    took_s = time.monotonic() - begun
    transport.close()

    assert caught.value.timed_out
    assert took_s < 5
    assert 1 == next(server.calls)
