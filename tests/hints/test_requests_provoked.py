"""Cryptic texts about a request or its block (contract §12.3), provoked, are explained."""

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest
import requests

from aios_nb.client import AIOSClient

from .provoking import post

JSON = dict[str, Any]


CHAT = {"session_id": "s", "seq_no": 1, "data": {}, "model": "atlas-14b-chat"}
BODIES = [  # §12.3: the body; the text; what the hint explains
    ({**CHAT, "model": "ghost"}, "^ghost not found in the DB, err=API", "does not know this block"),
    ({**CHAT, "model": "", "session_id": "n1"}, "^Expecting value: line 1", "no selection_query"),
    ({**CHAT, "model": "", "session_id": "n2", "selection_query": {}}, "^Expecting", "no select"),
    (
        {**CHAT, "model": "", "session_id": "n3", "selection_query": {"a": 1}},
        "^Error in similarity_search: 'body'$",
        "lacks its wrapper",
    ),
    (
        {**CHAT, "model": "", "session_id": "n4", "selection_query": {"body": {}}},
        "^Error in similarity_search: 'values'$",
        "lacks its wrapper",
    ),
    ({"seq_no": 1, "data": {}}, "^'session_id'$", "lacks this key"),
    ({"session_id": "s", "data": {}}, "^'seq_no'$", "lacks this key"),
    ({"session_id": "s", "seq_no": 1}, "^'data'$", "lacks this key"),
    ({**CHAT, "session_id": 5}, "^5 has type int, but expected", "wrong type"),
    ({**CHAT, "seq_no": "11"}, "^'11' has type str, but expected one of: int", "wrong type"),
    ({**CHAT, "seq_no": 1.5}, "^1.5 has type float, but expected one of: int", "wrong type"),
    ({**CHAT, "seq_no": -1}, "^Value out of range: -1$", "wrong type"),
    ([CHAT], "^'list' object has no attribute 'get'$|list indices", "list"),
    (
        {**CHAT, "graph": {"is_graph": True, "graph": {"zz": []}}},
        "^block with ID zz not found",
        "the graph names a block",
    ),
]


@pytest.mark.parametrize(("body", "text", "meaning"), BODIES, ids=[b[1] for b in BODIES])
def test_what_is_wrong_with_a_request_is_explained(
    aios: AIOSClient, body: Any, text: str, meaning: str
) -> None:
    error = post(aios, body)

    assert re.search(text, error.message)
    assert re.search(meaning, error.hint)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"data": "{oops", "headers": {"Content-Type": "application/json"}}, "^400 Bad Request"),
        ({"data": "{}"}, "^415 Unsupported Media Type"),
    ],
)
def test_a_body_that_is_no_json_is_explained(aios: AIOSClient, options: JSON, text: str) -> None:
    error = post(aios, None, **options)

    assert re.search(text, error.message)
    assert "was not sent as JSON" in error.hint


def test_a_block_without_a_pod_is_explained(
    aios: AIOSClient, fault: Callable[[str, str], None]
) -> None:
    fault("block", "down")
    errors = [post(aios, {**CHAT, "model": m, "session_id": m}) for m in _one_per_cluster(aios)]
    said = {error.message.split("\n")[0][:30]: error.hint for error in errors}

    assert any("its pod does not answer" in hint for hint in said.values())
    assert any("gateway of the block's cluster" in hint for hint in said.values())


def _one_per_cluster(aios: AIOSClient) -> list[str]:
    return list({block["cluster"]["id"]: block["id"] for block in aios.query_blocks()}.values())


@pytest.mark.parametrize(
    ("config", "text", "meaning"),
    [
        ({"urlMap": {"publicGateway": "http://h:32000"}}, "DNS resolution failed", "without http"),
        ({"urlMap": {"publicGateway": ""}}, "did not define the public gateway", "publicGateway"),
        ({"urlMap": {"other": 1}}, "did not define the public gateway", "publicGateway"),
        ({"other": 1}, "'urlMap'", "publicGateway"),
    ],
)
def test_an_odd_gateway_is_explained(
    aios: AIOSClient, config: JSON, text: str, meaning: str
) -> None:
    block = copy.deepcopy(aios.read_block("atlas-14b-chat"))
    block = {key: value for key, value in block.items() if key not in ("_id", "__v")}
    block["id"] = f"odd-{len(aios.query_blocks())}"
    block["cluster"] = {**block["cluster"], "id": "elsewhere", "config": config}
    assert (
        201 == requests.post(f"{aios.endpoints.blocks}/blocks", json=block, timeout=20).status_code
    )
    error = post(aios, {**CHAT, "model": block["id"]})

    assert re.search(text, error.message)
    assert re.search(meaning, error.hint)
