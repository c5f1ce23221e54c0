"""The guide's own lines, host names replaced, against ``aios-nb emulator --guide-ports``."""

import json
import re
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from aios_nb.emulator.app import SERVICES
from aios_nb.emulator.grpc_server import GRPC_PORT

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "fixtures" / "guide"
CODE = ROOT / "notebooks" / "policies" / "attributebasedrouter" / "code"
PLACEHOLDER = re.compile("POLICYSTORESERVER|MANAGEMENTMASTER|CLUSTER1MASTER")
pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@pytest.fixture(scope="module", autouse=True)
def aios() -> Iterator[None]:
    for port in [*(service.port for service in SERVICES.values()), GRPC_PORT]:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                pytest.skip(f"port {port} of the guide is in use on this machine")
    program = "from aios_nb.cli import main; main()"
    command = [sys.executable, "-c", program, "emulator", "--guide-ports", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Offline AIOS is ready")
        yield
        process.terminate()


def curl(*arguments: str) -> str:
    command = ["curl", "--silent", "--show-error", "--max-time", "20", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def guide(name: str) -> str:
    """Return the guide's JSON with the hosts replaced, as a reader would."""
    return PLACEHOLDER.sub("127.0.0.1", (GUIDE / f"{name}.json").read_text())


def post(url: str, document: str) -> str:
    return curl("-X", "POST", url, "-H", "Content-Type: application/json", "-d", document)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of ``zip -r attributebasedrouter.zip code``."""
    path = tmp_path_factory.mktemp("guide") / "attributebasedrouter.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.write(CODE, "code/")
        for name in ("function.py", "requirements.txt"):
            file.write(CODE / name, f"code/{name}")
    return path


def test_the_guide_runs_with_its_own_lines(archive: Path) -> None:
    upload = ["-X", "POST", "http://127.0.0.1:30186/upload"]
    uploaded = json.loads(curl(*upload, "-F", f"file=@{archive}", "-F", "path=."))
    stored = subprocess.run(
        ["curl", "-s", "http://127.0.0.1:32555/attributebasedrouter.zip"],
        capture_output=True,
        check=True,
    ).stdout
    registered = json.loads(post("http://127.0.0.1:30102/policy", guide("registration")))
    answer = json.loads(post("http://127.0.0.1:31504/v1/infer", guide("request")))

    assert "http://127.0.0.1:32555/attributebasedrouter.zip" == uploaded["url"]
    assert archive.read_bytes() == stored
    assert registered["success"] is True
    assert "atlas-14b-chat" == answer["model"]
    assert "session-1257" == answer["session_id"]
    assert "imulated" in answer["data"]["reply"]


def test_the_page_that_the_guide_opens_shows_the_ranking() -> None:
    page = curl(
        "http://127.0.0.1:32199/explore?query=%7Bcontainer%3D%22executor-executor-001%22%7D"
    )

    assert "Final Score" in page
    assert "atlas-14b-chat" in page


def test_the_grpc_port_of_the_guide_answers() -> None:
    grpc = pytest.importorskip("grpc")
    with grpc.insecure_channel(f"127.0.0.1:{GRPC_PORT}") as channel:
        call = channel.unary_unary("/BlockInferenceService/infer")
        answer = call(b"", timeout=10)

    assert b'"success": false' in answer


def test_every_service_answers_on_its_port() -> None:
    for service in SERVICES.values():
        status = curl("-o", "/dev/null", "-w", "%{http_code}", f"http://127.0.0.1:{service.port}/")

        assert status in {"200", "302", "404"}, service
