"""The ad-hoc inference server: `/v1/infer`, field by field (§5.11, §12.3)."""

import time
from typing import Any

import pytest

from aios_nb.emulator.services import adhoc
from aios_nb.emulator.world import World

from ..harness import call
from .adhoc_requests import FAR, INFER, NEAR, infer, known, message


def test_a_reply_names_block_session_number_and_time(quick: World) -> None:
    before = time.time()
    answer = infer(quick, known(ts=1, files=["ignored"]))

    assert ["data", "model", "seq_no", "session_id", "ts"] == list(answer)
    assert (NEAR, 1, "s") == (answer["model"], answer["seq_no"], answer["session_id"])
    assert before <= answer["ts"] <= time.time()
    assert "hello" in answer["data"]["reply"]


@pytest.mark.parametrize("field", ["session_id", "seq_no", "data"])
def test_a_missing_field_is_named(quick: World, field: str) -> None:
    body = known()
    del body[field]

    assert f"'{field}'" == message(quick, body)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"session_id": 5}, "5 has type int, but expected one of: bytes, unicode"),
        ({"session_id": True}, "True has type bool, but expected one of: bytes, unicode"),
        ({"model": 5}, "5 has type int, but expected one of: bytes, unicode"),
        ({"seq_no": "11"}, "'11' has type str, but expected one of: int"),
        ({"seq_no": 1.5}, "1.5 has type float, but expected one of: int"),
        ({"seq_no": [1]}, "[1] has type list, but expected one of: int"),
        ({"seq_no": -1}, "Value out of range: -1"),
        ({"seq_no": 2**64}, "Value out of range: 18446744073709551616"),
    ],
)
def test_fields_of_a_wrong_type(quick: World, changes: Any, text: str) -> None:

    assert text == message(quick, known(**changes))


@pytest.mark.parametrize(
    ("changes", "session_id", "seq_no"),
    [
        ({"session_id": None}, "", 1),
        ({"seq_no": None}, "s", 0),
        ({"seq_no": True}, "s", 1),
        ({"seq_no": 2**64 - 1}, "s", 2**64 - 1),
    ],
)
def test_fields_that_protobuf_lets_pass(
    quick: World, changes: Any, session_id: str, seq_no: int
) -> None:
    answer = infer(quick, known(**changes))

    assert (session_id, seq_no) == (answer["session_id"], answer["seq_no"])


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"json": [1]}, "'list' object has no attribute 'get'"),
        ({"json": None, "content": b"null"}, "'NoneType' object has no attribute 'get'"),
        (
            {"content": b"{"},
            "400 Bad Request: The browser (or proxy) sent a request that this server "
            "could not understand.",
        ),
    ],
)
def test_bodies_that_are_no_object(quick: World, options: Any, text: str) -> None:
    headers = {"content-type": "application/json"}
    answer = call(quick, adhoc.infer, *INFER, headers=headers, **options)

    assert (200, text) == (answer.status_code, answer.json()["message"])


def test_a_wrong_content_type(quick: World) -> None:
    answer = call(quick, adhoc.infer, *INFER, content=b"{}")

    assert answer.json()["message"].startswith("415 Unsupported Media Type: Did not attempt")


def test_the_log_names_block_address_queue_and_request(quick: World) -> None:
    infer(quick, known())
    infer(quick, known(FAR, seq_no=2))
    lines = [x.text for x in quick.logs.lines if x.labels["container"] == "inference-server"]
    host = f"{NEAR}-executor-svc.blocks.svc.cluster.local"
    reply = "inference-server.inference-server.svc.cluster.local"

    assert [
        f"INFO:root:block_id:{NEAR} --> cluster:edge-cluster-1,gateway:10.20.0.11:32000",
        f"INFO:root:Created and verified Redis connection: {host}:6379",
        f"INFO:core.ai_server:block_id:{NEAR}, url={host}, port=6379",
        f'INFO:root:pushing packet={{"outputs": [{{"host": "{reply}", "port": 6379, '
        '"queue_name": "instance-2__s__1"}]}, s, 1',
    ] == lines[:4]
    assert lines[4].endswith('"POST /v1/infer HTTP/1.1" 200 -')
    assert "INFO:root:Created new gRPC connection: 10.20.0.21:32000:0" in lines


def test_a_failure_leaves_only_the_access_line(quick: World) -> None:
    message(quick, known("ghost"))
    lines = [x.text for x in quick.logs.lines]

    assert 1 == len(lines)
    assert lines[0].startswith("INFO:werkzeug:")
