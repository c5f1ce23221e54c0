"""The search server: filters blocks and lets a policy choose (contract §5.9)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..http import compact
from ..refusal import Refusal
from ..world import World


def error_shape(refusal: Refusal) -> Response:
    return compact({"message": refusal.text, "success": False}, refusal.status or 200)


async def similarity_search(world: World, request: Request) -> Response:
    """POST /api/similarity-search: filter, then ask the policy."""
    raise Refusal("not emulated yet", 501)


async def filter_data(world: World, request: Request) -> Response:
    """POST /api/filter-data: filter alone."""
    raise Refusal("not emulated yet", 501)


async def plain_search(world: World, request: Request) -> Response:
    """POST /api/no-ir/similarity-search: the same search, real status codes."""
    raise Refusal("not emulated yet", 501)


async def plain_filter(world: World, request: Request) -> Response:
    """POST /api/no-ir/filter: the same filter, real status codes."""
    raise Refusal("not emulated yet", 501)
