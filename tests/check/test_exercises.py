"""Every check of the lessons knows a right answer from wrong ones, on the emulator's AIOS."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aios_nb import (
    AIOSClient,
    Condition,
    Endpoints,
    FilterRule,
    InferenceRequest,
    InferenceResult,
    PolicyPackage,
    PolicyRegistration,
    SelectionQuery,
    connect,
)
from aios_nb.check.exercises import EXERCISES, LESSONS
from aios_nb.check.exercises.lesson_09 import weighted
from aios_nb.lab import Recorded

ROOT = Path(__file__).parents[2]
EVERY = FilterRule(block=Condition("id", "LIKE", "*"))
METADATA = "component.componentMetadata"
CLEVER = Condition(f"{METADATA}.evaluation.benchmarks.MMLU.value", ">=", 85)
PATIENT = Condition(f"{METADATA}.architecture.contextLength", ">=", 100_000)
LONGEST = """
class AIOSv1PolicyRule:
    def __init__(self, rule_id, settings, parameters): ...

    def eval(self, parameters, input_data, context):
        return {order}(input_data, key=length)


def length(candidate):
    alive = any(e["instanceId"] != "executor" for e in candidate["metrics"].get("instances", []))
    architecture = candidate["component"]["componentMetadata"]["architecture"]
    return alive, architecture["contextLength"]
"""
METRIC = {"aggOperator": "avg", "target": "instances.uptime_hours", "operator": ">", "value": 10}
SERVES = {**METRIC, "target": "instances.llm_tokens_per_second", "value": 0}
REPAIRED = {
    "matchType": "block",
    "filter": {
        "blockQuery": {"variable": f"{METADATA}.usecase", "operator": "LIKE", "value": "*chat*"},
        "blockMetricsQuery": {"logicalOperator": "AND", "conditions": [METRIC, SERVES]},
    },
}
ASKED = InferenceRequest(message="m", model="a")
ANSWERED = InferenceResult(block_id="c", data={"reply": "hi"}, session_id="s", seq_no=1)
WARNING = "WARNING - Fallback to the attribute ranking, 'a': no answer within 1 s"


@pytest.fixture(scope="module")
def aios() -> Iterator[AIOSClient]:
    with connect("emulator") as client:
        yield client


@pytest.fixture(scope="module")
def facts(aios: AIOSClient) -> dict[str, Any]:
    blocks = aios.find_candidates(EVERY)
    guide = json.loads((ROOT / "fixtures/guide/request.json").read_text())
    uri = aios.deploy_policy(
        PolicyPackage.from_folder(ROOT / "notebooks/policies/attributebasedrouter")
    )
    query = replace(InferenceRequest.from_wire(guide).selection_query, policy_rule_uri=uri)
    recorded = Recorded.of(aios, query)
    return {"blocks": blocks, "query": query, "aios": aios, "recorded": recorded}


def record(version: str, description: str) -> PolicyRegistration:
    return PolicyRegistration("mine", version, description=description)


def longest(order: str) -> PolicyPackage:
    return PolicyPackage.from_source("longest", LONGEST.replace("{order}", order))


def block(facts: dict[str, Any], block_id: str) -> dict[str, Any]:
    return next(b for b in facts["blocks"] if b["id"] == block_id)


# Name of the exercise: facts it is given, right answers, wrong answers.
CASES: dict[str, Any] = {
    "vision blocks": lambda f: (
        {"blocks": f["blocks"]},
        [["gemma3-27b-vision"], [block(f, "gemma3-27b-vision")], "gemma3-27b-vision"],
        [[], ["gemma3-27b-vision", "lynx-27b-vision"], ["lynx-27b-vision"], 3, [[1]], None],
    ),
    "nobody home": lambda f: (
        {"blocks": f["blocks"]},
        [["ember-12b-chat", "aspen-22b-chat"], {"ember-12b-chat", "aspen-22b-chat"}],
        [["aspen-22b-chat"], ["ember-12b-chat", "aspen-22b-chat", "atlas-14b-chat"], 2],
    ),
    "better description": lambda f: (
        {},
        [record("2.1", "Better")],
        [record("2.1", "First"), record("2.0", "Better"), "Better", None],
    ),
    "what AIOS checked": lambda f: ({}, [[], (), set()], [["version"], "none", None]),
    "core vision": lambda f: (
        {"blocks": f["aios"].query_blocks()},
        [["deepseek-r1-70b-chat", "gemma3-27b-vision"]],
        [["gemma3-27b-vision"], f["blocks"], 2],
    ),
    "clever or patient": lambda f: (
        {},
        [CLEVER | PATIENT, PATIENT | CLEVER],
        [CLEVER & PATIENT, CLEVER, replace(CLEVER, value=80) | PATIENT, "MMLU >= 85"],
    ),
    "dropped candidates": lambda f: (
        {"query": f["query"], "find": f["aios"].find_candidates},
        [{"aspen-22b-chat", "atlas-14b-chat"}],
        [set(), {"atlas-14b-chat"}, {"aspen-22b-chat", "atlas-14b-chat", "lynx-27b-vision"}],
    ),
    "new winner": lambda f: (
        {"query": f["query"], "select": f["aios"].select_block},
        ["finch-8b-chat"],
        ["atlas-14b-chat", "ghost", None],
    ),
    "newcomers": lambda f: (
        {"query": f["query"], "find": f["aios"].find_candidates},
        [["cedar-34b-batch"], "cedar-34b-batch"],
        [[], ["cedar-34b-batch", "kite-2b-rag"], ["birch-15b-code"], None],
    ),
    "deputy": lambda f: (
        {"query": f["query"], "select": f["aios"].select_block},
        ["finch-8b-chat"],
        ["atlas-14b-chat", "lynx-27b-vision", None],
    ),
    "AIOS's words": lambda f: (
        {},
        ["Expecting value: line 1 column 1 (char 0)"],
        ["no block selected in the specified filter", None],
    ),
    "pinned request": lambda f: (
        {"block_id": "lynx-27b-vision"},
        [InferenceRequest(message="m", model="lynx-27b-vision")],
        [
            InferenceRequest(message="m", model="atlas-14b-chat"),
            InferenceRequest(message="m", model="lynx-27b-vision", selection_query=f["query"]),
            "lynx-27b-vision",
        ],
    ),
    "joined by": lambda f: (
        {"line": 'db query: blockMetrics - [{"$match": {"$or": []}}]'},
        ["$or"],
        ["$and", "or", None, ""],
    ),
    "silent service": lambda f: (
        {"lines": {"parser": 0, "inference-server": 1}},
        ["parser"],
        ["inference-server", "router", None],
    ),
    "words for vision": lambda f: (
        {},
        [block(f, "gemma3-27b-vision")],
        [block(f, "atlas-14b-chat"), "gemma3-27b-vision", None],
    ),
    "reason for the fallback": lambda f: ({}, [WARNING], ["INFO - Best candidate", None]),
    "widest context": lambda f: (
        {"candidates": f["blocks"]},
        [longest("max")],
        [longest("min"), PolicyPackage.from_source("bad", LONGEST), "llama4-scout-17b-chat"],
    ),
    "rolled back": lambda f: (
        {"before": block(f, "finch-8b-chat")},
        [block(f, "finch-8b-chat"), "finch-8b-chat"],
        [block(f, "dune-13b-chat"), None, 5],
    ),
    "last flip": lambda f: (
        {"query": f["query"], "choose": f["recorded"]},
        [1.84, 1.85],
        [0.5, 2.5, 17, "1.84", True, None],
    ),
    "behind the flip": lambda f: (
        {"query": f["query"], "choose": f["recorded"]},
        [weighted(f["query"], 3.0)],
        [
            weighted(f["query"], 1.0),
            f["query"],
            replace(weighted(f["query"], 3.0), goals=()),
            replace(weighted(f["query"], 3.0), user_query="other"),
            3.0,
        ],
    ),
    "repaired filter": lambda f: (
        {},
        [REPAIRED],
        [
            {**REPAIRED, "filter": {"blockQuery": REPAIRED["filter"]["blockQuery"]}},
            {**REPAIRED, "filter": {**REPAIRED["filter"], "blockQuery": {}}},
            f["query"],
            None,
        ],
    ),
    "who knows why": lambda f: ({}, ["adhoc_control"], ["router", "logs", None]),
    "survivor": lambda f: (
        {"dead": ["a", "b"], "candidates": ["a", "b", "c"]},
        ["c", ["c"], ANSWERED],
        ["a", "d", ["a", "c"], replace(ANSWERED, block_id="b"), None],
    ),
    "next try": lambda f: (
        {"timed_out": ASKED},
        [InferenceRequest(message="m", model="b")],
        [
            ASKED,
            replace(ASKED, model="b"),
            InferenceRequest(message="m", model="a"),
            InferenceRequest(message="other", model="b"),
            "b",
        ],
    ),
    "my addresses": lambda f: (
        {"management": "h", "cluster": "c", "logs": "http://l"},
        [replace(Endpoints.of_hosts(management="h", cluster="c"), logs="http://l")],
        [
            Endpoints.of_hosts(management="h", cluster="c"),
            Endpoints.of_hosts(management="h"),
            Endpoints.of_hosts(management="x", cluster="c"),
            {"management": "h"},
        ],
    ),
    "left behind": lambda f: (
        {"before": ["a:1-s"], "after": ["a:1-s", "b:1-s"]},
        [["b:1-s"], ("b:1-s",)],
        [[], ["a:1-s"], ["a:1-s", "b:1-s"], [1], "b:1-s"],
    ),
}


def test_every_exercise_has_right_and_wrong_answers() -> None:

    assert {e.name for e in EXERCISES} == set(CASES)
    assert len(EXERCISES) == len(CASES)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_right_answers_are_right(exercise: Any, facts: dict[str, Any]) -> None:
    given, right, _ = CASES[exercise.name](facts)

    assert [""] * len(right) == [exercise.complaint(answer, given) for answer in right]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_wrong_answers_are_told_why(exercise: Any, facts: dict[str, Any]) -> None:
    given, _, wrong = CASES[exercise.name](facts)
    complaints = [exercise.complaint(answer, given) for answer in wrong]

    assert all(complaints)
    assert all(text[-1] in ".!" or "failed" in text for text in complaints)


def test_each_lesson_has_two_exercises_of_its_own_number() -> None:
    found = {lesson.__name__[-2:]: [e.lesson for e in lesson.EXERCISES] for lesson in LESSONS}

    assert {number: [number] * 2 for number in found} == found


def test_a_rule_with_one_condition_has_no_stricter_form() -> None:
    lesson = LESSONS[3]

    assert EVERY == lesson.stricter(EVERY)


def test_odd_answers_are_wrong_and_break_no_judge(facts: dict[str, Any]) -> None:
    odd = [SelectionQuery("a:1-b", EVERY), 1.5, {}, object(), [None]]
    for exercise in EXERCISES:
        given, _, _ = CASES[exercise.name](facts)

        assert all(exercise.complaint(answer, given) for answer in odd)


def test_a_long_answer_does_not_hide_what_is_wrong_with_it(facts: dict[str, Any]) -> None:
    long_ones = [block(facts, "cedar-34b-batch"), "x" * 5000]
    complaints = {
        exercise.name: max(
            len(exercise.complaint(answer, CASES[exercise.name](facts)[0])) for answer in long_ones
        )
        for exercise in EXERCISES
    }

    assert {} == {name: length for name, length in complaints.items() if length > 300}
