"""Where a policy's code may be fetched from: the store, and what the starter allowed."""

import io
import json
import threading
import urllib.request
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from aios_nb.emulator import Emulator
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
        self.redirect = ""
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                if server.redirect and self.path == "/moved.zip":
                    self.send_response(302)
                    self.send_header("Location", server.redirect)
                    self.end_headers()
                    return
                self.send_response(200)
                self.end_headers()
                self.wfile.write(archive())

            def log_message(self, *args: Any) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/"


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
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def run(code: str, **options: Any) -> Any:
    """Register a policy with this code, run it on one candidate, and return the answer."""
    with Emulator(**options) as emulator:
        record = {key: {} for key in FIELDS.split()}
        system = emulator.addresses["policy_system"]
        post(
            f"{system}/policy",
            {**record, "name": "p", "version": "1", "release_tag": "x", "code": code},
        )
        call = {"policy_rule_uri": "p:1-x", "input_data": [{"id": "a"}], "parameters": {}}
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


def test_a_host_that_does_not_exist_gets_the_words_of_aios() -> None:
    answer = run("http://nowhere.invalid:32555/p.zip")

    assert "Failed to resolve 'nowhere.invalid'" in json.dumps(answer)


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
