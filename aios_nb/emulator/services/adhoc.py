"""The ad-hoc inference server (contract §5.11, §12)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..http import compact
from ..refusal import Refusal
from ..world import World


def error_shape(refusal: Refusal) -> Response:
    return compact({"message": refusal.text, "success": False}, refusal.status or 200)


async def infer(world: World, request: Request) -> Response:
    """POST /v1/infer: choose a block, ask it."""
    raise Refusal("not emulated yet", 501)


async def chat_completions(world: World, request: Request) -> Response:
    """POST /v1/chat/completions: the same in OpenAI's shape."""
    raise Refusal("not emulated yet", 501)


async def completions(world: World, request: Request) -> Response:
    """POST /v1/completions: the same for a prompt."""
    raise Refusal("not emulated yet", 501)


async def infer_multipart(world: World, request: Request) -> Response:
    """POST /v1/infer-multipart: the same with files."""
    raise Refusal("not emulated yet", 501)
