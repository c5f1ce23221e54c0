"""The aios-nb command as a shell sees it: help, exit status, words, signals."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from click.testing import CliRunner

from aios_nb.cli import main

AIOS_NB = [sys.executable, "-c", "from aios_nb.cli import main; main()"]
SOON_S = 20
HOST_OF_ITS_OWN = "127.0.4.31"  # whose ports nothing else takes


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run an emulator as a user would; yield it with the first line that it prints."""
    command = [*AIOS_NB, "emulator", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline()
        finally:
            process.kill()


def test_help_lists_every_command_in_words() -> None:
    shown = CliRunner().invoke(main, ["--help"])

    assert 0 == shown.exit_code
    for name in main.list_commands(None):
        assert re.search(rf"^  {name} +\S+", shown.output, re.MULTILINE)


@pytest.mark.parametrize("command", main.list_commands(None))
def test_each_command_has_help(command: str) -> None:
    shown = CliRunner().invoke(main, [command, "--help"])

    assert 0 == shown.exit_code
    assert shown.output.startswith("Usage: ")


def test_an_unknown_command_is_a_usage_error() -> None:
    shown = CliRunner().invoke(main, ["emulate"])

    assert 2 == shown.exit_code
    assert "No such command 'emulate'" in shown.output


@pytest.fixture
def heeding_hangups() -> Iterator[None]:
    """Undo what nohup asked for: what is started inherits it, and rightly stays."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_emulator_says_where_it_is_and_stops_cleanly(
    stop: signal.Signals, heeding_hangups: None
) -> None:
    with running() as (process, first):
        process.send_signal(stop)
        process.wait(SOON_S)
        rest = process.stdout.read()

    assert re.match(r"Offline AIOS is ready: http://127\.0\.0\.1:\d+/$", first)
    assert re.search(r"^  adhoc +http://127\.0\.0\.1:\d+/adhoc$", rest, re.MULTILINE)
    assert rest.endswith("Stopped.\n")
    assert 0 == process.returncode


def test_the_start_says_where_grpc_is() -> None:
    pytest.importorskip("grpc")
    with running("--host", HOST_OF_ITS_OWN, "--guide-ports") as (process, _):
        process.send_signal(signal.SIGTERM)
        process.wait(SOON_S)
        rest = process.stdout.read()

    assert re.search(rf"^  grpc +grpc://{HOST_OF_ITS_OWN}:31500$", rest, re.MULTILINE)
    assert re.search(rf"^  adhoc +http://{HOST_OF_ITS_OWN}:31504$", rest, re.MULTILINE)


def test_a_port_in_use_is_named_without_a_traceback() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        shown = CliRunner().invoke(main, ["emulator", "--port", port])

    assert 1 == shown.exit_code
    assert f"port {port} of 127.0.0.1 is in use" in shown.output


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--fleet", "/nowhere"], "/nowhere"),
        (["--quirk", "typo"], "typo"),
        (["--host", "0.0.0.0"], "not loopback"),
        (["--wait-limit", "-1"], "wait_limit_s"),
    ],
)
def test_a_users_mistake_is_one_line(options: list[str], words: str) -> None:
    shown = CliRunner().invoke(main, ["emulator", "--port", "0", *options])

    assert 1 == shown.exit_code
    assert words in shown.output
    assert "Traceback" not in shown.output


def test_the_tour_walks_the_guide_and_every_claim_holds() -> None:
    shown = CliRunner().invoke(main, ["tour"])
    held, of = re.search(r"(\d+) of (\d+) claims hold", shown.output).groups()

    assert 0 == shown.exit_code
    assert held == of
    assert int(of) >= 12
    for section in ("Deploy the policy", "Write the hybrid request", "Follow the selection"):
        assert section in shown.output


def test_a_tour_without_a_cluster_stops_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIOS_MANAGEMENT_HOST", "MANAGEMENTMASTER")
    shown = CliRunner().invoke(main, ["tour", "--target", "cluster"])

    assert 1 == shown.exit_code
    assert "only stands in for a host of yours" in shown.output
