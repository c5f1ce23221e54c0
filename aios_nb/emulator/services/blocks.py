"""The registry of blocks, an Express app over Mongoose (contract §5.6)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..engine import registry
from ..engine.mongoose import answered_on_save, minimize
from ..engine.query_schemas import BLOCKS
from ..engine.schemas import BLOCK
from ..expressjs import Unreadable, error_page, read_body
from ..http import express
from ..refusal import Refusal
from ..world import JSON, World


def error_shape(refusal: Refusal) -> Response:
    if isinstance(refusal, Unreadable):
        return error_page(refusal)
    return express({"message": refusal.text}, refusal.status or 500)


async def create(world: World, request: Request) -> Response:
    """POST /blocks: store a block (201); unknown keys and empty objects are dropped."""
    body = await read_body(request)
    try:
        document = registry.save(world.blocks, BLOCK, body, world.new_id())
    except Refusal as refusal:
        raise Refusal(refusal.text, 400) from refusal
    return express(answered_on_save(document), 201)


async def read_all(world: World, request: Request) -> Response:  # noqa: ARG001 - a handler
    """GET /blocks: every block, in the order of insertion."""
    return express([minimize(document) for document in world.blocks])


async def read(world: World, request: Request) -> Response:
    """GET /blocks/{block_id}: one block; 404 if there is none."""
    return express(minimize(_block(world, request)))


async def update(world: World, request: Request) -> Response:
    """PUT /blocks/{block_id}: Mongo update operators or plain fields; the changed block."""
    body = await read_body(request)
    try:
        changed = registry.update(world.blocks, BLOCK, request.path_params["block_id"], body)
    except Refusal as refusal:
        raise Refusal(refusal.text, 400) from refusal
    if changed is None:
        raise _not_found()
    return express(minimize(changed))


async def delete(world: World, request: Request) -> Response:
    """DELETE /blocks/{block_id}: remove one block."""
    world.blocks.remove(_block(world, request))
    return express({"message": "Block deleted successfully"})


async def query(world: World, request: Request) -> Response:
    """POST /blocks/query: ``{"query": <Mongo filter>, "options": {sort, limit, skip}}``."""
    body = await read_body(request)
    found = registry.find(world.blocks, BLOCKS, body.get("query"), body.get("options"))
    return express([minimize(document) for document in found])


def _block(world: World, request: Request) -> JSON:
    block = world.block(request.path_params["block_id"])
    if block is None:
        raise _not_found()
    return block


def _not_found() -> Refusal:
    return Refusal("Block not found", 404)
