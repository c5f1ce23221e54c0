"""The ad-hoc inference server (contract §5.11, §12)."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..engine.inferring import infer as infer_packet
from ..engine.packets import Answer, File, Packet, text_field, uint64_field
from ..engine.python_words import in_pythons_words
from ..http import BAD_REQUEST, compact, read_json
from ..multipart import multipart_body
from ..refusal import Refusal
from ..world import ADHOC_LOG, JSON, World


def error_shape(refusal: Refusal) -> Response:
    """Answer 200 to every failure of ``/v1/infer``: AH/core/ai_server.py, v1_infer."""
    return compact({"message": refusal.text, "success": False}, refusal.status or 200)


async def infer(world: World, request: Request) -> Response:
    """POST /v1/infer: choose a block, ask it."""
    try:
        answer = await infer_packet(world, _read_packet(await read_json(request)))
    finally:
        # The access line says 200 whatever happened, and is the only one a failure leaves.
        _log_access(world, request, 200)
    return compact(
        {
            "data": answer.output,
            "model": answer.block_id,
            "seq_no": answer.seq_no,
            "session_id": answer.session_id,
            "ts": answer.ts,
        }
    )


async def chat_completions(world: World, request: Request) -> Response:
    """POST /v1/chat/completions: the same in OpenAI's shape."""
    try:
        body = await read_json(request)
        packet = _openai_packet(body, payload=("messages", []), default_model="")
        answer = await infer_packet(world, packet)
    except Refusal as refusal:
        return _openai_error(world, request, refusal)
    message = {"content": _content(answer), "role": "assistant"}
    choice = {"finish_reason": "stop", "index": 0, "message": message}
    return _openai_answer(world, request, body.get("model", ""), choice)


async def completions(world: World, request: Request) -> Response:
    """POST /v1/completions: the same for a prompt."""
    try:
        body = await read_json(request)
        # Never searches unless model is "": the default names a block (contract §14, T40).
        packet = _openai_packet(body, payload=("prompt", ""), default_model="local-model")
        answer = await infer_packet(world, packet)
    except Refusal as refusal:
        return _openai_error(world, request, refusal)
    choice = {"finish_reason": "stop", "index": 0, "logprobs": None, "text": _content(answer)}
    return _openai_answer(world, request, body.get("model", "local-model"), choice)


async def infer_multipart(world: World, request: Request) -> Response:
    """POST /v1/infer-multipart: the same with files."""
    try:
        form = await _read_form(request)
        model = _form_text(form, "model")
        answer = await infer_packet(world, await _form_packet(form, model))
    except Refusal as refusal:
        _log_access(world, request, 500)
        return compact({"message": refusal.text, "success": False}, 500)
    _log_access(world, request, 200)
    boundary = f"----boundary_{uuid.uuid4().hex}"
    metadata = {
        "block_id": model,
        "session_id": answer.session_id,
        "seq_no": answer.seq_no,
        "ts": answer.ts,
    }
    files = [file.file_data for file in answer.files]
    body = multipart_body(boundary, metadata, answer.output, files)
    return Response(body, headers={"content-type": f"multipart/mixed; boundary={boundary}"})


def _read_packet(body: Any) -> Packet:
    """Read the fields in AIOS's order, which decides which missing one is named first."""
    with in_pythons_words():
        model = body.get("model", "")
        session_id, seq_no = body["session_id"], body["seq_no"]
        graph, query = body.get("graph"), body.get("selection_query")
        data = body["data"]
    return _packet(model, session_id, seq_no, data, graph, query)


def _openai_packet(body: Any, *, payload: tuple[str, Any], default_model: str) -> Packet:
    with in_pythons_words():
        data = body.get(*payload)
        model = body.get("model", default_model)
        graph, query = body.get("graph"), body.get("selection_query")
        session_id = body.get("session_id", str(uuid.uuid4()))
        seq_no = body.get("seq_no", int(time.time() * 1000))
    return _packet(model, session_id, seq_no, data, graph, query)


def _packet(model: Any, session_id: Any, seq_no: Any, data: Any, graph: Any, query: Any) -> Packet:
    return Packet(
        block_id=text_field(model),
        session_id=text_field(session_id),
        seq_no=uint64_field(seq_no),
        ts=time.time(),
        data=json.dumps(data),
        output_ptr=json.dumps(graph) if graph else "",
        selection_query=query,
    )


def _content(answer: Answer) -> Any:
    """Parse an object, leave anything else as the JSON text it is."""
    return answer.output if isinstance(answer.output, dict) else answer.data


def _openai_answer(world: World, request: Request, model: Any, choice: JSON) -> Response:
    _log_access(world, request, 200)
    is_chat = "message" in choice
    return compact(
        {
            "choices": [choice],
            "created": int(time.time()),
            "id": f"{'chatcmpl' if is_chat else 'cmpl'}-{uuid.uuid4().hex}",
            "model": model,
            "object": "chat.completion" if is_chat else "text_completion",
        }
    )


def _openai_error(world: World, request: Request, refusal: Refusal) -> Response:
    _log_access(world, request, 500)
    error = {"code": 500, "message": refusal.text, "param": None, "type": "internal_error"}
    return compact({"error": error}, 500)


async def _read_form(request: Request) -> FormData:
    try:
        return await request.form(max_files=1000, max_fields=10_000)
    except HTTPException as error:
        raise Refusal(BAD_REQUEST) from error


def _form_text(form: FormData, name: str, default: str | None = "") -> str:
    """Return a text field; without a default, a missing one is what Werkzeug calls bad."""
    # Of several fields with one name, Werkzeug takes the first.
    texts = [value for value in form.getlist(name) if isinstance(value, str)]
    if texts:
        return texts[0]
    if default is None:
        raise Refusal(BAD_REQUEST)
    return default


async def _form_packet(form: FormData, model: str) -> Packet:
    session_id, seq_no = _form_text(form, "session_id", None), _form_text(form, "seq_no", None)
    try:
        number, ts = int(seq_no), float(_form_text(form, "ts", "0"))
    except ValueError as error:
        raise Refusal(str(error)) from error
    files = [
        File(_form_text(form, f"{name}_metadata", "{}"), await upload.read())
        for name, upload in _uploads(form).items()
    ]
    return Packet(
        block_id=model,
        session_id=session_id,
        seq_no=uint64_field(number),
        ts=ts,
        data=_form_text(form, "data"),
        output_ptr=_form_text(form, "output_ptr"),
        query_parameters=_form_text(form, "query_parameters"),
        files=tuple(files),
    )


def _uploads(form: FormData) -> dict[str, UploadFile]:
    uploads: dict[str, UploadFile] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            uploads.setdefault(name, value)
    return uploads


def _log_access(world: World, request: Request, status: int) -> None:
    caller = request.client.host if request.client else "127.0.0.1"
    when = time.strftime("%d/%b/%Y %H:%M:%S")
    path = request.scope["path"]
    line = f'INFO:werkzeug:{caller} - - [{when}] "POST {path} HTTP/1.1" {status} -'
    world.logs.write(ADHOC_LOG, line)
