"""Grafana's Loki, as far as a tutorial asks it (contract §5.16)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..http import compact
from ..refusal import Refusal
from ..world import World


def error_shape(refusal: Refusal) -> Response:
    return compact({"message": refusal.text, "success": False}, refusal.status or 200)


async def labels(world: World, request: Request) -> Response:
    """GET /loki/api/v1/labels: names of labels."""
    raise Refusal("not emulated yet", 501)


async def label_values(world: World, request: Request) -> Response:
    """GET /loki/api/v1/label/{name}/values: values of a label."""
    raise Refusal("not emulated yet", 501)


async def query_range(world: World, request: Request) -> Response:
    """GET /loki/api/v1/query_range: lines in a span of time."""
    raise Refusal("not emulated yet", 501)


async def query(world: World, request: Request) -> Response:
    """GET /loki/api/v1/query: an instant query."""
    raise Refusal("not emulated yet", 501)


async def series(world: World, request: Request) -> Response:
    """GET /loki/api/v1/series: label sets."""
    raise Refusal("not emulated yet", 501)


async def ready(world: World, request: Request) -> Response:
    """GET /ready: Loki is up."""
    raise Refusal("not emulated yet", 501)


async def explore(world: World, request: Request) -> Response:
    """GET /explore: a page to read logs."""
    raise Refusal("not emulated yet", 501)


async def health(world: World, request: Request) -> Response:
    """GET /api/health: Grafana is up."""
    raise Refusal("not emulated yet", 501)
