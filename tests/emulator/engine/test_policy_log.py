"""The log of a policy's run, line by line, where the guide looks for it (contract §13.2)."""

import re
from collections.abc import Iterator

import httpx
import pytest

from aios_nb.emulator import Emulator
from aios_nb.emulator.engine.policy_records import POLICY_KEYS

from .archive_files import policy

EXECUTOR = '{container="executor-executor-001"}'
OWN_HANDLER = """
import logging, sys
log = logging.getLogger("AIOSv1PolicyRule.")
handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(logging.Formatter("%(asctime)s - %(name)s - %(levelname)s - %(message)s"))
log.addHandler(handler)
"""


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(wait_limit_s=20) as running:
        yield running


def run(emulator: Emulator, name: str, archive: bytes) -> list[str]:
    """Deploy and run a policy once; return what its executor logged, numbers and places cut."""
    files = {"file": (f"{name}.zip", archive)}
    httpx.post(emulator.addresses["policy_store"] + "/upload", files=files)
    record = {key: {} for key in POLICY_KEYS} | {"name": name, "version": "1", "release_tag": "s"}
    record["code"] = f"{emulator.addresses['static_server']}/{name}.zip"
    httpx.post(emulator.addresses["policy_system"] + "/policy", json=record)
    return execute(emulator, f"{name}:1-s")


def execute(emulator: Emulator, uri: str) -> list[str]:
    before = len(lines(emulator))
    body = {"policy_rule_uri": uri, "input_data": [{"id": "a"}]}
    url = f"{emulator.addresses['policy_executor']}/execute_policy"
    httpx.post(url, json=body, timeout=30).raise_for_status()
    return [_cut(line) for line in lines(emulator)[before:]]


def lines(emulator: Emulator) -> list[str]:
    url = f"{emulator.addresses['logs']}/loki/api/v1/query_range"
    asked = {"query": EXECUTOR, "direction": "forward", "limit": "1000"}
    streams = httpx.get(url, params=asked).json()["data"]["result"]
    return [text for stream in streams for _, text in stream["values"]]


def _cut(line: str) -> str:
    line = re.sub(r"/\S+/runs/\w+", "<scratch>", line)
    line = re.sub(r"process \d+", "process <pid>", line)
    line = re.sub(r"http:/127.0.0.1:\d+/static_server", "http:/<host>:32555", line)
    return re.sub(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}", "<time>", line)


def test_a_run_is_logged_from_the_look_up_to_the_result(emulator: Emulator) -> None:
    body = "log.warning('Final Score: %.4f', 0.9)\nreturn input_data[0]"
    archive = policy(body, before=OWN_HANDLER, requirements_txt="httpx\n")
    found = run(emulator, "logs", archive)
    pip = found.pop(7)

    assert pip.startswith("Requirement already satisfied: httpx in ")
    assert [
        "INFO:root:Started process <pid> for policy logs:1-s",
        "INFO:root:Fetching policy data for URI: logs:1-s",
        "INFO:root:Determining parameters for execution",
        "INFO:root:Initializing LocalCodeExecutor for policy logs:1-s",
        "http:/<host>:32555/logs.zip False",
        "INFO:root:Downloaded and cached file to <scratch>/archive",
        "INFO:root:Extracted zip file to <scratch>",
        "INFO:root:Installed dependencies from requirements.txt",
        "INFO:root:Initialized AgentSpaceFunction",
        "<time> - AIOSv1PolicyRule. - WARNING - Final Score: 0.9000",
        "WARNING:AIOSv1PolicyRule.:Final Score: 0.9000",
        "INFO:root:Execution completed successfully for policy logs:1-s",
    ] == found


def test_a_failure_ends_with_the_complaint_that_the_tutorial_searches(emulator: Emulator) -> None:
    found = run(emulator, "booms", policy("raise ValueError('boom')"))

    assert "WARNING:root:No requirements.txt found" in found
    assert "ERROR:root:Error in subprocess execution: boom" == found[-1]


def test_an_unknown_policy_is_complained_of_at_once(emulator: Emulator) -> None:
    text = "Policy rule with URI 'ghost:1-s' not found."

    assert [
        "INFO:root:Started process <pid> for policy ghost:1-s",
        "INFO:root:Fetching policy data for URI: ghost:1-s",
        f"ERROR:root:Error in subprocess execution: {text}",
    ] == execute(emulator, "ghost:1-s")


def test_a_second_run_is_logged_as_the_first(emulator: Emulator) -> None:
    first = run(emulator, "again", policy("return {'id': 'a'}"))

    assert first == execute(emulator, "again:1-s")
