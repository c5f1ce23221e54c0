"""Functions, graphs and jobs of the policy system: none can be made here (contract §5.3)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..engine import driver
from ..engine.bson import MongoError
from ..http import compact, read_json
from ..refusal import Refusal
from ..world import World


def error_shape(refusal: Refusal) -> Response:
    return compact({"message": refusal.text, "success": False}, refusal.status or 200)


async def read_function(world: World, request: Request) -> Response:  # noqa: ARG001 - a handler
    """GET /function/{function_id}: 404, the one of the three that is no 200."""
    raise Refusal("Function not found.", 404)


async def query_functions(world: World, request: Request) -> Response:  # noqa: ARG001 - a handler
    """POST /function/query: nothing; 400 for what is no filter."""
    try:
        body = await read_json(request)
    except Refusal as refusal:
        raise Refusal(refusal.text, 500) from refusal
    if not isinstance(body, dict):
        raise Refusal("Invalid query filter.", 400)
    return _nothing(body)


async def read_graph(world: World, request: Request) -> Response:  # noqa: ARG001 - a handler
    """GET /graphs/{graph_uri}: not found, with status 200."""
    raise Refusal(f"Graph with URI '{request.path_params['graph_uri']}' not found.")


async def delete_graph(world: World, request: Request) -> Response:  # noqa: ARG001 - a handler
    """DELETE /graphs/{graph_uri}: nothing to delete, with status 200."""
    raise Refusal(f"Failed to delete graph with URI '{request.path_params['graph_uri']}'.")


async def query_graphs(world: World, request: Request) -> Response:  # noqa: ARG001 - a handler
    """POST /graphs/query: nothing."""
    return _nothing(await _filter(request))


async def read_job(world: World, request: Request) -> Response:  # noqa: ARG001 - a handler
    """GET /jobs/{job_id}: not found, with status 200."""
    raise Refusal(f"Job with ID '{request.path_params['job_id']}' not found.")


async def query_jobs(world: World, request: Request) -> Response:  # noqa: ARG001 - a handler
    """POST /jobs/query: nothing."""
    body = await _filter(request)
    if not isinstance(body, dict):
        raise Refusal("Invalid query filter format.")
    return _nothing(body)


async def _filter(request: Request) -> Any:
    try:
        return await read_json(request)
    except Refusal as refusal:
        raise Refusal(f"Error: {refusal.text}") from refusal


def _nothing(query: Any) -> Response:
    try:
        driver.find([], query)
    except Refusal as refusal:
        raise Refusal(f"Error: {refusal.text}") from refusal
    except MongoError:
        pass  # db.py prints the server's error and returns nothing
    return compact({"data": [], "success": True})
