"""The registry of components: everything a POST, prefix ``/api`` (contract §5.8)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..engine import registry
from ..engine.component_uri import component_uri
from ..engine.mongoose import build, minimize
from ..engine.query_schemas import COMPONENTS
from ..engine.schemas import COMPONENT
from ..expressjs import Unreadable, error_page, read_body
from ..http import express
from ..refusal import Refusal
from ..world import JSON, World


def error_shape(refusal: Refusal) -> Response:
    if isinstance(refusal, Unreadable):
        return error_page(refusal)
    return express({"error": True, "message": refusal.text}, refusal.status or 500)


async def register(world: World, request: Request) -> Response:
    """POST /api/registerComponent: store a component.json; its URI is computed."""
    body = await read_body(request)
    uri = component_uri(body)
    document = build(COMPONENT, {**body, "componentURI": uri}, world.new_id())
    if world.components.first(componentURI=uri):
        raise Refusal(f"Component with URI {uri} already exists.")
    return _success(world.components.insert(document))


async def unregister(world: World, request: Request) -> Response:
    """POST /api/unregisterComponent: ``{"uri": …}``; an unknown URI deletes 0 and is no error."""
    uri = _needed(
        await read_body(request), "uri", "Invalid payload, it should contain uri and data"
    )
    component = world.components.first(componentURI=uri)
    if component is not None:
        world.components.remove(component)
    return _success({"acknowledged": True, "deletedCount": int(component is not None)})


async def update(world: World, request: Request) -> Response:  # noqa: ARG001 - a handler
    """POST /api/updateComponent: ``{"uri", "data"}``; says yes and changes nothing, as upstream."""
    return await _promise(request)


async def update_metadata(world: World, request: Request) -> Response:  # noqa: ARG001 - a handler
    """POST /api/updateMetadata: ``{"uri", "data"}``; says yes and changes nothing, as upstream."""
    return await _promise(request)


async def get_by_type(world: World, request: Request) -> Response:
    """POST /api/getByType: ``{"typeString"}``, an unanchored regular expression."""
    return await _by_pattern(world, request, "typeString", "componentType")


async def get_by_uri(world: World, request: Request) -> Response:
    """POST /api/getByURI: ``{"uriString"}``, an unanchored, unescaped regular expression."""
    return await _by_pattern(world, request, "uriString", "componentURI")


async def query(world: World, request: Request) -> Response:
    """POST /api/query: ``{"query": <Mongo filter>}``."""
    body = await read_body(request)
    wanted = _needed(body, "query", "Invalid payload received, it should contain query")
    return _success([minimize(d) for d in registry.find(world.components, COMPONENTS, wanted)])


async def health(world: World, request: Request) -> Response:  # noqa: ARG001 - a handler
    """GET /health: the registry is up."""
    return express({"status": "ok", "success": True})


async def _promise(request: Request) -> Response:
    # components-registry/src/controls.js does not await its updateOne: nothing is executed (§5.8).
    body = await read_body(request)
    for key in ("uri", "data"):
        _needed(body, key, "Invalid payload received, it should contain uri and data")
    return _success({})


async def _by_pattern(world: World, request: Request, key: str, path: str) -> Response:
    text = f"Invalid payload received, it should contain {key}"
    pattern = _needed(await read_body(request), key, text)
    found = registry.find(world.components, COMPONENTS, {path: {"$regex": pattern}})
    return _success([minimize(document) for document in found])


def _needed(body: JSON, key: str, complaint: str) -> Any:
    value = body.get(key)
    if value is None or value is False or value == "" or (value == 0 and value is not False):
        raise Refusal(complaint)  # what JavaScript takes as false; {} and [] are true there
    return value


def _success(payload: Any) -> Response:
    return express({"error": False, "payload": payload})
