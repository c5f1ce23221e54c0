"""`/v1/infer-multipart`: forms and files in, parts out (§5.11)."""

import json
from typing import Any

import pytest

from aios_nb.emulator.services import adhoc
from aios_nb.emulator.world import World

from ..fakes import guides_query
from ..harness import call
from .adhoc_requests import CHAT, NEAR


def test_multipart_answers_in_parts_and_echoes_the_files(quick: World) -> None:
    form = {"session_id": "s", "seq_no": "3", "model": NEAR, "ts": "7.5", "data": json.dumps(CHAT)}
    files = {"picture": ("p.png", b"\x89PNG\r\n")}
    path = "/v1/infer-multipart"
    answer = call(quick, adhoc.infer_multipart, "POST", path, data=form, files=files)
    kind, boundary = answer.headers["content-type"].split("; boundary=")
    parts = [p.strip(b"\r\n").split(b"\r\n\r\n", 1) for p in _parts(answer.content, boundary)]
    heads = [head.decode().split("\r\n") for head, _ in parts]

    assert "multipart/mixed" == kind
    assert boundary.startswith("----boundary_")
    assert [
        [
            "Content-Type: application/json",
            'Content-Disposition: form-data; name="metadata"; filename="metadata.json"',
        ],
        [
            "Content-Type: application/json",
            'Content-Disposition: form-data; name="data"; filename="data.json"',
        ],
        [
            "Content-Type: application/octet-stream",
            'Content-Disposition: attachment; name="file0"; filename="file0.bin"',
        ],
    ] == heads
    metadata = {"block_id": NEAR, "session_id": "s", "seq_no": 3, "ts": 7.5}
    assert metadata == json.loads(parts[0][1])
    assert "hello" in json.loads(parts[1][1])["reply"]
    assert b"\x89PNG" == parts[2][1]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ({"seq_no": "1"}, "400 Bad Request: The browser (or proxy) sent a request"),
        ({"session_id": "s"}, "400 Bad Request: The browser (or proxy) sent a request"),
        ({"session_id": "s", "seq_no": "x"}, "invalid literal for int() with base 10: 'x'"),
        ({"session_id": "s", "seq_no": "-1"}, "Value out of range: -1"),
        (
            {"session_id": "s", "seq_no": "1", "ts": "noon"},
            "could not convert string to float: 'noon'",
        ),
        ({"session_id": "s", "seq_no": "1", "model": "ghost"}, "ghost not found in the DB"),
    ],
)
def test_multipart_fails_with_500(quick: World, form: Any, text: str) -> None:
    answer = call(quick, adhoc.infer_multipart, "POST", "/v1/infer-multipart", data=form)

    assert (500, False) == (answer.status_code, answer.json()["success"])
    assert answer.json()["message"].startswith(text)


def test_multipart_data_that_is_not_json_is_a_plain_prompt(quick: World) -> None:
    form = {"session_id": "s", "seq_no": "1", "model": NEAR, "data": "not json"}
    answer = call(quick, adhoc.infer_multipart, "POST", "/v1/infer-multipart", data=form)

    assert 200 == answer.status_code
    assert "not json" in answer.text.split('"reply"')[1]


def _parts(body: bytes, boundary: str) -> list[bytes]:
    mark = f"--{boundary}".encode()
    assert body.endswith(mark + b"--\r\n")
    return body.split(mark)[1:-1]


def test_of_several_parts_with_one_name_the_first_counts(quick: World) -> None:
    files = [("picture", ("a", b"first")), ("picture", ("b", b"second"))]
    form = {"session_id": ["s", "t"], "seq_no": "1", "model": NEAR, "data": "hi"}
    path = "/v1/infer-multipart"
    answer = call(quick, adhoc.infer_multipart, "POST", path, data=form, files=files)

    assert b"first" in answer.content
    assert b"second" not in answer.content
    assert b'"session_id": "s"' in answer.content


@pytest.mark.parametrize("pointer", ['{"is_graph": true, "graph": {"zz": []}}', "no json"])
def test_a_form_can_carry_a_graph(quick: World, pointer: str) -> None:
    form = {"session_id": "s", "seq_no": "1", "model": NEAR, "output_ptr": pointer}
    answer = call(quick, adhoc.infer_multipart, "POST", "/v1/infer-multipart", data=form)
    texts = ["block with ID zz not found", "Expecting value: line 1 column 1 (char 0)"]

    assert answer.json()["message"] in texts


def test_a_form_can_carry_a_search(quick: World) -> None:
    form = {"session_id": "s", "seq_no": "1", "query_parameters": json.dumps(guides_query())}
    answer = call(quick, adhoc.infer_multipart, "POST", "/v1/infer-multipart", data=form)

    assert 200 == answer.status_code
    assert b'"block_id": ""' in answer.content  # as sent, though a block was chosen
    assert 1 == len(quick.sessions)
