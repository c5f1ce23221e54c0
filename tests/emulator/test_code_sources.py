"""Where a policy's code may be fetched from: the store, and what the starter allowed."""

import contextlib
import io
import json
import threading
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from aios_nb.emulator import Emulator
from aios_nb.emulator.engine import code_download, policy_source
from aios_nb.emulator.refusal import Refusal
from aios_nb.emulator.settings import Settings

POLICY = """class AIOSv1PolicyRule:
    def __init__(self, rule_id, settings, parameters): pass
    def eval(self, parameters, input_data, context): return input_data[0]
"""
FIELDS = """metadata tags code_type type policy_input_schema policy_output_schema description
    policy_settings_schema policy_parameters_schema policy_settings policy_parameters
    functionality_data resource_estimates"""


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as zipped:
        zipped.writestr("code/function.py", POLICY)
    return file.getvalue()


class Elsewhere(ThreadingHTTPServer):
    """Another web server of this machine, which remembers who asked for what."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.redirect, self.drip, self.body = "", b"", archive()
        self.is_left = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                if server.redirect and self.path == "/moved.zip":
                    self.send_response(302)
                    self.send_header("Location", server.redirect)
                    self.end_headers()
                    return
                if server.drip:
                    server.drip_slowly(self.wfile.write)
                    return
                self.send_response(200)
                self.end_headers()
                with contextlib.suppress(OSError):  # who has enough of it leaves
                    self.wfile.write(server.body)

            def log_message(self, *args: Any) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/"

    def drip_slowly(self, write: Callable[[bytes], Any]) -> None:
        """Never be silent for long, and never come to an end either."""
        with contextlib.suppress(OSError):
            write(self.drip)
            for _ in range(400):
                write(b"x")
                time.sleep(0.05)
        self.is_left.set()


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    server = Elsewhere()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def post(url: str, document: object) -> Any:
    body = json.dumps(document).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


def run(code: str, **options: Any) -> Any:
    """Register a policy with this code, run it on one candidate, and return the answer."""
    with Emulator(**options) as emulator:
        return run_in(emulator, code)


def run_in(emulator: Emulator, code: str, *, version: str = "1") -> Any:
    record = {key: {} for key in FIELDS.split()}
    system = emulator.addresses["policy_system"]
    post(
        f"{system}/policy",
        {**record, "name": "p", "version": version, "release_tag": "x", "code": code},
    )
    uri = f"p:{version}-x"
    call = {"policy_rule_uri": uri, "input_data": [{"id": "a"}], "parameters": {}}
    return post(f"{system}/executor/executor-001/execute_policy", call)


def test_another_server_is_not_reached_and_the_option_is_named(elsewhere: Elsewhere) -> None:
    answer = run(f"{elsewhere.url}p.zip")

    assert f"start the emulator with --allow-code {elsewhere.url}" in json.dumps(answer)
    assert [] == elsewhere.asked


def test_an_allowed_server_is_reached(elsewhere: Elsewhere) -> None:
    answer = run(f"{elsewhere.url}p.zip", code_sources=[elsewhere.url])

    assert ["/p.zip"] == elsewhere.asked
    assert {"id": "a"} == answer["data"]


def test_a_redirect_leads_nowhere_else(elsewhere: Elsewhere) -> None:
    other = Elsewhere()
    threading.Thread(target=other.serve_forever, args=(0.01,), daemon=True).start()
    elsewhere.redirect = f"{other.url}p.zip"
    answer = run(f"{elsewhere.url}moved.zip", code_sources=[elsewhere.url])
    other.shutdown()
    other.server_close()

    assert "--allow-code" in json.dumps(answer)
    assert (["/moved.zip"], []) == (elsewhere.asked, other.asked)


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: "])
def test_a_server_that_drips_is_left_by_time(elsewhere: Elsewhere, head: bytes) -> None:
    elsewhere.drip = head
    begun = time.monotonic()
    answer = run(f"{elsewhere.url}p.zip", code_sources=[elsewhere.url], wait_limit_s=0.5)

    assert "given up after 0.5 s" in json.dumps(answer)
    assert elsewhere.is_left.wait(3)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "way",
    [
        "../p.zip",
        "%2e%2e/p.zip",
        "%252e%252e/p.zip",
        "..%5cp.zip",
        "..;/p.zip",
        "x/..;a=b/p.zip",
        "..%00/p.zip",
    ],
)
def test_no_path_leads_out_of_an_allowed_place(elsewhere: Elsewhere, way: str) -> None:
    allowed = f"{elsewhere.url}pub/"
    answer = run(allowed + way, code_sources=[allowed])

    assert "--allow-code" in json.dumps(answer)
    assert [] == elsewhere.asked


@pytest.mark.parametrize("name", ["p-ü.zip", "．．/p.zip", "p q.zip", "p.zip?ä#ö", "p\n.zip"])
def test_an_odd_name_in_an_allowed_place_is_asked_for_as_requests_does(
    elsewhere: Elsewhere, name: str
) -> None:
    answer = run(elsewhere.url + name, code_sources=[elsewhere.url])

    assert {"id": "a"} == answer["data"]
    assert [True] == [path.isascii() for path in elsewhere.asked]


def test_a_host_that_does_not_exist_gets_the_words_of_aios() -> None:
    answer = run("http://nowhere.invalid:32555/p.zip")

    assert "Failed to resolve 'nowhere.invalid'" in json.dumps(answer)


def test_a_name_of_a_private_address_is_not_reached(elsewhere: Elsewhere) -> None:
    for host in ("localhost", "127.1", "0x7f000001", "[::ffff:127.0.0.1]", "user@127.0.0.1"):
        answer = run(f"http://{host}:{elsewhere.server_port}/p.zip")

        assert "data" not in answer or "emulator:" in json.dumps(answer), answer
    assert [] == elsewhere.asked


@pytest.mark.parametrize("code", ["/etc/passwd", "/etc", "file:///etc/passwd", "ftp://x/p.zip"])
def test_files_of_this_machine_are_out_of_reach(code: str) -> None:
    answer = json.dumps(run(code))

    assert "success" in answer
    assert "root:" not in answer
    assert '"id": "a"' not in answer.replace('\\"', '"')


def test_an_allowed_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "p.zip").write_bytes(archive())
    answer = run(str(tmp_path / "p.zip"), code_sources=[str(tmp_path)])

    assert {"id": "a"} == answer["data"]


def bound(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    for module in (code_download, policy_source):
        monkeypatch.setattr(module, "LIMIT_BYTES", size)


def policy_folder(place: Path) -> int:
    """Make a folder with a policy in many files, some of them deep; return their size."""
    files = {"function.py": POLICY.encode()}
    files |= {f"models/{n}/weights.bin": b"\0" * 300_000 for n in range(4)}
    for name, content in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
    return sum(map(len, files.values()))


def test_a_folder_up_to_the_bound_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bound(monkeypatch, policy_folder(tmp_path))

    assert {"id": "a"} == run(str(tmp_path), code_sources=[str(tmp_path)])["data"]


@pytest.mark.parametrize("kind", ["folder", "file", "server"])
def test_code_past_the_bound_is_refused_and_leaves_nothing(
    kind: str, tmp_path: Path, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = policy_folder(tmp_path / "code")
    elsewhere.body = b"\0" * size
    (tmp_path / "p.zip").write_bytes(elsewhere.body)
    codes = {"folder": f"{tmp_path}/code", "file": f"{tmp_path}/p.zip"}
    code = codes.get(kind, f"{elsewhere.url}p.zip")
    bound(monkeypatch, size - 1)
    with Emulator(code_sources=[str(tmp_path), elsewhere.url]) as emulator:
        answer = run_in(emulator, code)
        left = [p for p in emulator.world.folder.rglob("*") if p != emulator.world.store]

    assert f"archive at {code} is larger than 1 MB; AIOS sets no limit" in json.dumps(answer)
    assert [] == left


def test_code_past_the_bound_does_not_keep_the_next_one_from_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = policy_folder(tmp_path)
    with Emulator(code_sources=[str(tmp_path)]) as emulator:
        bound(monkeypatch, size - 1)
        refused = run_in(emulator, str(tmp_path))
        bound(monkeypatch, size)
        answer = run_in(emulator, str(tmp_path))

    assert "larger than" in json.dumps(refused)
    assert {"id": "a"} == answer["data"]


@pytest.mark.parametrize(
    "source", ["http://10.0.0.5", "http://a@10.0.0.5/", "relative/folder", "ftp://x/", 5]
)
def test_a_source_that_allows_too_much_is_refused(source: object) -> None:
    with pytest.raises(ValueError, match="code source is"):
        Settings(code_sources=(source,))  # type: ignore[arg-type]


def test_no_request_can_widen_the_sources() -> None:
    with Emulator() as emulator:
        request = urllib.request.Request(
            f"{emulator.url}/_emulator/settings",
            b'{"code_sources": ["/"]}',
            {"Content-Type": "application/json"},
            method="PATCH",
        )
        with pytest.raises(urllib.request.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=5)

    assert 400 == refused.value.code


def test_a_file_that_vanishes_while_its_folder_is_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy_source, "_plain_files", lambda folder: iter([folder / "gone.py"]))

    with pytest.raises(Refusal, match=r"No such file or directory: .*gone\.py"):
        policy_source._read_path(tmp_path)
