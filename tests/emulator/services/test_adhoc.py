"""The ad-hoc inference server: contract §5.11 and §12, outcome by outcome."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from aios_nb.emulator.engine.inferring import infer as infer_packet
from aios_nb.emulator.engine.packets import Answer, Packet
from aios_nb.emulator.services import adhoc
from aios_nb.emulator.world import Fault, World

from ..fakes import first_alive, guides_query, guides_request, install, only, ranking
from ..harness import call

INFER = ("POST", "/v1/infer")
NEAR, FAR, OTHER_FAR = "atlas-14b-chat", "birch-15b-code", "gemma3-27b-vision"
CHAT = {"mode": "chat", "message": "hello"}
T6 = "'bool' object has no attribute 'get'"


def infer(world: World, body: Any) -> Any:
    answer = call(world, adhoc.infer, *INFER, json=body)
    assert 200 == answer.status_code
    return answer.json()


def message(world: World, body: Any) -> str:
    answer = infer(world, body)
    assert {"message", "success"} == set(answer)
    assert answer["success"] is False
    return str(answer["message"])


def known(model: Any = NEAR, **changes: Any) -> dict[str, Any]:
    return {"model": model, "session_id": "s", "seq_no": 1, "data": CHAT, **changes}


def selecting(query: Any, **changes: Any) -> dict[str, Any]:
    return known("", selection_query=query, **changes)


@pytest.fixture
def quick(fleet: World) -> World:
    """A fleet whose endless waits are short."""
    fleet.settings.wait_limit_s = 0.05
    fleet.settings.time_scale = 0.0
    install(fleet, first_alive)
    return fleet


def test_a_reply_names_block_session_number_and_time(quick: World) -> None:
    before = time.time()
    answer = infer(quick, known(ts=1, files=["ignored"]))

    assert ["data", "model", "seq_no", "session_id", "ts"] == list(answer)
    assert (NEAR, 1, "s") == (answer["model"], answer["seq_no"], answer["session_id"])
    assert before <= answer["ts"] <= time.time()
    assert "hello" in answer["data"]["reply"]


def test_the_guides_request_chooses_a_block(quick: World) -> None:
    answer = infer(quick, guides_request())

    assert "Explain about the Deepseek LLM Model" in answer["data"]["reply"]
    assert {"session-1257": answer["model"]} == quick.sessions


def test_a_known_session_ignores_its_query(quick: World) -> None:
    chosen = [
        infer(quick, selecting(query, seq_no=n))["model"]
        for n, query in enumerate([only(guides_query(), NEAR), {"garbage": 1}, None])
    ]

    assert [NEAR] * 3 == chosen


def test_a_named_block_neither_reads_nor_writes_the_session(quick: World) -> None:
    infer(quick, known())

    assert {} == quick.sessions


@pytest.mark.parametrize("query", [None, {}, [], "", 0])
def test_a_new_session_without_a_query_fails_on_empty_json(quick: World, query: Any) -> None:

    assert "Expecting value: line 1 column 1 (char 0)" == message(quick, selecting(query))


def test_no_candidates(quick: World) -> None:
    query = only(guides_query(), "nobody")

    assert "no block selected in the specified filter" == message(quick, selecting(query))
    assert {} == quick.sessions


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (None, "'NoneType' object has no attribute 'get'"),
        ("text", "'str' object has no attribute 'get'"),
        (7, "'int' object has no attribute 'get'"),
        ([], "no block selected in the specified filter"),
        ([[]], "'list' object has no attribute 'get'"),
        ({}, "invalid similarity search result, {}"),
        ({"id": ""}, "invalid similarity search result, {'id': ''}"),
        (
            {"result": [], "reason": "none"},
            "invalid similarity search result, {'reason': 'none', 'result': []}",
        ),
        ({"id": 5}, "5 has type int, but expected one of: bytes, unicode"),
        ({"id": None}, "None has type NoneType, but expected one of: bytes, unicode"),
        ({1, 2}, T6),
        ({"id": "ghost"}, "ghost not found in the DB, err=API returned non-200 status code"),
    ],
)
def test_results_of_policies_that_name_no_usable_block(
    quick: World, result: Any, expected: str
) -> None:
    install(quick, lambda candidates, parameters: result)

    assert expected == message(quick, selecting(guides_query()))


def test_a_list_stands_for_its_first_element(quick: World) -> None:
    install(quick, lambda candidates, parameters: [{"id": NEAR}, {"id": FAR}])

    assert NEAR == infer(quick, selecting(guides_query()))["model"]


def test_a_policy_that_raises_shows_in_pythons_spelling(quick: World) -> None:
    def boom(candidates: Any, parameters: Any) -> None:
        raise ValueError("boom")

    install(quick, boom)
    text = "invalid similarity search result, {'message': 'boom', 'success': False}"

    assert text == message(quick, selecting(guides_query()))


def test_an_unknown_policy(quick: World) -> None:
    query = guides_query()
    ranking(query)["policyRuleURI"] = "nope:1.0-stable"

    assert (
        "invalid similarity search result, {'message': \"Policy rule with URI "
        "'nope:1.0-stable' not found.\", 'success': False}"
    ) == message(quick, selecting(query))


def test_a_bad_id_poisons_its_session(quick: World) -> None:
    install(quick, lambda candidates, parameters: {"id": 5})
    first_text = message(quick, selecting(guides_query()))
    install(quick, first_alive)

    assert first_text == message(quick, selecting(guides_query(), seq_no=2))


@pytest.mark.parametrize("service", ["policy_system", "blocks", "block_metrics"])
def test_every_fault_of_the_search_has_the_same_text(quick: World, service: str) -> None:
    quick.faults.add(Fault(service, "down"))

    assert T6 == message(quick, selecting(guides_query()))
    assert {} == quick.sessions


@pytest.mark.parametrize(
    ("query", "text"),
    [({"header": 1}, "'body'"), ({"body": {}}, "'values'")],
)
def test_a_query_without_body_or_values(quick: World, query: Any, text: str) -> None:

    assert f"Error in similarity_search: {text}" == message(quick, selecting(query))


def test_a_search_server_that_is_down_or_broken(quick: World) -> None:
    quick.faults.add(Fault("search_server", "down", count=1))
    quick.faults.add(Fault("search_server", "error"))
    down, broken = (message(quick, selecting(guides_query())) for _ in range(2))

    assert down.startswith("Error in similarity_search: HTTPConnectionPool(host='emulator'")
    assert "Error in similarity_search: Expecting value: line 1 column 1 (char 0)" == broken


def test_a_policy_that_never_returns_is_not_mistaken_for_a_failed_search(quick: World) -> None:
    quick.faults.add(Fault("policy_system", "silent"))

    assert "AIOS would have waited for ever" in message(quick, selecting(guides_query()))


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


@pytest.mark.parametrize(
    ("cluster", "text"),
    [
        ({"id": "c"}, "'config'"),
        ({"id": "c", "config": {}}, "'urlMap'"),
        (
            {"id": "c", "config": {"urlMap": {}}},
            "cluster did not define the public gateway url: ",
        ),
        ({}, "cluster is not defined for the block "),
    ],
)
def test_blocks_that_discovery_rejects(quick: World, cluster: Any, text: str) -> None:
    quick.blocks.insert({"id": "odd", "cluster": cluster})

    assert text == message(quick, known("odd"))


def test_a_block_without_a_cluster(quick: World) -> None:
    quick.blocks.insert({"id": "odd"})

    assert "'cluster'" == message(quick, known("odd"))


def test_a_blocks_registry_that_is_down_is_named_by_discovery(quick: World) -> None:
    quick.faults.add(Fault("blocks", "down"))

    assert message(quick, known()).startswith(f"{NEAR} not found in the DB, err=HTTPConnection")


def test_a_deleted_block_keeps_being_used(quick: World) -> None:
    infer(quick, known())
    block = quick.block(NEAR)
    assert block
    quick.blocks.remove(block)

    assert NEAR == infer(quick, known(seq_no=2))["model"]


def test_a_gateway_written_as_a_url_is_taken_for_a_host_name(quick: World) -> None:
    gateway = {"publicGateway": "http://10.0.0.1:32000"}
    quick.blocks.insert({"id": "odd", "cluster": {"id": "c", "config": {"urlMap": gateway}}})
    text = message(quick, known("odd"))

    assert text.startswith("<_InactiveRpcError of RPC that terminated with:\n\tstatus = Status")
    assert "DNS resolution failed for http://10.0.0.1:32000" in text


def test_a_gateway_that_refuses_fails_at_once(quick: World) -> None:
    quick.faults.add(Fault("block", "down", block_id=FAR))
    text = message(quick, known(FAR))

    assert "StatusCode.UNAVAILABLE" in text
    assert "10.20.0.21:32000" in text


def test_a_local_block_without_a_pod_is_tried_ten_times(quick: World) -> None:
    quick.faults.add(Fault("adhoc", "down", block_id=NEAR))
    host = f"{NEAR}-executor-svc.blocks.svc.cluster.local:6379"
    text = message(quick, known())
    retries = [line.text for line in quick.logs.lines if "Retry" in line.text]

    assert f"'{host}'" == text
    assert 10 == len(retries)
    assert retries[0].startswith(f"WARNING:root:Retry 1/10 failed for {host}: ")


def test_fifty_seconds_of_retries_are_scaled(quick: World) -> None:
    quick.settings.time_scale = 0.001
    quick.faults.add(Fault("block", "down", block_id=NEAR))
    begun = time.monotonic()
    message(quick, known())

    assert 0.05 <= time.monotonic() - begun < 1


@pytest.mark.parametrize("kind", ["silent", "error", "reset"])
def test_a_block_that_fails_is_silent(quick: World, kind: str) -> None:
    quick.faults.add(Fault("block", kind, block_id=NEAR, count=1))

    assert "AIOS would have waited for ever" in message(quick, known())
    assert "data" in infer(quick, known(seq_no=2))


@pytest.mark.parametrize("block_id", ["ember-12b-chat", "aspen-22b-chat"])
def test_blocks_of_the_fleet_that_never_answer(quick: World, block_id: str) -> None:

    assert block_id in message(quick, known(block_id))


def test_a_slow_block_answers_late(quick: World) -> None:
    quick.faults.add(Fault("block", "slow", block_id=NEAR, delay_s=0.1))
    begun = time.monotonic()
    infer(quick, known())

    assert time.monotonic() - begun >= 0.1


def test_a_graph_answers_with_the_output_of_its_leaf(quick: World) -> None:
    graph = {"is_graph": True, "graph": {NEAR: [FAR], FAR: []}}
    answer = infer(quick, known(graph=graph))

    assert NEAR == answer["model"]
    assert answer["data"]["reply"].startswith(f"(Simulated reply of {FAR}")
    assert f"Simulated reply of {NEAR}" in answer["data"]["reply"]


def test_a_graph_without_is_graph_hangs(quick: World) -> None:

    assert "is_graph" in message(quick, known(graph={"graph": {NEAR: []}}))


def test_a_graph_of_nothing_is_ignored(quick: World) -> None:

    assert "data" in infer(quick, known(graph={}))


def test_a_graph_with_an_unknown_node(quick: World) -> None:
    graph = {"is_graph": True, "graph": {NEAR: ["zz"]}}

    assert "block with ID zz not found" == message(quick, known(graph=graph))


def test_a_compiled_graph_is_taken_as_it_is(quick: World) -> None:
    edges = {NEAR: {"outputs": [{"block_id": FAR}]}, FAR: {"outputs": []}}
    graph = {"is_graph": True, "is_compiled": True, "graph": edges}
    answer = infer(quick, known(graph=graph))

    assert answer["data"]["reply"].startswith(f"(Simulated reply of {FAR}")


@pytest.mark.parametrize(
    ("graph", "text"),
    [
        ({"is_graph": True}, "'graph'"),
        ({"is_graph": True, "graph": [1]}, "'list' object has no attribute 'items'"),
        (
            {"is_graph": True, "is_compiled": True, "graph": [1]},
            "list indices must be integers or slices, not str",
        ),
        (5, "argument of type 'int' is not"),
    ],
)
def test_graphs_of_a_wrong_shape(quick: World, graph: Any, text: str) -> None:

    assert message(quick, known(graph=graph)).startswith(text)


def test_an_odd_status_of_a_fault_is_no_bug(quick: World) -> None:
    quick.faults.add(Fault("policy_system", "error", status=599))

    assert T6 == message(quick, selecting(guides_query()))


def test_a_cycle_never_answers(quick: World) -> None:
    graph = {"is_graph": True, "graph": {NEAR: [FAR], FAR: [NEAR]}}

    assert "no leaf" in message(quick, known(graph=graph))


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


def test_the_failure_of_a_block_shows_in_its_own_container(quick: World) -> None:
    message(quick, known("aspen-22b-chat"))
    lines = [x for x in quick.logs.lines if x.labels["namespace"] == "blocks"]

    assert ["aspen-22b-chat-executor"] == [x.labels["pod"] for x in lines]
    assert lines[0].text.startswith("ERROR:core.processor:failed to process frame: ")


def test_chat_completions_answer_an_object_without_usage(quick: World) -> None:
    body = {"model": NEAR, "messages": CHAT, "temperature": 1, "stream": True}
    answer = call(quick, adhoc.chat_completions, "POST", "/v1/chat/completions", json=body).json()
    choice = answer["choices"][0]

    assert ["choices", "created", "id", "model", "object"] == list(answer)
    assert ("chat.completion", NEAR) == (answer["object"], answer["model"])
    assert len("chatcmpl-") + 32 == len(answer["id"])
    assert (0, "stop", "assistant") == (
        choice["index"],
        choice["finish_reason"],
        choice["message"]["role"],
    )
    assert ["reply"] == list(choice["message"]["content"])


def test_chat_completions_return_the_model_as_sent_even_if_empty(quick: World) -> None:
    body = {"messages": CHAT, "selection_query": guides_query()}
    answer = call(quick, adhoc.chat_completions, "POST", "/v1/chat/completions", json=body).json()

    assert "" == answer["model"]
    assert 1 == len(quick.sessions)


def test_chat_completions_fail_with_500_and_an_error_object(quick: World) -> None:
    answer = call(quick, adhoc.chat_completions, "POST", "/v1/chat/completions", json={})
    error = {
        "code": 500,
        "message": "Expecting value: line 1 column 1 (char 0)",
        "param": None,
        "type": "internal_error",
    }

    assert (500, {"error": error}) == (answer.status_code, answer.json())


def test_completions_without_a_model_never_search(quick: World) -> None:
    path = "/v1/completions"
    unnamed = call(quick, adhoc.completions, "POST", path, json={"prompt": "hi"})
    named = call(quick, adhoc.completions, "POST", path, json={"prompt": "hi", "model": NEAR})
    choice = named.json()["choices"][0]

    text = "local-model not found in the DB, err=API returned non-200 status code"
    assert (500, text) == (unnamed.status_code, unnamed.json()["error"]["message"])
    assert ["finish_reason", "index", "logprobs", "text"] == list(choice)
    assert "hi" in choice["text"]["reply"]
    assert "text_completion" == named.json()["object"]


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


def test_behind_a_shared_gateway_the_first_block_answers_for_all(quick: World) -> None:
    quick.settings.quirks = frozenset({"shared_gateway"})
    answers = [infer(quick, known(b, seq_no=n)) for n, b in enumerate([FAR, OTHER_FAR])]

    assert [FAR, OTHER_FAR] == [a["model"] for a in answers]
    assert all(FAR in a["data"]["reply"] for a in answers)


def test_without_the_quirk_every_remote_block_answers_for_itself(quick: World) -> None:
    answers = [infer(quick, known(b, seq_no=n)) for n, b in enumerate([FAR, OTHER_FAR])]

    assert [FAR in answers[0]["data"]["reply"], OTHER_FAR in answers[1]["data"]["reply"]]


def packet(text: str, seq_no: int = 1) -> Packet:
    data = json.dumps({"mode": "chat", "message": text})
    return Packet(session_id="s", seq_no=seq_no, data=data, block_id=NEAR)


def answers_of(world: World, *texts: str) -> list[str]:
    """Send requests with one pair, one after the other; '' stands for no answer."""

    async def ask(text: str) -> str:
        try:
            answer: Answer = await infer_packet(world, packet(text))
        except Exception as failure:  # noqa: BLE001
            return "" if "waited for ever" in str(failure) else repr(failure)
        return answer.data

    async def ask_all() -> list[str]:
        return [await ask(text) for text in texts]

    return asyncio.run(ask_all())


@pytest.mark.parametrize("quirk", ["retry_poisoning", "stale_reply"])
def test_quirks_leave_ordinary_requests_alone(quick: World, quirk: str) -> None:
    quick.settings.quirks = frozenset({quirk})
    one, two = answers_of(quick, "one", "two")

    assert "one" in one
    assert "two" in two


def test_the_retry_of_an_abandoned_request_feeds_the_abandoned_one(quick: World) -> None:
    quick.settings.quirks = frozenset({"retry_poisoning"})
    quick.faults.add(Fault("block", "silent", block_id=NEAR, count=1))

    assert ["", "", ""] == answers_of(quick, "lost", "retry", "again")


def test_without_the_quirk_a_retry_is_answered(quick: World) -> None:
    quick.faults.add(Fault("block", "silent", block_id=NEAR, count=1))
    lost, retry = answers_of(quick, "lost", "retry")

    assert "" == lost
    assert "retry" in retry


def batch_then_single(world: World) -> str:
    batch = {"inputs": [{"mode": "chat", "message": m} for m in ("one", "two")]}

    async def ask() -> str:
        await infer_packet(world, Packet("s", 1, json.dumps(batch), block_id=NEAR))
        return (await infer_packet(world, packet("fresh"))).data

    return asyncio.run(ask())


def test_a_reply_left_over_from_a_batch_answers_the_next_request(quick: World) -> None:
    quick.settings.quirks = frozenset({"stale_reply"})

    assert "two" in batch_then_single(quick)


def test_without_the_quirk_leftovers_are_lost(quick: World) -> None:

    assert "fresh" in batch_then_single(quick)


def test_a_decision_is_noted_for_the_journal(quick: World) -> None:
    from aios_nb.emulator.journal import open_decision

    async def handle(world: World, request: Any) -> Any:
        decision = open_decision()
        await adhoc.infer(world, request)
        return adhoc.compact(decision)

    answer = _decide(quick, handle, selecting(guides_query()))
    again = _decide(quick, handle, selecting(guides_query(), seq_no=2))

    assert answer["candidate_count"] == len(answer["candidates"]) > 0
    assert "search" == answer["found_by"]
    assert answer["block"] == answer["result"]["id"] in answer["candidates"]
    assert "attributebasedrouter:2.0-stable" == answer["policy"]
    assert answer["policy_ms"] >= 0
    assert {"block": answer["block"], "found_by": "session"} == again


def test_a_known_session_costs_little(quick: World) -> None:
    body = json.dumps(selecting(guides_query())).encode()
    infer(quick, selecting(guides_query()))
    seconds = asyncio.run(_cpu_seconds(quick, body, rounds=300)) / 300

    assert seconds < 0.0006  # 0.3 ms, and as much again for a busy machine


async def _cpu_seconds(world: World, body: bytes, rounds: int) -> float:
    from starlette.requests import Request

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/v1/infer", "headers": headers}

    async def receive() -> Any:
        return {"type": "http.request", "body": body}

    begun = time.process_time()
    for _ in range(rounds):
        await adhoc.infer(world, Request(dict(scope, query_string=b""), receive))
    return time.process_time() - begun


def _decide(world: World, handler: Callable[..., Awaitable[Any]], body: Any) -> Any:
    handler.__doc__ = adhoc.infer.__doc__
    handler.__module__ = adhoc.__name__
    return call(world, handler, *INFER, json=body).json()


def _parts(body: bytes, boundary: str) -> list[bytes]:
    mark = f"--{boundary}".encode()
    assert body.endswith(mark + b"--\r\n")
    return body.split(mark)[1:-1]
