"""The gRPC face of the ad-hoc server, over a real channel."""

import asyncio
import builtins
import json
from typing import Any

import pytest

from aios_nb.emulator.world import World

grpc = pytest.importorskip("grpc")
pytest.importorskip("google.protobuf")

from aios_nb.emulator.grpc_messages import PROTO, message_classes  # noqa: E402
from aios_nb.emulator.grpc_server import start_grpc  # noqa: E402

from ..fakes import first, guides_query, install, only  # noqa: E402

NEAR, FAR = "atlas-14b-chat", "birch-15b-code"
CHAT = json.dumps({"mode": "chat", "message": "hello"})


def ask(world: World, **fields: Any) -> Any:
    """Send one packet over a channel and return the AIOSPacket."""
    return asyncio.run(_ask(world, fields))


async def _ask(world: World, fields: dict[str, Any]) -> Any:
    classes = message_classes()
    files = [classes["FileInfo"](**f) for f in fields.pop("files", [])]
    packet = classes["BlockInferencePacket"](**fields, files=files)
    server, port = await start_grpc(world, "127.0.0.1", 0)
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            method = channel.unary_unary(
                "/BlockInferenceService/infer",
                request_serializer=type(packet).SerializeToString,
                response_deserializer=classes["AIOSPacket"].FromString,
            )
            return await method(packet, timeout=10)
    finally:
        await server.stop(0)


def test_the_reply_echoes_time_and_files_and_shows_the_queue(fleet: World) -> None:
    file = {"metadata": '{"name": "p"}', "file_data": b"\x00\x01"}
    answer = ask(
        fleet,
        block_id=NEAR,
        session_id="session_notebook_7",
        seq_no=1,
        ts=2.5,
        data=CHAT,
        frame_ptr=b"dropped",
        files=[file],
    )

    assert ("session_notebook_7", 1, 2.5) == (answer.session_id, answer.seq_no, answer.ts)
    assert "hello" in json.loads(answer.data)["reply"]
    assert {
        "outputs": [
            {
                "host": "inference-server.inference-server.svc.cluster.local",
                "port": 6379,
                "queue_name": "instance-2__session_notebook_7__1",
            }
        ]
    } == json.loads(answer.output_ptr)
    assert [(file["metadata"], file["file_data"])] == [
        (f.metadata, f.file_data) for f in answer.files
    ]


def test_a_remote_block_is_told_the_public_queue(fleet: World) -> None:
    answer = ask(fleet, block_id=FAR, session_id="s", seq_no=1, data=CHAT)

    assert 31502 == json.loads(answer.output_ptr)["outputs"][0]["port"]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (
            {"block_id": "ghost", "data": "{}"},
            "ghost not found in the DB, err=API returned non-200 status code",
        ),
        ({"data": "{}"}, "Expecting value: line 1 column 1 (char 0)"),
        (
            {"data": "{}", "query_parameters": "null"},
            "Error in similarity_search: 415 Unsupported Media Type: Did not attempt to load JSON "
            "data because the request Content-Type was not 'application/json'.",
        ),
        (
            {"data": "{}", "query_parameters": "{}"},
            "Error in similarity_search: Missing or invalid JSON body",
        ),
    ],
)
def test_errors_travel_in_the_data_with_status_ok(
    fleet: World, fields: dict[str, Any], text: str
) -> None:
    answer = ask(fleet, session_id="s", seq_no=7, ts=1.5, **fields)

    assert ("s", 7, 1.5, "{}") == (answer.session_id, answer.seq_no, answer.ts, answer.output_ptr)
    assert f'{{"success": false, "message": "{text}"}}' == answer.data
    assert [] == list(answer.files)


def test_data_that_is_not_json_is_a_plain_prompt(fleet: World) -> None:
    answer = ask(fleet, block_id=NEAR, session_id="s", seq_no=1, data="plain text")

    assert "plain text" in json.loads(answer.data)["reply"]


def test_requests_and_failures_are_logged(fleet: World) -> None:
    ask(fleet, block_id="ghost", session_id="s", seq_no=7, data="{}")
    lines = [line.text for line in fleet.logs.lines]

    assert [
        "INFO:core.ai_server:Received request: session_id=s, seq_no=7",
        "ERROR:core.ai_server:Error processing inference: ghost not found in the DB, "
        "err=API returned non-200 status code",
    ] == lines


def test_field_numbers_are_those_of_the_wire() -> None:
    numbers = {
        name: {f.name: f.number for f in cls.DESCRIPTOR.fields}
        for name, cls in message_classes().items()
    }

    assert {
        "FileInfo": {"metadata": 1, "file_data": 2},
        "BlockInferencePacket": {
            "block_id": 1,
            "session_id": 3,
            "seq_no": 4,
            "frame_ptr": 5,
            "data": 6,
            "query_parameters": 7,
            "ts": 8,
            "files": 9,
            "output_ptr": 10,
        },
        "AIOSPacket": {
            "session_id": 1,
            "seq_no": 2,
            "data": 4,
            "ts": 5,
            "output_ptr": 6,
            "files": 7,
        },
    } == numbers


def test_messages_encode_as_protobuf_does() -> None:
    packet = message_classes()["BlockInferencePacket"](
        block_id="ghost", session_id="s", seq_no=7, data="{}"
    )

    assert b"\x0a\x05ghost\x1a\x01s\x20\x07\x32\x02{}" == packet.SerializeToString()


def test_the_contract_names_neither_a_package_nor_streams() -> None:
    text = PROTO.read_text()

    assert "package" not in text.replace("no package", "")
    assert "stream " not in text


def test_a_missing_grpcio_says_what_to_install(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = builtins.__import__

    def without_grpc(name: str, *args: Any, **options: Any) -> Any:
        if name == "grpc":
            raise ImportError("No module named 'grpc'", name="grpc")
        return original(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without_grpc)

    with pytest.raises(RuntimeError, match=r"'grpc' is not installed.*aios-nb\[grpc\]"):
        asyncio.run(start_grpc(world))


def test_a_port_in_use_is_named(world: World) -> None:
    async def start_twice() -> None:
        server, port = await start_grpc(world)
        try:
            await start_grpc(world, "127.0.0.1", port)
        finally:
            await server.stop(0)

    with pytest.raises(RuntimeError, match=r"gRPC port \d+ of 127\.0\.0\.1 cannot be used"):
        asyncio.run(start_twice())


def test_a_graph_is_resolved_in_the_pointer_and_the_rest_of_it_stays(fleet: World) -> None:
    pointer = {"is_graph": True, "note": "kept", "graph": {NEAR: [FAR], FAR: []}}
    answer = ask(
        fleet, block_id=NEAR, session_id="s", seq_no=1, data=CHAT, output_ptr=json.dumps(pointer)
    )
    final = {"host": "10.20.0.11", "port": 31502, "queue_name": "instance-2__s__1"}
    edge = {
        "host": "10.20.0.21:32000",
        "port": 0,
        "queue_name": "EXECUTOR_INPUTS",
        "block_id": FAR,
    }

    assert {
        "is_graph": True,
        "note": "kept",
        "graph": {NEAR: {"outputs": [edge]}, FAR: {"outputs": []}, "final": {"outputs": [final]}},
    } == json.loads(answer.output_ptr)


def test_a_search_fills_in_the_block(fleet: World) -> None:
    install(fleet, first)
    query = json.dumps(only(guides_query(), NEAR))
    answer = ask(fleet, session_id="s", seq_no=1, data=CHAT, query_parameters=query)

    assert "hello" in json.loads(answer.data)["reply"]
    assert {"s": NEAR} == fleet.sessions
