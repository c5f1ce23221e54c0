"""The ad-hoc inference server over gRPC, in the event loop of the other services (§5.12)."""

from __future__ import annotations

import importlib.util
import json
from functools import partial
from typing import Any

from .engine.inferring import infer
from .engine.packets import Answer, File, Packet
from .grpc_messages import message_classes
from .refusal import Refusal
from .world import ADHOC_LOG, World

GRPC_PORT = 31500
MISSING = (
    "the emulator's gRPC port needs grpcio and protobuf, and {name!r} is not installed; "
    "install them with: pip install 'aios-nb[grpc]'"
)


def grpc_is_installed() -> bool:
    """Return whether the extra ``grpc`` is there, without importing it."""
    return all(importlib.util.find_spec(name) for name in ("grpc", "google.protobuf"))


async def start_grpc(
    world: World, address: str = "127.0.0.1", port: int = 0, *, token: str | None = None
) -> tuple[Any, int]:
    """Serve ``BlockInferenceService`` without TLS; return the server and its port.

    Parameters
    ----------
    address
        An address in figures. gRPC takes 0.0.0.0 for every address of IPv6, too.
    port
        0 takes a free one.
    token
        What other machines must send; ``None``: they are refused.

    Returns
    -------
    tuple
        A ``grpc.aio.Server``, to be ended with ``await server.stop(grace)``, and the port.

    Raises
    ------
    RuntimeError
        grpcio or protobuf is not installed, or the port cannot be had.
    """
    try:
        import grpc
        import grpc.aio

        from .grpc_guard import guarded

        classes = message_classes()
    except ImportError as error:
        raise RuntimeError(MISSING.format(name=error.name)) from error
    method = grpc.unary_unary_rpc_method_handler(
        guarded(partial(_infer, world, classes), address=address, token=token),
        request_deserializer=classes["BlockInferencePacket"].FromString,
        response_serializer=classes["AIOSPacket"].SerializeToString,
    )
    methods = {"infer": method}
    # Without this, Linux lets a second server listen on the same port and take half the calls.
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    handler = grpc.method_handlers_generic_handler("BlockInferenceService", methods)
    server.add_generic_rpc_handlers((handler,))
    try:
        place = f"[{address}]" if ":" in address else address
        bound = server.add_insecure_port(f"{place}:{port}")
    except RuntimeError as error:
        raise RuntimeError(f"gRPC port {port} of {address} cannot be used: {error}") from error
    await server.start()
    return server, bound


async def _infer(world: World, classes: dict[str, Any], request: Any, context: Any) -> Any:  # noqa: ARG001
    """Answer a packet; a failure travels in ``data``, with status OK."""
    line = f"Received request: session_id={request.session_id}, seq_no={request.seq_no}"
    world.logs.write(ADHOC_LOG, f"INFO:core.ai_server:{line}")
    try:
        return _to_message(classes, await infer(world, _to_packet(request)))
    except Refusal as refusal:
        line = f"ERROR:core.ai_server:Error processing inference: {refusal.text}"
        world.logs.write(ADHOC_LOG, line)
        return classes["AIOSPacket"](
            session_id=request.session_id,
            seq_no=request.seq_no,
            data=json.dumps({"success": False, "message": refusal.text}),
            ts=request.ts,
            output_ptr="{}",
        )


def _to_packet(request: Any) -> Packet:
    # frame_ptr is dropped: AIOSPacket has no such field.
    return Packet(
        block_id=request.block_id,
        session_id=request.session_id,
        seq_no=request.seq_no,
        ts=request.ts,
        data=request.data,
        query_parameters=request.query_parameters,
        output_ptr=request.output_ptr,
        files=tuple(File(f.metadata, f.file_data) for f in request.files),
    )


def _to_message(classes: dict[str, Any], answer: Answer) -> Any:
    file_info = classes["FileInfo"]
    return classes["AIOSPacket"](
        session_id=answer.session_id,
        seq_no=answer.seq_no,
        data=answer.data,
        ts=answer.ts,
        output_ptr=answer.output_ptr,
        files=[file_info(metadata=f.metadata, file_data=f.file_data) for f in answer.files],
    )
