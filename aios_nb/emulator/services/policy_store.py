"""The upload server that lesson 1 posts policy archives to (contract §5.1)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..http import compact
from ..refusal import Refusal
from ..world import World


def error_shape(refusal: Refusal) -> Response:
    return compact({"message": refusal.text, "success": False}, refusal.status or 200)


async def upload(world: World, request: Request) -> Response:
    """POST /upload: store one file."""
    raise Refusal("not emulated yet", 501)
