"""The registry of ad-hoc inference servers (contract §5.15)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..http import compact
from ..refusal import Refusal
from ..world import World


def error_shape(refusal: Refusal) -> Response:
    return compact({"message": refusal.text, "success": False}, refusal.status or 200)


async def create(world: World, request: Request) -> Response:
    """POST /inference_server: store a record."""
    raise Refusal("not emulated yet", 501)


async def read(world: World, request: Request) -> Response:
    """GET /inference_server/{server_id}: one record."""
    raise Refusal("not emulated yet", 501)


async def update(world: World, request: Request) -> Response:
    """PUT /inference_server/{server_id}: change one, with upsert."""
    raise Refusal("not emulated yet", 501)


async def delete(world: World, request: Request) -> Response:
    """DELETE /inference_server/{server_id}: remove one."""
    raise Refusal("not emulated yet", 501)


async def query(world: World, request: Request) -> Response:
    """POST /inference_servers: records by Mongo filter."""
    raise Refusal("not emulated yet", 501)
