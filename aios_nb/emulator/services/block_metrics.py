"""The store of block metrics (contract §5.5)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..http import compact
from ..refusal import Refusal
from ..world import World


def error_shape(refusal: Refusal) -> Response:
    return compact({"message": refusal.text, "success": False}, refusal.status or 200)


async def read(world: World, request: Request) -> Response:
    """GET /block/{block_id}: the metrics of a block."""
    raise Refusal("not emulated yet", 501)


async def query(world: World, request: Request) -> Response:
    """POST /block/query: metrics by Mongo filter."""
    raise Refusal("not emulated yet", 501)


async def aggregate(world: World, request: Request) -> Response:
    """POST /block/aggregate: run a pipeline."""
    raise Refusal("not emulated yet", 501)


async def health(world: World, request: Request) -> Response:
    """GET /block/health/{block_id}: who reported lately."""
    raise Refusal("not emulated yet", 501)


async def create(world: World, request: Request) -> Response:
    """POST /block: store a document."""
    raise Refusal("not emulated yet", 501)


async def update(world: World, request: Request) -> Response:
    """PUT /block/{block_id}: $set, with upsert."""
    raise Refusal("not emulated yet", 501)


async def delete(world: World, request: Request) -> Response:
    """DELETE /block/{block_id}: remove one."""
    raise Refusal("not emulated yet", 501)
