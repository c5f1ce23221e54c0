"""The pod that runs policies (contract §5.4)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..http import compact
from ..refusal import Refusal
from ..world import World


def error_shape(refusal: Refusal) -> Response:
    return compact({"message": refusal.text, "success": False}, refusal.status or 200)


async def execute_policy(world: World, request: Request) -> Response:
    """POST /execute_policy: run a policy, 202."""
    raise Refusal("not emulated yet", 501)
