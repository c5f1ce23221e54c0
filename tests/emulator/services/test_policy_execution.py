"""Running a policy through the policy system (200) and through its executor (202)."""

import io
import zipfile
from typing import Any

import pytest

from aios_nb.emulator.engine.policy_records import POLICY_KEYS
from aios_nb.emulator.faults import Fault
from aios_nb.emulator.services import policy_executor, policy_system
from aios_nb.emulator.world import JSON, POLICY_SYSTEM_LOG, World

from ..harness import call

PATH = "/executor/executor-001/execute_policy"


class Runner:
    """Answers what the test prescribes instead of running an archive."""

    def __init__(self, outcome: JSON) -> None:
        self.outcome = {"logs": [], "ms": 1.0, "folder": "f", "stage": "eval", **outcome}

    async def run(self, archive: bytes, call: JSON, *, limit_s: float) -> JSON:
        return self.outcome

    async def close(self) -> None: ...


@pytest.fixture
def ready(world: World) -> World:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("code/function.py", "")
    (world.store / "p.zip").write_bytes(buffer.getvalue())
    record = dict.fromkeys(POLICY_KEYS) | {"policy_rule_uri": "p:1-s"}
    world.policies.insert(record | {"code": "http://emulator/static_server/p.zip"})
    world.executors.insert({"executor_id": "executor-001", "executor_host_uri": "http://x:30900"})
    world.runner = Runner({"ok": True, "result": {"id": "winner"}})
    return world


def run(world: World, body: Any, path: str = PATH):
    return call(world, policy_system.execute_policy, "POST", path, json=body)


def run_directly(world: World, body: Any):
    return call(world, policy_executor.execute_policy, "POST", "/execute_policy", json=body)


WANTED = {"policy_rule_uri": "p:1-s", "input_data": [{"id": "winner"}]}


def test_a_result_is_data_with_status_200_here_and_202_at_the_executor(ready: World) -> None:

    assert (200, '{"data":{"id":"winner"},"success":true}\n') == (
        run(ready, WANTED).status_code,
        run(ready, WANTED).text,
    )
    assert (202, '{"data":{"id":"winner"},"success":true}\n') == (
        run_directly(ready, WANTED).status_code,
        run_directly(ready, WANTED).text,
    )


def test_a_failed_policy_is_a_success_whose_data_say_otherwise(ready: World) -> None:
    ready.runner = Runner({"ok": False, "kind": "raised", "error": "boom"})

    assert {"data": {"message": "boom", "success": False}, "success": True} == run(
        ready, WANTED
    ).json()


def test_an_unknown_policy_is_data_too(ready: World) -> None:
    answer = run(ready, {**WANTED, "policy_rule_uri": "nope:1-s"})

    assert "Policy rule with URI 'nope:1-s' not found." == answer.json()["data"]["message"]


def test_an_unknown_executor_is_a_404_even_with_a_broken_body(world: World) -> None:
    answer = call(world, policy_system.execute_policy, "POST", PATH, content="{")

    assert 404 == answer.status_code
    assert '{"message":"Executor not found","success":false}\n' == answer.text


@pytest.mark.parametrize(
    "body",
    [{}, {"policy_rule_uri": "p:1-s"}, *({**WANTED, "input_data": x} for x in ([], {}, 0, ""))],
)
def test_missing_or_empty_input_is_a_400(ready: World, body: JSON) -> None:
    answer = run(ready, body)

    assert 400 == answer.status_code
    assert "policy_rule_uri and input_data are required" == answer.json()["message"]


def test_a_body_that_is_a_list_is_a_500_in_pythons_words(ready: World) -> None:
    answer = run(ready, [])

    assert (500, "'list' object has no attribute 'get'") == (
        answer.status_code,
        answer.json()["message"],
    )


def test_a_result_that_is_no_json_is_a_500_at_both(ready: World) -> None:
    ready.runner = Runner(
        {
            "ok": False,
            "kind": "unserialisable",
            "error": "Object of type set is not JSON serializable",
        }
    )

    assert (500, 500) == (run(ready, WANTED).status_code, run_directly(ready, WANTED).status_code)


def test_an_unreachable_executor_is_a_500(ready: World) -> None:
    ready.faults.add(Fault("policy_executor", "down"))
    answer = run(ready, WANTED)

    assert 500 == answer.status_code
    assert answer.json()["message"].startswith("HTTPConnectionPool(host=")


def test_an_executor_that_answers_an_html_page_is_a_500_with_its_status(ready: World) -> None:
    ready.service_urls["policy_executor"] = "http://executor"
    ready.faults.add(Fault("policy_executor", "error", status=503))
    text = "503 Server Error: SERVICE UNAVAILABLE for url: http://executor/execute_policy"

    assert (500, text) == ((answer := run(ready, WANTED)).status_code, answer.json()["message"])


def test_the_executors_answer_is_logged_by_the_policy_system(ready: World) -> None:
    run(ready, WANTED)
    lines = [line.text for line in ready.logs.lines if line.labels == POLICY_SYSTEM_LOG]

    assert [
        'INFO:root:executor api status=202 response={"data":{"id":"winner"},"success":true}'
    ] == lines


@pytest.mark.parametrize("body", [{}, [], 0])
def test_the_executor_refuses_an_empty_body(ready: World, body: Any) -> None:
    answer = run_directly(ready, body)

    assert (400, "Invalid or missing JSON body") == (answer.status_code, answer.json()["message"])


def test_the_executor_names_the_missing_fields(ready: World) -> None:
    answer = run_directly(ready, {**WANTED, "input_data": []})

    assert 400 == answer.status_code
    assert (
        "Missing required fields: 'policy_rule_uri' and/or 'input_data'."
        == answer.json()["message"]
    )
