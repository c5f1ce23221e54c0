"""The registry of ad-hoc inference servers, which nobody consults (contract §5.15)."""

from __future__ import annotations

import uuid
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..engine import driver
from ..engine.bson import MongoError
from ..engine.python_words import in_pythons_words
from ..engine.updates import apply_update
from ..http import compact, read_json
from ..refusal import Refusal
from ..world import JSON, World

DEFAULTS: JSON = {
    "inference_server_name": "",
    "inference_server_metadata": {},
    "inference_server_tags": [],
    "inference_server_public_url": "",
}


def error_shape(refusal: Refusal) -> Response:
    return compact({"error": refusal.text}, refusal.status or 500)


async def create(world: World, request: Request) -> Response:
    """POST /inference_server: store a record (201); the id answered is Mongo's own."""
    body = await read_json(request)
    with in_pythons_words():
        server_id = body.get("inference_server_id", str(uuid.uuid4()))
        fields = {key: body.get(key, default) for key, default in DEFAULTS.items()}
    record = {"_id": world.new_id(), "inference_server_id": server_id, **fields}
    world.inference_servers.insert(record)
    return _done({"id": record["_id"], "message": "Inference server created"}, 201)


async def read(world: World, request: Request) -> Response:
    """GET /inference_server/{server_id}: one record; 404 if there is none."""
    return _done(_shown(_server(world, request, "No document found")))


async def update(world: World, request: Request) -> Response:
    """PUT /inference_server/{server_id}: Mongo update operators; an unknown id is created, 404."""
    server_id = request.path_params["server_id"]
    operators = driver.update_of(await read_json(request))
    old = world.inference_servers.first(inference_server_id=server_id)
    born: JSON = {"inference_server_id": server_id}
    try:
        new = apply_update(old or born, operators, inserting=old is None)
    except MongoError as error:
        raise Refusal(error.write_text) from error
    if old is None:
        world.inference_servers.insert({"_id": world.new_id(), **new})
    elif new != old:
        world.inference_servers.replace(old, new)
        return _done({"message": "Inference server updated", "modified_count": 1})
    raise Refusal("No document found to update", 404)


async def delete(world: World, request: Request) -> Response:
    """DELETE /inference_server/{server_id}: remove one record; 404 if there is none."""
    world.inference_servers.remove(_server(world, request, "No document found to delete"))
    return _done({"deleted_count": 1, "message": "Inference server deleted"})


async def query(world: World, request: Request) -> Response:
    """POST /inference_servers: the records that match a raw Mongo filter."""
    body = await read_json(request)
    try:
        return _done([_shown(d) for d in driver.find(world.inference_servers, body)])
    except MongoError as error:
        raise Refusal(error.full_text, 400) from error


def _server(world: World, request: Request, refusal: str) -> JSON:
    wanted = request.path_params["server_id"]
    server = world.inference_servers.first(inference_server_id=wanted)
    if server is None:
        raise Refusal(refusal, 404)
    return server


def _shown(document: JSON) -> JSON:
    return {key: value for key, value in document.items() if key != "_id"}


def _done(data: Any, status: int = 200) -> Response:
    return compact({"data": data, "success": True}, status)
