"""The ad-hoc server's control port: discovery and logs (contract §5.13)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..http import compact
from ..refusal import Refusal
from ..world import World


def error_shape(refusal: Refusal) -> Response:
    return compact({"message": refusal.text, "success": False}, refusal.status or 200)


async def session_logs(world: World, request: Request) -> Response:
    """GET /logs/session/{session_id}: always an error."""
    raise Refusal("not emulated yet", 501)


async def request_logs(world: World, request: Request) -> Response:
    """GET /logs/request/{request_id}: always an error."""
    raise Refusal("not emulated yet", 501)


async def block_logs(world: World, request: Request) -> Response:
    """GET /logs/block/{block_id}: always an error."""
    raise Refusal("not emulated yet", 501)


async def session_block_logs(world: World, request: Request) -> Response:
    """GET /logs/session_block: always an error."""
    raise Refusal("not emulated yet", 501)


async def search(world: World, request: Request) -> Response:
    """POST /discovery/search: what the search server says, errors included."""
    raise Refusal("not emulated yet", 501)


async def filter_blocks(world: World, request: Request) -> Response:
    """POST /discovery/filter: the candidates."""
    raise Refusal("not emulated yet", 501)


async def get_url(world: World, request: Request) -> Response:
    """POST /discovery/get_url/{block_id}: where a block is reached."""
    raise Refusal("not emulated yet", 501)


async def resolve_graph(world: World, request: Request) -> Response:
    """POST /discovery/resolve_graph: where each edge of a graph leads."""
    raise Refusal("not emulated yet", 501)


async def estimate(world: World, request: Request) -> Response:
    """POST /discovery/estimate: always an error."""
    raise Refusal("not emulated yet", 501)


async def check_execute(world: World, request: Request) -> Response:
    """POST /discovery/check_execute: always an error."""
    raise Refusal("not emulated yet", 501)
