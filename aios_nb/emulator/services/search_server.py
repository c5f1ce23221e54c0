"""The search server: filters blocks and lets a policy choose (contract §5.9)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..engine.joining import with_texts
from ..engine.python_words import in_pythons_words
from ..engine.selecting import (
    NO_BODY,
    filter_in_envelope,
    find_candidates,
    search,
    select_in_envelope,
)
from ..http import indented, read_json
from ..refusal import Refusal
from ..world import SEARCH_LOG, World


def error_shape(refusal: Refusal) -> Response:
    """Answer 400 to everything that fails outside the search itself."""
    return indented({"message": refusal.text, "success": False}, refusal.status or 400)


async def similarity_search(world: World, request: Request) -> Response:
    """POST /api/similarity-search: filter, then ask the policy."""
    spec = await _read_body(request)
    return _found(await select_in_envelope(world, spec))


async def filter_data(world: World, request: Request) -> Response:
    """POST /api/filter-data: filter alone."""
    spec = await _read_body(request)
    world.logs.write(SEARCH_LOG, f"INFO:root:received filter IR: {spec}")
    return _found(with_texts(world, await filter_in_envelope(world, spec)))


async def plain_search(world: World, request: Request) -> Response:
    """POST /api/no-ir/similarity-search: the same search, real status codes."""
    body = await _read_body(request)
    with in_pythons_words():
        rule = body["rankingPolicyRule"]
        uri, parameters = rule["policyRuleURI"], rule["parameters"]
    return _found(await search(world, uri, parameters))


async def plain_filter(world: World, request: Request) -> Response:
    """POST /api/no-ir/filter: the same filter, real status codes."""
    rule = await _read_body(request)
    world.logs.write(SEARCH_LOG, f"INFO:root:received filter IR: {rule}")
    return _found(with_texts(world, await find_candidates(world, rule)))


async def _read_body(request: Request) -> Any:
    body = await read_json(request, debug=True)
    if not body:
        raise Refusal(NO_BODY)
    return body


def _found(data: Any) -> Response:
    return indented({"data": data, "success": True})
