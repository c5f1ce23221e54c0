"""The registry of blocks (contract §5.6)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..http import compact
from ..refusal import Refusal
from ..world import World


def error_shape(refusal: Refusal) -> Response:
    return compact({"message": refusal.text, "success": False}, refusal.status or 200)


async def create(world: World, request: Request) -> Response:
    """POST /blocks: store a block."""
    raise Refusal("not emulated yet", 501)


async def read_all(world: World, request: Request) -> Response:
    """GET /blocks: every block."""
    raise Refusal("not emulated yet", 501)


async def read(world: World, request: Request) -> Response:
    """GET /blocks/{block_id}: one block."""
    raise Refusal("not emulated yet", 501)


async def update(world: World, request: Request) -> Response:
    """PUT /blocks/{block_id}: change one block."""
    raise Refusal("not emulated yet", 501)


async def delete(world: World, request: Request) -> Response:
    """DELETE /blocks/{block_id}: remove one block."""
    raise Refusal("not emulated yet", 501)


async def query(world: World, request: Request) -> Response:
    """POST /blocks/query: blocks by Mongo filter."""
    raise Refusal("not emulated yet", 501)
