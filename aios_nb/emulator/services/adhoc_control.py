"""The ad-hoc server's control port: discovery and logs (contract §5.13)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..engine.graphs import resolve
from ..engine.python_words import in_pythons_words
from ..engine.routing import look_up
from ..engine.selecting import ask_search_server, filter_in_envelope, select_in_envelope
from ..http import compact, read_json
from ..refusal import Refusal
from ..world import World

# The shipped manifest configures no database for logs.
NO_DATABASE = "'DBLogsWriter' object has no attribute 'cursor'"
# AH/core/discovery.py names the estimator's initialiser __call__.
NO_CACHE = "'Estimator' object has no attribute 'graph_cache'"


def error_shape(refusal: Refusal) -> Response:
    """Answer 500 to every exception."""
    return compact({"message": refusal.text, "success": False}, refusal.status or 500)


async def session_logs(world: World, request: Request) -> Response:  # noqa: ARG001
    """GET /logs/session/{session_id}: always an error."""
    return compact({"error": NO_DATABASE}, 500)


async def request_logs(world: World, request: Request) -> Response:  # noqa: ARG001
    """GET /logs/request/{request_id}: always an error."""
    return compact({"error": NO_DATABASE}, 500)


async def block_logs(world: World, request: Request) -> Response:  # noqa: ARG001
    """GET /logs/block/{block_id}: always an error."""
    return compact({"error": NO_DATABASE}, 500)


async def session_block_logs(world: World, request: Request) -> Response:  # noqa: ARG001
    """GET /logs/session_block: always an error."""
    return compact({"error": NO_DATABASE}, 500)


async def search(world: World, request: Request) -> Response:
    """POST /discovery/search: what the search server says, errors included."""
    path, action = "/api/similarity-search", "similarity_search"
    spec = await read_json(request)
    return _found(await ask_search_server(world, path, action, spec, select_in_envelope))


async def filter_blocks(world: World, request: Request) -> Response:
    """POST /discovery/filter: the candidates."""
    path, action = "/api/filter-data", "filter_data"
    spec = await read_json(request)
    return _found(await ask_search_server(world, path, action, spec, filter_in_envelope))


async def get_url(world: World, request: Request) -> Response:
    """POST /discovery/get_url/{block_id}: where a block is reached."""
    # A new cache for every call, unlike /v1/infer: AH/core/rest.py, discover_public_url.
    host, port = await look_up(world, request.path_params["block_id"])
    return compact({"port": port, "queue_url": host, "success": True})


async def resolve_graph(world: World, request: Request) -> Response:
    """POST /discovery/resolve_graph: where each edge of a graph leads."""
    graph = await resolve(world, await read_json(request))
    return compact({"graph": graph, "success": True})


async def estimate(world: World, request: Request) -> Response:  # noqa: ARG001
    """POST /discovery/estimate: always an error."""
    return await _no_estimate(request)


async def check_execute(world: World, request: Request) -> Response:  # noqa: ARG001
    """POST /discovery/check_execute: always an error."""
    return await _no_estimate(request)


async def _no_estimate(request: Request) -> Response:
    body = await read_json(request)
    with in_pythons_words():
        body.get("block_id")
    raise Refusal(NO_CACHE)


def _found(data: object) -> Response:
    return compact({"data": data, "success": True})
