"""The Router, called parser in the cluster (contract §5.10); not on the ad-hoc path."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..http import compact
from ..refusal import Refusal
from ..world import World


def error_shape(refusal: Refusal) -> Response:
    return compact({"message": refusal.text, "success": False}, refusal.status or 200)


async def act(world: World, request: Request) -> Response:
    """POST /api/{action}: search, filter, or a refusal."""
    raise Refusal("not emulated yet", 501)


async def act_with_spec(world: World, request: Request) -> Response:
    """POST /api/with-spec/{action}: the same with a body from the spec store."""
    raise Refusal("not emulated yet", 501)
