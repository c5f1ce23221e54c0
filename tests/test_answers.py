"""Every shape in which AIOS says no, and what a yes carries (contract §4.1, §5.10)."""

from typing import Any

import pytest

from aios_nb import ServiceError
from aios_nb.answers import candidates, failure_of, log_lines, selected_block, unwrap

BAD_REQUEST = "400 Client Error: BAD REQUEST for url: http://s/api/no-ir/similarity-search"


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, {"message": "'session_id'", "success": False}, "'session_id'"),
        (200, {"success": False, "error": "specUri not provided"}, "specUri not provided"),
        (200, {"success": False}, "success is false, and no reason is given"),
        (400, {"error": "$concatArrays only supports arrays", "success": False}, "$concatArrays"),
        (404, {"message": "Block not found"}, "Block not found"),
        (404, {"error": "Cluster not found"}, "Cluster not found"),
        (500, {"error": True, "message": "Component exists"}, "Component exists"),
        (500, {"error": {"code": 500, "message": "boom", "param": None}}, "boom"),
        (500, {"error": "'body'"}, "'body'"),
        (200, {"data": [False, "boom"], "success": True}, "boom"),
        (200, {"data": {"message": "boom", "success": False}, "success": True}, "boom"),
        (202, {"data": {"message": "boom", "success": False}, "success": True}, "boom"),
        (200, {"result": {"message": BAD_REQUEST, "success": False}, "success": True}, "400"),
        (
            200,
            {"result": [True, {"message": BAD_REQUEST, "success": False}], "success": True},
            BAD_REQUEST,
        ),
        (404, "<html><head><style>p{}</style></head><h1>Not Found</h1></html>", "Not Found"),
        (502, "", "HTTP 502 without a word"),
        (502, None, "HTTP 502 without a word"),
        (500, {}, "HTTP 500 without a word"),
        (500, [1, 2], "[1, 2]"),
    ],
)
def test_a_no_is_recognised_in_whatever_shape(status: int, body: Any, expected: str) -> None:

    assert (failure_of(status, body) or "").startswith(expected)


@pytest.mark.parametrize(
    "body",
    [
        {"data": "Policy created successfully.", "success": True},
        {"data": [], "success": True},
        {"data": None, "success": True},
        {"result": [True, {"id": "a"}], "success": True, "task_id": ""},
        {"result": [True, []], "success": True},
        {"error": False, "payload": {}},
        {"data": [{"id": "a"}, {"id": "b"}], "success": True},
        [],
        "file uploaded",
        # What a block itself puts into its reply is its own affair.
        {"data": {"success": False, "message": "x"}, "model": "b", "session_id": "s", "seq_no": 1},
        {"data": [False, "x"], "model": "b", "session_id": "s", "seq_no": 1, "ts": 1.0},
    ],
)
def test_a_yes_is_no_failure(body: Any) -> None:

    assert failure_of(200, body) is None


def test_unwrap_raises_with_service_status_message_and_hint() -> None:
    with pytest.raises(ServiceError) as caught:
        unwrap("adhoc", 200, {"message": "'session_id'", "success": False})

    error = caught.value
    assert ("adhoc", 200, "'session_id'") == (error.service, error.status, error.message)
    assert "the request lacks this key" in error.hint


def test_unwrap_returns_the_member_asked_for() -> None:

    assert 5 == unwrap("blocks", 200, {"success": True, "data": 5}, "data")


@pytest.mark.parametrize("body", [[], {"success": True}, "hello"])
def test_an_answer_without_the_member_asked_for_is_a_service_error(body: Any) -> None:
    with pytest.raises(ServiceError, match="unexpected answer without 'data'"):
        unwrap("blocks", 200, body, "data")


def test_candidates_are_the_result_itself() -> None:

    assert [{"id": "a"}] == candidates("router", 200, {"success": True, "result": [{"id": "a"}]})


def test_no_matching_cluster_means_no_candidates() -> None:
    body = {"message": "Action filter is not implemented", "success": False}

    assert [] == candidates("router", 400, body)


def selected(result: Any) -> Any:
    return selected_block("router", 200, {"success": True, "task_id": "", "result": result})


@pytest.mark.parametrize("result", [[True, {"id": "a"}], [True, [{"id": "a"}, {"id": "b"}]]])
def test_selected_block_is_the_winner_or_the_first_of_a_list(result: Any) -> None:

    assert {"id": "a"} == selected(result)


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ([True, []], "no block selected in the specified filter"),
        ([True, {"reason": "No candidates found matching the criteria.", "result": []}], "No cand"),
        ([True, {"message": "boom", "success": False}], "boom"),
        ([True, {"score": 1}], "invalid similarity search result, {'score': 1}"),
        ([True, None], "'NoneType' object has no attribute 'get'"),
        ([True, "atlas"], "'str' object has no attribute 'get'"),
        ([True, ["atlas"]], "'str' object has no attribute 'get'"),
    ],
)
def test_a_selection_without_a_block_is_a_service_error(result: Any, message: str) -> None:
    with pytest.raises(ServiceError) as caught:
        selected(result)

    assert caught.value.message.startswith(message)
    assert caught.value.hint or message == "boom"


def loki(*streams: tuple[dict[str, str], list[list[str]]]) -> dict[str, Any]:
    result = [{"stream": labels, "values": values} for labels, values in streams]
    return {"status": "success", "data": {"resultType": "streams", "result": result}}


def test_log_lines_of_all_streams_come_oldest_first() -> None:
    body = loki(({"app": "a"}, [["3", "late"], ["1", "early"]]), ({"app": "b"}, [["2", "middle"]]))
    expected = [(1, "early", {"app": "a"}), (2, "middle", {"app": "b"}), (3, "late", {"app": "a"})]

    assert expected == log_lines("logs", 200, body)


def test_a_metric_query_is_no_log_query() -> None:
    body = {"status": "success", "data": {"resultType": "vector", "result": [{"value": [1, "2"]}]}}

    with pytest.raises(ServiceError, match="a log query such as"):
        log_lines("logs", 200, body)


def test_a_refused_log_query_says_why() -> None:
    with pytest.raises(ServiceError, match="parse error at line 1"):
        log_lines("logs", 400, "parse error at line 1, col 2")
