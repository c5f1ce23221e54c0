"""A service that says what a test tells it to, and remembers what it was asked."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Told:
    """One answer: JSON unless ``raw`` is given."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    delay_s: float = 0.0
    drip: tuple[bytes, ...] = ()
    drip_pause_s: float = 0.05
    hang_up: bool = False


@dataclass
class Asked:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class StubServer:
    """Answers by method and path; several answers to one path come in turn, the last for ever."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.connections = 0
        self.told: dict[tuple[str, str], list[Told]] = {}
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _answer(self) -> None:
                path, _, query = self.path.partition("?")
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                stub.asked.append(Asked(self.command, path, query, dict(self.headers), body))
                self._tell(stub.next_answer(self.command, path))

            do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - http.server's names

            def _tell(self, told: Told) -> None:
                time.sleep(told.delay_s)
                if told.hang_up:
                    self.close_connection = True
                    return
                raw = json.dumps(told.body).encode() if told.raw is None else told.raw
                headers = {"Content-Type": "application/json"} | told.headers
                if told.drip:
                    headers["Content-Length"] = str(sum(map(len, told.drip)))
                else:
                    headers.setdefault("Content-Length", str(len(raw)))
                self.send_response(told.status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                for piece in told.drip or (raw,):
                    self.wfile.write(piece)
                    time.sleep(told.drip_pause_s if told.drip else 0)
                if told.headers.get("Content-Length"):
                    self.close_connection = True

            def handle(self) -> None:
                stub.connections += 1
                with suppress(OSError):  # a client that gave up is what some tests are about
                    super().handle()

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def tell(self, method: str, path: str, *answers: Any) -> None:
        told = [answer if isinstance(answer, Told) else Told(answer) for answer in answers]
        self.told[method, path] = told

    def next_answer(self, method: str, path: str) -> Told:
        answers = self.told.get((method, path))
        if not answers:
            return Told(
                raw=b"<h1>Not Found</h1>", status=404, headers={"Content-Type": "text/html"}
            )
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def run(self) -> None:
        self._server.serve_forever(poll_interval=0.01)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def stub_server() -> Iterator[StubServer]:
    stub = StubServer()
    thread = threading.Thread(target=stub.run, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        stub.stop()
        thread.join(5)
