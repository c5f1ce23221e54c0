"""The registry of clusters (contract §5.7)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..http import compact
from ..refusal import Refusal
from ..world import World


def error_shape(refusal: Refusal) -> Response:
    return compact({"message": refusal.text, "success": False}, refusal.status or 200)


async def create(world: World, request: Request) -> Response:
    """POST /clusters: store a cluster."""
    raise Refusal("not emulated yet", 501)


async def read(world: World, request: Request) -> Response:
    """GET /clusters/{cluster_id}: one cluster."""
    raise Refusal("not emulated yet", 501)


async def update(world: World, request: Request) -> Response:
    """PUT /clusters/{cluster_id}: change one."""
    raise Refusal("not emulated yet", 501)


async def delete(world: World, request: Request) -> Response:
    """DELETE /clusters/{cluster_id}: remove one."""
    raise Refusal("not emulated yet", 501)


async def query(world: World, request: Request) -> Response:
    """POST /clusters/query: clusters by Mongo filter."""
    raise Refusal("not emulated yet", 501)
