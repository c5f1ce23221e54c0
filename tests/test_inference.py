"""Sessions, requests, results; the guide's own request, built from values."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from strategies import json_values, requests

from aios_nb import (
    Condition,
    FilterRule,
    InferenceRequest,
    InferenceResult,
    MetricCondition,
    OptimizationGoal,
    PayloadError,
    SelectionQuery,
    Session,
)

GUIDE = Path(__file__).parent.parent / "fixtures" / "guide"
METADATA = "component.componentMetadata"
BENCHMARKS = f"{METADATA}.evaluation.benchmarks"


def guide_query() -> SelectionQuery:
    chat = Condition(f"{METADATA}.usecase", "LIKE", "*chat-completion*")
    streaming = Condition(f"{METADATA}.capabilities.supportsStreaming", "==", True)
    mmlu = Condition(f"{BENCHMARKS}.MMLU.value", ">=", 80)
    arc = Condition(f"{BENCHMARKS}.ARC-Challenge.value", ">=", 90)
    uptime = MetricCondition("avg", "instances.uptime_hours", ">", 10)
    speed = MetricCondition("avg", "instances.llm_tokens_per_second", ">", 10)
    return SelectionQuery(
        policy_rule_uri="attributebasedrouter:2.0-stable",
        filter_rule=FilterRule(block=chat & streaming & (mmlu | arc), metrics=uptime | speed),
        goals=(OptimizationGoal("Fast_Generator", 0.9), OptimizationGoal("Free_Block", 0.1)),
        metrics_base_url="http://MANAGEMENTMASTER:30201/block/",
        user_query="Find a reliable and high-performing chat model",
    )


def guide_request() -> InferenceRequest:
    return InferenceRequest(
        message="Explain about the Deepseek LLM Model",
        gen_params={"temperature": 0.1, "top_p": 0.95, "max_tokens": 256},
        session_id="session-1257",
        seq_no=11,
        selection_query=guide_query(),
    )


def test_guide_request_built_from_values_equals_the_guides_json() -> None:
    guide = json.loads((GUIDE / "request.json").read_text())

    assert guide == guide_request().to_wire()


def test_guide_json_becomes_the_same_values() -> None:
    guide = json.loads((GUIDE / "request.json").read_text())

    assert guide_request() == InferenceRequest.from_wire(guide)


@given(requests)
def test_any_request_comes_back_from_the_wire(request: InferenceRequest) -> None:
    through_json = json.loads(json.dumps(request.to_wire()))

    assert request == InferenceRequest.from_wire(through_json)


def test_a_request_without_a_session_has_one_of_its_own() -> None:
    first, second = InferenceRequest(message="a"), InferenceRequest(message="a")

    assert first.session_id != second.session_id


def test_a_session_gives_its_id_and_the_next_number() -> None:
    session = Session()
    pairs = [
        (request.session_id, request.seq_no)
        for request in (InferenceRequest(message="a", session=session) for _ in range(3))
    ]

    assert [(session.id, 1), (session.id, 2), (session.id, 3)] == pairs


def test_sessions_of_one_name_never_hand_out_a_pair_twice() -> None:
    name = "shared-name"
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: Session(name).next_seq_no(), range(400)))

    assert 400 == len(set(numbers))


def test_new_sessions_have_ids_of_their_own() -> None:

    assert Session().id != Session().id


def test_a_session_can_start_late() -> None:

    assert 12 == Session("session-used-before", start=12).next_seq_no()


def test_replace_keeps_the_data_of_a_request_built_from_a_message() -> None:
    request = replace(InferenceRequest(message="a"), seq_no=7)

    assert ({"mode": "chat", "message": "a"}, 7) == (request.data, request.seq_no)


def test_none_is_data_that_may_be_sent() -> None:

    assert InferenceRequest(data=None).to_wire()["data"] is None


def test_an_empty_selection_query_reads_as_none() -> None:
    body = {"session_id": "s", "seq_no": 1, "data": {}, "model": "b", "selection_query": {}}

    assert InferenceRequest.from_wire(body).selection_query is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "takes either data= .* or message="),
        ({"data": {}, "message": "a"}, "takes either data= .* or message="),
        ({"data": {}, "gen_params": {}}, "gen_params= goes with message="),
        ({"message": ""}, "message is ''"),
        ({"message": "a", "session_id": ""}, "session_id is ''"),
        ({"message": "a", "session_id": 5}, "session_id is 5"),
        ({"message": "a", "seq_no": "11"}, "seq_no is '11'; expected a whole number"),
        ({"message": "a", "seq_no": 1.5}, "seq_no is 1.5"),
        ({"message": "a", "seq_no": True}, "seq_no is True"),
        ({"message": "a", "seq_no": -1}, "seq_no is -1"),
        ({"message": "a", "seq_no": 2**64}, "expected a whole number from 0 to 2"),
        ({"message": "a", "model": None}, "model is None; expected a block's id"),
        ({"message": "a", "selection_query": {}}, r"SelectionQuery\.from_wire"),
        ({"message": "a", "graph": {"a": ["b"]}}, "AIOS would wait for ever"),
        ({"data": {"x": object()}}, "data.x is a object, which JSON cannot carry"),
    ],
)
def test_a_request_that_aios_would_refuse_or_hang_on_is_refused(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(PayloadError, match=message):
        InferenceRequest(**changes)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"seq_no": 1, "data": {}}, "inference request lacks 'session_id'"),
        ({"session_id": "s", "data": {}}, "lacks 'seq_no'"),
        ({"session_id": "s", "seq_no": 1}, "lacks 'data'"),
        ({"session_id": "s", "seq_no": 1, "data": {}, "ts": 1.0}, "unknown key 'ts'"),
        ({"session_id": "s", "seqno": 1, "data": {}}, "did you mean 'seq_no'"),
        ([], "expected a JSON object"),
    ],
)
def test_a_document_that_is_no_request_is_refused(body: Any, message: str) -> None:
    with pytest.raises(PayloadError, match=message):
        InferenceRequest.from_wire(body)


def result(data: Any) -> InferenceResult:
    answer = {"model": "b", "session_id": "s", "seq_no": 1, "ts": 2.5, "data": data}
    return InferenceResult.from_wire(answer, elapsed_s=0.5)


def test_result_names_the_block_that_answered() -> None:
    value = result({"reply": "hi"})

    assert ("b", "s", 1, 2.5, 0.5) == (
        value.block_id,
        value.session_id,
        value.seq_no,
        value.ts,
        value.elapsed_s,
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"reply": "hi"}, "hi"),
        ({"message": "hi", "processed_tool_calls": []}, "hi"),
        ({"generated": "hi"}, "hi"),
        ({"answer": "hi"}, "hi"),
        ({"reply": ["hi", "ho"]}, "hi"),
        ({"reply": {"reply": "hi"}}, "hi"),
        ("hi", "hi"),
        ({"embedding": [0.1]}, ""),
        ({"reply": None}, ""),
        (None, ""),
        ([], ""),
        (7, ""),
        ({"reply": "<think>so</think>\n\nhi"}, "hi"),
        ({"reply": "so</think>hi"}, "hi"),
        ({"reply": "<think>cut off by max_tok"}, ""),
    ],
)
def test_reply_is_unwrapped_from_every_shape_that_blocks_use(data: Any, expected: str) -> None:

    assert expected == result(data).reply


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hi", ""),
        ("<think>so</think>hi", "so"),
        ("so</think>hi", "so"),
        ("<think>cut off", "cut off"),
    ],
)
def test_thinking_stands_apart_from_the_reply(text: str, expected: str) -> None:

    assert expected == result({"reply": text}).thinking


def test_several_replies_are_all_there() -> None:

    assert ("hi", "ho") == result({"reply": ["hi", "<think>x</think>ho"]}).replies


@given(json_values)
def test_any_block_output_makes_a_result(data: Any) -> None:
    value = result(data)

    assert data == value.data
    assert isinstance(value.reply, str)
    assert value.raw == value.to_wire()


def test_an_answer_without_model_is_a_vdag_controllers() -> None:
    answer = {"session_id": "s", "seq_no": 1, "ts": 1.0, "data": {}}

    assert "" == InferenceResult.from_wire(answer).block_id


def test_an_answer_without_data_is_refused() -> None:
    with pytest.raises(PayloadError, match="lacks 'data'"):
        InferenceResult.from_wire({"session_id": "s", "seq_no": 1})
