"""The way of every request: guard, service, fault, route, error shape, journal."""

from __future__ import annotations

import asyncio
import html
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from . import guard
from .exchange import BodyTooLargeError, Passage
from .frameworks import EMULATOR, WERKZEUG, Framework, moved
from .refusal import Refusal
from .routing import ErrorShape, Route, Router
from .world import Fault, World

log = logging.getLogger("aios_nb.emulator")


@dataclass(frozen=True)
class Service:
    """One AIOS service: where it listens in a cluster, how it says no, and its routes."""

    port: int
    error_shape: ErrorShape
    routes: tuple[Route, ...]
    framework: Framework = WERKZEUG


@dataclass(frozen=True)
class Target:
    """The service that a request is for, and the path as that service sees it."""

    name: str
    path: str
    raw_path: bytes


class Dispatcher:
    """The ASGI application behind all sockets of the emulator.

    Parameters
    ----------
    own
        The emulator's own routes: console page and control API.
    ports
        Service by port, for ports that belong to one service; on any other port the first
        segment of the path names the service.
    """

    def __init__(
        self,
        world: World,
        services: Mapping[str, Service],
        own: Service,
        ports: Mapping[int, str],
    ) -> None:
        self._world = world
        self._services = {**services, "": own}
        self._routers = {
            name: Router(s.routes, is_loose=s.framework.has_loose_paths)
            for name, s in self._services.items()
        }
        self._ports = ports
        self.own_ports: set[int] = set(ports)
        self.token: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        target = self._target(scope)
        service = self._services[target.name]
        passage = Passage(scope, receive, send, service.framework)
        refused = self._complaint(scope)
        try:
            if refused is not None:
                status, reason = refused
                await passage.answer(PlainTextResponse(reason + "\n", status, CLOSING), scope)
            elif not await self._suffer(target, passage, scope):
                await self._serve(target, passage, scope)
        except BodyTooLargeError:
            await self._too_large(passage, scope)
        finally:
            if target.name:
                passage.keep(self._world, target.name, _with_query(target.path, scope))

    def _complaint(self, scope: Scope) -> tuple[int, str] | None:
        if self.token is not None and not _is_this_machine(scope):
            return guard.stranger(scope["headers"], token=self.token)
        address = (scope.get("server") or [""])[0]
        return guard.complaint(
            scope["headers"], ports=self.own_ports, address=address, method=scope["method"]
        )

    def _target(self, scope: Scope) -> Target:
        path, raw = scope["path"], scope.get("raw_path") or quote(scope["path"]).encode()
        server = scope.get("server")
        if server is not None and server[1] in self._ports:
            return Target(self._ports[server[1]], path, raw)
        name, slash, rest = path[1:].partition("/")
        if name in self._services and name:
            return Target(name, "/" + rest if slash else "/", raw[len(name) + 1 :] or b"/")
        return Target("", path, raw)

    async def _serve(self, target: Target, passage: Passage, scope: Scope) -> None:
        service = self._services[target.name]
        router = self._routers[target.name]
        match = router.match(passage.verb, target.path)
        if match.handler is None and service.framework.merges_slashes and "//" in target.path:
            merged = target.path.replace("//", "/")
            match = router.match(passage.verb, merged)
            if match.handler is not None:
                await passage.answer(moved(_address(scope, target, merged)), scope)
                return
        if match.handler is None:
            await passage.answer(_misfit(service.framework, match.allowed, target, passage), scope)
            return
        inner = {**scope, "path": target.path, "raw_path": target.raw_path, "root_path": ""}
        inner["path_params"] = match.params
        try:
            response = await match.handler(self._world, Request(inner, passage.receive))
        except Refusal as refusal:
            response = service.error_shape(refusal)
        except RecursionError as error:
            # AIOS's handlers answer the text of whatever a document nested too deep sets off.
            response = service.error_shape(Refusal(str(error)))
        except BodyTooLargeError:
            raise
        except ClientDisconnect:
            return  # nobody is there to be answered
        except Exception:
            log.exception("bug in the emulator: %s %s %s", target.name, passage.verb, target.path)
            response = service.framework.error_page(500, passage.verb, target.path)
        await passage.answer(response, inner)

    async def _suffer(self, target: Target, passage: Passage, scope: Scope) -> bool:
        """Let an injected fault happen; tell whether the request ends with it."""
        fault = self._fault(target)
        if fault is None:
            return False
        passage.decision["fault"] = fault.kind
        if fault.kind == "slow":
            await asyncio.sleep(fault.delay_s)
            return False
        if fault.kind == "error":
            page = self._services[target.name].framework.error_page
            await passage.answer(page(fault.status, passage.verb, target.path), scope)
            return True
        await _go_silent(fault, passage, scope)
        return True

    def _fault(self, target: Target) -> Fault | None:
        if not target.name:
            return None
        last = target.path.rsplit("/", 1)[-1]
        return self._world.faults.check(target.name, last)

    async def _too_large(self, passage: Passage, scope: Scope) -> None:
        if passage.is_answered:
            return
        reason = f"refused: the body has more than {guard.BODY_LIMIT} bytes\n"
        await passage.answer(PlainTextResponse(reason, 413, CLOSING), scope)


def _is_this_machine(scope: Scope) -> bool:
    peer, here = scope.get("client"), scope.get("server")
    # Whoever calls one of this machine's own addresses from it has that address too.
    return peer is not None and (guard.is_loopback(peer[0]) or peer[0] == (here or [None])[0])


# What Werkzeug leaves as it is in a path.
PATH_SAFE = "!$&'()*+,/:;=@"
CLOSING = {"connection": "close"}


async def _go_silent(fault: Fault, passage: Passage, scope: Scope) -> None:
    connection = passage.connection
    if connection is None:
        await passage.answer(WERKZEUG.error_page(503, passage.verb, scope["path"]), scope)
        return
    if fault.kind == "reset":
        connection.reset()
    elif fault.kind == "down":
        connection.close()
    await passage.hang()


def _misfit(
    framework: Framework, allowed: frozenset[str], target: Target, passage: Passage
) -> Response:
    if not allowed:
        return _not_found(framework, target, passage)
    is_express = framework.wrong_verb == 404
    verbs = sorted(allowed | ({"HEAD"} if "GET" in allowed else set()))
    if passage.verb != "OPTIONS":
        response = framework.error_page(framework.wrong_verb, passage.verb, target.path)
        if is_express:
            return response
    else:
        text = ",".join(verbs) if is_express else ""
        response = Response(text, 200, media_type="text/html; charset=utf-8")
    shown = ",".join(verbs) if is_express else ", ".join(sorted({*verbs, "OPTIONS"}))
    response.headers["Allow"] = shown
    return response


def _not_found(framework: Framework, target: Target, passage: Passage) -> Response:
    if framework is not EMULATOR:
        return framework.error_page(404, passage.verb, target.path)
    text = (
        f"<!doctype html>\n<title>404</title>\n<p>No service is at {html.escape(target.path)}; "
        'the <a href="/">console page</a> lists them.</p>\n'
    )
    return Response(text, 404, media_type="text/html; charset=utf-8")


def _address(scope: Scope, target: Target, path: str) -> str:
    """Return the full address of another path of the same service."""
    host = Headers(scope=scope).get("host", "")
    whole = scope.get("raw_path") or quote(scope["path"]).encode()
    prefix = whole.removesuffix(target.raw_path).decode("latin-1")
    return f"http://{host}{prefix}{_with_query(quote(path, safe=PATH_SAFE), scope)}"


def _with_query(path: str, scope: Scope) -> str:
    query = scope.get("query_string", b"").decode("latin-1")
    return f"{path}?{query}" if query else path
