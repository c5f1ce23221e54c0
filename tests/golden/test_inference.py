"""Golden cases 16 to 23 and 26: what the ad-hoc server answers, and the logs."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import PAIR, Cluster

ATLAS, LYNX = PAIR


def known(cluster: Cluster, model: str, **changes: Any) -> dict[str, Any]:
    return cluster.request("unused:1.0-stable", model=model, **changes)


def test_16_an_unknown_model(cluster: Cluster) -> None:

    assert (
        "ghost not found in the DB, err=API returned non-200 status code"
        == cluster.infer(known(cluster, "ghost"))["message"]
    )


def test_17_missing_and_mistyped_fields_answer_200(cluster: Cluster) -> None:
    request = known(cluster, ATLAS)
    del request["session_id"]
    answer = cluster.post("adhoc", "/v1/infer", request)
    typed = cluster.infer(known(cluster, ATLAS, seq_no="11"))

    assert 200 == answer.status_code
    assert '{"message":"\'session_id\'","success":false}\n' == answer.text
    assert "'11' has type str, but expected one of: int" == typed["message"]


def test_18_a_block_that_fails_is_silent_and_a_new_pair_recovers(cluster: Cluster) -> None:
    fault = {"service": "adhoc", "kind": "silent", "block_id": ATLAS}
    assert cluster.control("POST", "/faults", json=fault).ok
    request = known(cluster, ATLAS)
    silent = [cluster.infer(request), cluster.infer(request)]
    assert cluster.control("DELETE", "/faults").ok
    recovered = cluster.infer(request | {"seq_no": 12})

    assert [False, False] == [a["success"] for a in silent]
    assert "data" in recovered


def test_19_a_local_block_without_a_pod_names_its_service_after_fifty_seconds(
    cluster: Cluster,
) -> None:
    fault = {"service": "adhoc", "kind": "down", "block_id": ATLAS}
    assert cluster.control("POST", "/faults", json=fault).ok
    started = time.monotonic()
    answer = cluster.infer(known(cluster, ATLAS))
    waited_s = time.monotonic() - started

    assert f"'{ATLAS}-executor-svc.blocks.svc.cluster.local:6379'" == answer["message"]
    assert waited_s >= 50 * 0.01  # time_scale of these tests


def test_20_behind_a_shared_gateway_the_first_block_answers_for_all(
    cluster: Cluster, add_block: Callable[..., Any]
) -> None:
    remote = {"id": "far", "config": {"urlMap": {"publicGateway": "10.20.0.99:32000"}}}
    for name in ("far-one", "far-two"):
        add_block(name, cluster=remote)
    repaired = [cluster.infer(known(cluster, n)) for n in ("far-one", "far-two")]
    assert cluster.control("PATCH", "/settings", json={"quirks": ["shared_gateway"]}).ok
    cluster.emulator.world.addresses.clear()
    faithful = [cluster.infer(known(cluster, n)) for n in ("far-one", "far-two")]

    assert ["far-one", "far-two"] == [a["model"] for a in faithful]
    assert "far-two" in repaired[1]["data"]["reply"]
    assert "far-one" in faithful[1]["data"]["reply"]
    assert "far-two" not in faithful[1]["data"]["reply"]


def test_21_the_openai_shaped_endpoints(cluster: Cluster) -> None:
    chat = cluster.post(
        "adhoc",
        "/v1/chat/completions",
        {"model": ATLAS, "messages": {"mode": "chat", "message": "hello"}},
    ).json()
    completion = cluster.post("adhoc", "/v1/completions", {"prompt": "hello"})

    assert ["reply"] == list(chat["choices"][0]["message"]["content"])
    assert "usage" not in chat
    assert 500 == completion.status_code
    assert {
        "error": {
            "code": 500,
            "message": "local-model not found in the DB, err=API returned non-200 status code",
            "param": None,
            "type": "internal_error",
        }
    } == completion.json()


def test_22_grpc_errors_travel_in_the_data_with_status_ok(cluster: Cluster) -> None:
    grpc = pytest.importorskip("grpc")
    address = cluster.url["grpc"].removeprefix("grpc://")
    packet = b"\x0a\x05ghost\x1a\x01s\x20\x07\x32\x02{}"  # block_id, session_id, seq_no, data
    with grpc.insecure_channel(address) as channel:
        raw = channel.unary_unary("/BlockInferenceService/infer")(packet, timeout=10)
    text = (
        b'{"success": false, "message": '
        b'"ghost not found in the DB, err=API returned non-200 status code"}'
    )

    assert text in raw
    assert raw.startswith(b"\x0a\x01s\x10\x07")


def test_23_metrics_and_health_of_unknown_and_empty_blocks(
    cluster: Cluster, add_block: Callable[..., Any]
) -> None:
    add_block("empty", [])
    unknown = cluster.call("GET", "block_metrics", "/block/unknown")
    health = cluster.call("GET", "block_metrics", "/block/health/unknown")
    empty = cluster.call("GET", "block_metrics", "/block/health/empty").json()

    assert (200, {"data": [], "success": True}) == (unknown.status_code, unknown.json())
    assert 404 == health.status_code
    assert {"error": "No block data found", "success": False} == health.json()
    assert empty["healthy"] is True


def test_26_the_ranking_is_in_the_executors_log_twice(cluster: Cluster, reference: str) -> None:
    cluster.infer(cluster.request(reference))
    query = '{container="executor-executor-001"} |= "Final Score"'
    answer = cluster.call("GET", "logs", "/loki/api/v1/query_range", params={"query": query})
    lines = [v[1] for s in answer.json()["data"]["result"] for v in s["values"]]

    assert [2, 2] == [sum(b in line for line in lines) for b in PAIR]
