"""The file server from which policies are downloaded (contract §5.2)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..http import compact
from ..refusal import Refusal
from ..world import World


def error_shape(refusal: Refusal) -> Response:
    return compact({"message": refusal.text, "success": False}, refusal.status or 200)


async def get_file(world: World, request: Request) -> Response:
    """GET /{path:path}: a file or a listing."""
    raise Refusal("not emulated yet", 501)


async def head_file(world: World, request: Request) -> Response:
    """HEAD /{path:path}: the headers of GET."""
    raise Refusal("not emulated yet", 501)


async def unsupported(world: World, request: Request) -> Response:
    """POST /{path:path}: 501, whatever the verb."""
    raise Refusal("not emulated yet", 501)
