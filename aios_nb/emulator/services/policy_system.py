"""The registry of policies and executors (contract §5.3)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..http import compact
from ..refusal import Refusal
from ..world import World


def error_shape(refusal: Refusal) -> Response:
    return compact({"message": refusal.text, "success": False}, refusal.status or 200)


async def create_policy(world: World, request: Request) -> Response:
    """POST /policy: store a policy rule."""
    raise Refusal("not emulated yet", 501)


async def query_policies(world: World, request: Request) -> Response:
    """POST /policy/query: policies by Mongo filter."""
    raise Refusal("not emulated yet", 501)


async def read_policy(world: World, request: Request) -> Response:
    """GET /policy/{uri}: the first of that URI."""
    raise Refusal("not emulated yet", 501)


async def update_policy(world: World, request: Request) -> Response:
    """PUT /policy/{uri}: replace the first."""
    raise Refusal("not emulated yet", 501)


async def delete_policy(world: World, request: Request) -> Response:
    """DELETE /policy/{uri}: remove the first."""
    raise Refusal("not emulated yet", 501)


async def create_executor(world: World, request: Request) -> Response:
    """POST /executor: store an executor."""
    raise Refusal("not emulated yet", 501)


async def query_executors(world: World, request: Request) -> Response:
    """POST /executor/query: executors by Mongo filter."""
    raise Refusal("not emulated yet", 501)


async def read_executor(world: World, request: Request) -> Response:
    """GET /executor/{executor_id}: one executor."""
    raise Refusal("not emulated yet", 501)


async def update_executor(world: World, request: Request) -> Response:
    """PUT /executor/{executor_id}: replace one."""
    raise Refusal("not emulated yet", 501)


async def delete_executor(world: World, request: Request) -> Response:
    """DELETE /executor/{executor_id}: remove one."""
    raise Refusal("not emulated yet", 501)


async def execute_policy(world: World, request: Request) -> Response:
    """POST /executor/{executor_id}/execute_policy: run a policy."""
    raise Refusal("not emulated yet", 501)


async def not_emulated(world: World, request: Request) -> Response:
    """ANY /{rest:path}: 501 for functions, graphs, jobs, estimators."""
    raise Refusal("not emulated yet", 501)
