"""A package runs here as AIOS would run it: the same choice, the same lines, and limits."""

import json
import os
import select
from pathlib import Path
from typing import Any

import pytest

from aios_nb import PayloadError, PolicyError, PolicyPackage
from aios_nb.policy_run import PolicyCall, PolicyRun, run_policy

ROOT = Path(__file__).parents[1]
ROUTER = PolicyPackage.from_folder(ROOT / "notebooks" / "policies" / "attributebasedrouter")
BLOCKS = [{"id": "a", "rank": 1}, {"id": "b", "rank": 2}]


def policy(body: str, *, init: str = "pass", before: str = "") -> PolicyPackage:
    source = (
        f"{before}\nclass AIOSv1PolicyRule:\n"
        f"    def __init__(self, rule_id, settings, parameters): {init}\n"
        f"    def eval(self, parameters, input_data, context): {body}\n"
    )
    return PolicyPackage.from_source("mine", source)


def candidate(block_id: str) -> dict[str, Any]:
    block = json.loads((ROOT / "fixtures" / "blocks" / f"{block_id}.json").read_text())
    metrics = json.loads((ROOT / "fixtures" / "metrics" / f"{block_id}.json").read_text())
    return {**block, "metrics": metrics}


def test_the_course_policy_chooses_here_by_recorded_metrics_and_shows_its_scores() -> None:
    blocks = [candidate("atlas-14b-chat"), candidate("lynx-27b-vision")]
    goals = {"optimization_goals": [{"name": "Fast_Generator", "weight": 1.0}]}
    run = ROUTER.run(blocks, parameters={"selection_query": goals})

    assert "atlas-14b-chat" == run.block_id
    assert blocks[0] == run.chosen
    assert 2 == sum("Final Score" in line for line in run.lines)


def test_parameters_and_settings_reach_constructor_and_eval() -> None:
    package = policy(
        "return {'id': 'x', 'seen': [self.seen, parameters, context]}",
        init="self.seen = [rule_id, settings, parameters]",
    )
    run = package.run(BLOCKS, parameters={"p": 1}, settings={"s": 2})

    assert {"id": "x", "seen": [["", {"s": 2}, {"p": 1}], {"p": 1}, None]} == run.chosen


def test_of_a_list_the_first_is_chosen_as_aios_does() -> None:

    assert "b" == policy("return input_data[::-1]").run(BLOCKS).block_id


def test_what_is_printed_and_logged_comes_line_by_line() -> None:
    body = "print('one'); logging.info('two'); return input_data[0]"
    run = policy(body, before="import logging").run(BLOCKS)

    assert {"one", "INFO:root:two"} == set(run.lines)


def test_candidates_of_the_caller_stay_as_they_were() -> None:
    blocks = [{"id": "a", "tags": ["x"]}]
    policy("input_data[0]['tags'].clear(); return input_data[0]").run(blocks)

    assert [{"id": "a", "tags": ["x"]}] == blocks


def test_a_failure_shows_the_policys_own_traceback_and_what_it_had_logged() -> None:
    with pytest.raises(PolicyError) as failed:
        policy("print('before'); return input_data[7]").run(BLOCKS)

    assert "policy mine.zip failed in eval: IndexError: list index out of range" in str(
        failed.value
    )
    assert "function.py" in failed.value.traceback
    assert "policy_child.py" not in failed.value.traceback
    assert ("before",) == failed.value.lines


@pytest.mark.parametrize(
    ("package", "stage"),
    [
        (policy("return 1", before="raise ValueError('early')"), "import: ValueError: early"),
        (policy("return 1", init="{}['x']"), "construct: KeyError: 'x'"),
        (policy("import sys; sys.exit(3)"), "eval: SystemExit: 3"),
        (policy("return {'id': {1, 2}}"), "result: TypeError: Object of type set"),
    ],
    ids=["import", "construct", "exit", "result"],
)
def test_a_failure_names_the_stage(package: PolicyPackage, stage: str) -> None:
    with pytest.raises(PolicyError, match="failed in " + stage):
        package.run(BLOCKS)


@pytest.mark.parametrize("result", ["None", "[]", "'a'", "{'result': []}"])
def test_a_result_that_aios_could_not_use_is_an_error(result: str) -> None:
    with pytest.raises(PolicyError, match="expected one of the candidates, a dict with an id"):
        policy(f"return {result}").run(BLOCKS)


def test_a_missing_library_leads_to_the_packages_requirements() -> None:
    source = dict(policy("return 1", before="import no_such_library").files)["code/function.py"]
    package = PolicyPackage.from_source("mine", source.decode(), requirements="no-such-library")

    with pytest.raises(PolicyError, match=r"Install here what .* \['no-such-library'\]"):
        package.run(BLOCKS)


def test_a_policy_that_never_ends_is_ended() -> None:
    with pytest.raises(PolicyError, match=r"no answer within 0\.5 s"):
        policy("print('waits'); signal.pause()", before="import signal").run(BLOCKS, timeout_s=0.5)


def test_what_a_policy_started_ends_with_it(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    command = ["sh", "-c", "echo started; exec tail -f /dev/null"]
    body = f"subprocess.Popen({command}, stdout=open({str(pipe)!r}, 'w')).poll(); os._exit(0)"

    with pytest.raises(PolicyError, match="ended without an answer"):
        policy(body, before="import os, subprocess").run(BLOCKS)
    # The pipe ends when nobody is left that could write to it.
    select.select([reader], [], [], 5)
    said = os.read(reader, 100)
    while chunk := select.select([reader], [], [], 5)[0] and os.read(reader, 100):
        said += chunk
    os.close(reader)

    assert said in (b"", b"started\n")
    assert b"" == chunk


def test_memory_is_limited() -> None:
    with pytest.raises(PolicyError, match="MemoryError"):
        policy("return bytearray(2**31)").run(BLOCKS)


def test_credentials_of_the_notebook_stay_out_of_the_policys_reach(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AIOS_GRAFANA_TOKEN", "secret")
    body = "return {'id': 'x', 'seen': [k for k in os.environ if k.startswith('AIOS_')]}"

    assert [] == policy(body, before="import os").run(BLOCKS).chosen["seen"]


def test_a_policy_finds_no_module_of_this_package_by_its_bare_name() -> None:
    with pytest.raises(PolicyError, match="No module named 'selection'"):
        policy("import selection").run(BLOCKS)


def test_many_calls_share_one_import_and_nothing_else() -> None:
    package = policy("seen.append(1); return {'id': str(len(seen))}", before="seen = []")
    outcomes = run_policy(package, BLOCKS, [PolicyCall()] * 3)

    assert ["1", "1", "1"] == [o.block_id for o in outcomes if isinstance(o, PolicyRun)]


def test_a_call_that_fails_leaves_the_others_their_answers() -> None:
    package = policy("return input_data[parameters['n']]")
    first, second, third = run_policy(package, BLOCKS, [PolicyCall({"n": n}) for n in (0, 9, 1)])

    assert ["a", "b"] == [o.block_id for o in (first, third) if isinstance(o, PolicyRun)]
    assert isinstance(second, PolicyError)


@pytest.mark.parametrize("candidates", [{"id": "a"}, ["a"], [{"id": object()}]])
def test_candidates_that_are_no_blocks_are_refused(candidates: Any) -> None:
    with pytest.raises(PayloadError):
        policy("return 1").run(candidates)


@pytest.mark.parametrize("timeout_s", [0, -1, float("inf"), "soon"])
def test_a_time_limit_is_a_number_of_seconds(timeout_s: Any) -> None:
    with pytest.raises(PayloadError, match="expected seconds greater than 0"):
        policy("return 1").run(BLOCKS, timeout_s=timeout_s)


def test_a_run_is_shown_in_one_line_and_not_with_the_whole_block() -> None:
    shown = repr(PolicyRun({"id": "a", "component": {"much": "more"}}, ("one", "two")))

    assert "PolicyRun(block_id='a', 2 lines)" == shown
