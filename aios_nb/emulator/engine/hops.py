"""Calls from one AIOS service to another, which stay inside the process but can still fail."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from urllib.parse import urlsplit

from ..refusal import Refusal
from ..world import World
from .waiting import wait_for_ever

KNOWN_STATUSES = {status.value for status in HTTPStatus}


class Unreachable(Refusal):
    """The called service does not listen; the text is that of ``requests``."""


def url_of(world: World, service: str, path: str = "") -> str:
    """Return the address of a service as AIOS's error texts show it."""
    return world.service_urls.get(service, "http://127.0.0.1") + path


def http_error(status: int, url: str) -> str:
    """Return what ``requests.Response.raise_for_status()`` says (reason as Werkzeug writes it)."""
    side = "Client" if status < 500 else "Server"
    reason = HTTPStatus(status).phrase.upper() if status in KNOWN_STATUSES else "UNKNOWN"
    return f"{status} {side} Error: {reason} for url: {url}"


def express_error(status: int, url: str) -> str:
    """Return what ``raise_for_status()`` says of a registry, whose Express writes reasons small."""
    side = "Client" if status < 500 else "Server"
    reason = HTTPStatus(status).phrase if status in KNOWN_STATUSES else "unknown"
    return f"{status} {side} Error: {reason} for url: {url}"


async def reach(world: World, service: str, path: str) -> int | None:
    """Suffer the faults injected into ``service``; return the error status it answers, if any.

    Raises
    ------
    Unreachable
        The service is down or resets the connection.
    Endless
        The service is silent, and AIOS's services set no timeout.
    """
    fault = world.faults.check(service)
    if fault is None:
        return None
    if fault.kind == "silent":
        await wait_for_ever(world, f"{service} does not answer")
    if fault.kind == "slow":
        await asyncio.sleep(fault.delay_s)
        return None
    if fault.kind == "error":
        return fault.status
    raise Unreachable(_no_connection(url_of(world, service, path), fault.kind))


def _no_connection(url: str, kind: str) -> str:
    if kind == "reset":
        return "('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))"
    parts = urlsplit(url)
    return (
        f"HTTPConnectionPool(host={parts.hostname!r}, port={parts.port or 80}): Max retries "
        f"exceeded with url: {parts.path} (Caused by NewConnectionError("
        "'<urllib3.connection.HTTPConnection object at 0x7f0000000000>: "
        "Failed to establish a new connection: [Errno 111] Connection refused'))"
    )
