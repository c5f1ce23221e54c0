"""The registry of components (contract §5.8)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..http import compact
from ..refusal import Refusal
from ..world import World


def error_shape(refusal: Refusal) -> Response:
    return compact({"message": refusal.text, "success": False}, refusal.status or 200)


async def register(world: World, request: Request) -> Response:
    """POST /api/registerComponent: store a component."""
    raise Refusal("not emulated yet", 501)


async def unregister(world: World, request: Request) -> Response:
    """POST /api/unregisterComponent: remove by URI."""
    raise Refusal("not emulated yet", 501)


async def update(world: World, request: Request) -> Response:
    """POST /api/updateComponent: a no-op."""
    raise Refusal("not emulated yet", 501)


async def update_metadata(world: World, request: Request) -> Response:
    """POST /api/updateMetadata: a no-op."""
    raise Refusal("not emulated yet", 501)


async def get_by_type(world: World, request: Request) -> Response:
    """POST /api/getByType: by type."""
    raise Refusal("not emulated yet", 501)


async def get_by_uri(world: World, request: Request) -> Response:
    """POST /api/getByURI: by URI as regex."""
    raise Refusal("not emulated yet", 501)


async def query(world: World, request: Request) -> Response:
    """POST /api/query: by Mongo filter."""
    raise Refusal("not emulated yet", 501)


async def health(world: World, request: Request) -> Response:
    """GET /health: alive."""
    raise Refusal("not emulated yet", 501)
