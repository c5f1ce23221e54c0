"""Drives one handler in this process: no socket, no thread, no running emulator."""

import asyncio
import re
import sys
from typing import Any

import httpx
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from aios_nb.emulator.refusal import Refusal
from aios_nb.emulator.routing import Handler, Router
from aios_nb.emulator.world import World


def call(world: World, handler: Handler, method: str, path: str, **options: Any) -> httpx.Response:
    """Send one request to ``handler`` and return its answer.

    The route is read from the handler's docstring, refusals go through its module's
    ``error_shape``; ``options`` are those of ``httpx.request`` (json, data, files, params, …).
    """
    return asyncio.run(_call(world, handler, method, path, **options))


async def _call(
    world: World, handler: Handler, method: str, path: str, **options: Any
) -> httpx.Response:
    transport = httpx.ASGITransport(app=_app(world, handler))
    async with httpx.AsyncClient(transport=transport, base_url="http://emulator") as client:
        return await client.request(method, path, **options)


def _app(world: World, handler: Handler) -> Any:
    router = Router([("ANY", route_of(handler), handler)])
    error_shape = sys.modules[handler.__module__].error_shape

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        match = router.match(scope["method"], scope["path"])
        assert match.handler, f"{scope['path']} does not fit {route_of(handler)}"
        inner = {**scope, "path_params": match.params}
        try:
            response = await handler(world, Request(inner, receive))
        except Refusal as refusal:
            response = error_shape(refusal)
        await response(inner, receive, send)

    return app


def route_of(handler: Handler) -> str:
    """Return the path that the first line of the handler's docstring names."""
    found = re.match(r"[A-Z]+ (\S+): ", handler.__doc__ or "")
    assert found, f"{handler.__name__} has no docstring of the form 'GET /path: …'"
    return found[1]
