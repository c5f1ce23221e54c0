"""Every route of the emulator on one screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from .refusal import Refusal
from .world import World

Handler = Callable[[World, Request], Awaitable[Response]]
ErrorShape = Callable[[Refusal], Response]
Route = tuple[str, str, Handler]


@dataclass(frozen=True)
class Service:
    """One AIOS service: where it listens in a cluster, how it says no, and its routes."""

    port: int
    error_shape: ErrorShape
    routes: tuple[Route, ...]


SERVICES: dict[str, Service] = {}
