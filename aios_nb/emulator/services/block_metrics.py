"""The global store of block metrics, whose failures say ``error`` (contract §5.5)."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from starlette.requests import Request
from starlette.responses import Response

from ..engine import driver
from ..engine.aggregate import run_pipeline
from ..engine.bson import MongoError
from ..engine.health import block_health
from ..engine.updates import IMMUTABLE, apply_update
from ..http import indented, read_json
from ..refusal import Refusal
from ..world import JSON, Collection, World

ANSWERS_KEPT = 2_000


def error_shape(refusal: Refusal) -> Response:
    return indented({"error": refusal.text, "success": False}, refusal.status or 500)


async def read(world: World, request: Request) -> Response:
    """GET /block/{block_id}: the metrics documents of a block; ``[]`` for an unknown one."""
    answers, wanted = _answers(world), request.path_params["block_id"]
    if wanted not in answers:
        found = [_shown(d) for d in world.metrics if d.get("blockId") == wanted]
        answers[wanted] = bytes(_done(found).body)
    return Response(answers[wanted], media_type="application/json")


# A policy that asks for each candidate gets the same answers until something is pushed.
_read: WeakKeyDictionary[Collection, tuple[int, dict[str, bytes]]] = WeakKeyDictionary()


def _answers(world: World) -> dict[str, bytes]:
    """Return the answers by block id, kept for as long as no metrics document changes."""
    iter(world.metrics)  # live instances push when somebody looks
    version, answers = _read.get(world.metrics, (-1, {}))
    if version != world.metrics.version or len(answers) > ANSWERS_KEPT:
        answers = {}
        _read[world.metrics] = world.metrics.version, answers
    return answers


async def query(world: World, request: Request) -> Response:
    """POST /block/query: the metrics documents that match a raw Mongo filter."""
    body = await read_json(request, debug=True)
    try:
        return _done([_shown(d) for d in driver.find(world.metrics, body)])
    except MongoError as error:
        raise Refusal(error.full_text, 400) from error


async def aggregate(world: World, request: Request) -> Response:
    """POST /block/aggregate: the result of a Mongo pipeline."""
    pipeline = driver.pipeline_of(await read_json(request, debug=True))
    try:
        return _done([_shown(d) for d in run_pipeline(pipeline, world.metrics)])
    except MongoError as error:
        raise Refusal(error.full_text, 400) from error


async def health(world: World, request: Request) -> Response:
    """GET /block/health/{block_id}: which instances reported within the last 60 s."""
    block_id = request.path_params["block_id"]
    document = world.metrics_of(block_id)
    if document is None:
        raise Refusal("No block data found", 404)
    verdict = block_health(document, world.clock.now())
    return indented({"success": True, "block_id": block_id, **verdict})


async def create(world: World, request: Request) -> Response:
    """POST /block: store a metrics document (201), a second one for the same block as well."""
    document = driver.document_of(await read_json(request, debug=True))
    world.metrics.insert(_shown(document))
    identity = document.get("_id", world.new_id())
    return _done({"id": str(identity), "message": "Block created"}, 201)


async def update(world: World, request: Request) -> Response:
    """PUT /block/{block_id}: ``$set`` the body's fields; an unknown block: created, with a 400."""
    block_id = request.path_params["block_id"]
    fields = driver.encodable(await read_json(request, debug=True))
    old = world.metrics_of(block_id)
    try:
        if old is not None and isinstance(fields, dict) and "_id" in fields:
            raise MongoError(IMMUTABLE, 66)  # each document has one, which is not kept here
        new = apply_update(old or {"blockId": block_id}, {"$set": fields})
    except MongoError as error:
        raise Refusal(error.write_text, 400) from error
    if old is None:
        # update_one(upsert=True) counts nothing as modified (global-metrics/block/core/db.py):
        # a 400 that has written.
        world.metrics.insert(_shown(new))
    elif new != old:
        world.metrics.replace(old, _shown(new))
        return _done({"message": "Block updated", "modified_count": 1})
    raise Refusal("No document found to update", 400)


async def delete(world: World, request: Request) -> Response:
    """DELETE /block/{block_id}: remove one metrics document."""
    document = world.metrics_of(request.path_params["block_id"])
    if document is None:
        raise Refusal("No document found to delete", 400)
    world.metrics.remove(document)
    return _done({"deleted_count": 1, "message": "Block deleted"})


def _shown(document: JSON) -> JSON:
    # `_id` never leaves this service (§6.7), so it is not kept either.
    return {key: value for key, value in document.items() if key != "_id"}


def _done(data: Any, status: int = 200) -> Response:
    return indented({"data": data, "success": True}, status)
