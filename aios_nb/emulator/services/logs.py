"""Grafana with its Loki, as far as the guide and a tutorial ask them (contract §5.16, §13)."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from ..engine.log_page import explore_page
from ..engine.log_search import Span, find_streams, sample, times
from ..engine.log_times import SECOND, duration_ns, step_ns, to_ns
from ..engine.logql import LogQuery, parse
from ..http import express
from ..refusal import Refusal
from ..world import JSON, World

HOUR = 3_600 * SECOND
LIMIT = 100
MOST_LINES = 5_000
CREDENTIALS = "admin:admin"  # of the chart grafana/loki-stack as deployed (§5.16)


class Unauthorized(Refusal):
    """Grafana wants a login before it passes a query on to Loki."""


def error_shape(refusal: Refusal) -> Response:
    if isinstance(refusal, Unauthorized):
        return express({"message": refusal.text}, 401)
    return PlainTextResponse(refusal.text + "\n", refusal.status or 500)


async def labels(world: World, request: Request) -> Response:  # noqa: ARG001 - a handler
    """GET /loki/api/v1/labels: the names of all labels."""
    return _listed({name for line in world.logs.lines for name in line.labels})


async def label_values(world: World, request: Request) -> Response:
    """GET /loki/api/v1/label/{name}/values: the values of one label."""
    name = request.path_params["name"]
    return _listed({line.labels[name] for line in world.logs.lines if name in line.labels})


async def query_range(world: World, request: Request) -> Response:
    """GET /loki/api/v1/query_range: lines (or counts) between ``start`` and ``end``."""
    asked = await _parameters(request)
    query, span = parse(asked.get("query", "")), _span(asked)
    if isinstance(query, LogQuery):
        return _streams(world, query, span, asked)
    default = max((span.end_ns - span.start_ns) // 250 // SECOND, 1) * SECOND
    step = step_ns(asked["step"]) if asked.get("step") else default
    points = times(span, step)
    return _data("matrix", sample(world.logs.lines, query, points))


async def query(world: World, request: Request) -> Response:
    """GET /loki/api/v1/query: counts at one ``time``; for lines, those of the hour before it."""
    asked = await _parameters(request)
    wanted = parse(asked.get("query", ""))
    now = to_ns(asked["time"]) if asked.get("time") else time.time_ns()
    if isinstance(wanted, LogQuery):
        return _streams(world, wanted, Span(now - HOUR, now + 1), asked)
    series = sample(world.logs.lines, wanted, range(now, now + 1))
    return _data("vector", [{"metric": s["metric"], "value": s["values"][0]} for s in series])


async def series(world: World, request: Request) -> Response:
    """GET /loki/api/v1/series: the label sets that match any ``match[]``."""
    selectors = request.query_params.getlist("match[]") or request.query_params.getlist("match")
    queries = [parse(selector) for selector in selectors]
    if not all(isinstance(q, LogQuery) for q in queries):
        raise Refusal("only label matchers are supported", 400)
    found = {id(line.labels): line.labels for line in world.logs.lines}
    sets = {tuple(sorted(s.items())) for s in found.values() if _any_selects(queries, s)}
    return _success([dict(s) for s in sorted(sets)])


async def ready(world: World, request: Request) -> Response:  # noqa: ARG001 - a handler
    """GET /ready: Loki is up."""
    return PlainTextResponse("ready\n")


async def health(world: World, request: Request) -> Response:  # noqa: ARG001 - a handler
    """GET /api/health: Grafana is up."""
    return express({"commit": "emulator", "database": "ok", "version": "8.3.5"})


async def explore(world: World, request: Request) -> Response:
    """GET /explore: a page that shows log lines without JavaScript; ``?query=`` takes LogQL."""
    text = request.query_params.get("query", "")
    containers = sorted({line.labels.get("container", "") for line in world.logs.lines} - {""})
    complaint, lines = "", []
    try:
        wanted = parse(text) if text else None
        if isinstance(wanted, LogQuery):
            span = Span(0, time.time_ns() + SECOND)
            lines = find_streams(world.logs.lines, wanted, span, limit=1_000, forward=False)
        elif wanted is not None:
            complaint = "this page shows lines; ask query_range for numbers"
    except Refusal as refusal:
        complaint = refusal.text
    return HTMLResponse(explore_page(text, containers, lines, complaint))


async def proxied(world: World, request: Request) -> Response:
    """GET /api/datasources/proxy/{datasource}/{rest:path}: Loki behind Grafana, with a login."""
    _refuse_strangers(request)
    rest = str(request.path_params["rest"])
    name, _, tail = rest.removeprefix("loki/api/v1/").partition("/")
    if name == "label" and tail.endswith("/values"):
        request.path_params["name"] = tail.removesuffix("/values")
        return await label_values(world, request)
    handlers = {
        "labels": labels,
        "query_range": query_range,
        "query": query,
        "series": series,
        "ready": ready,
    }
    if tail or name not in handlers:
        raise Refusal("404 page not found", 404)
    return await handlers[name](world, request)


def _refuse_strangers(request: Request) -> None:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if not token:
        raise Unauthorized("Unauthorized")
    try:
        login = base64.b64decode(token, validate=True).decode()
    except ValueError:
        login = ""
    if kind.lower() != "basic" or login != CREDENTIALS:
        raise Unauthorized("Invalid username or password")


async def _parameters(request: Request) -> dict[str, str]:
    form = await request.body()  # Loki takes long queries as a POSTed form, too
    return {**dict(parse_qsl(form.decode(errors="replace"))), **dict(request.query_params)}


def _span(asked: Mapping[str, str]) -> Span:
    now = time.time_ns() + 1
    end = to_ns(asked["end"]) if asked.get("end") else now
    since = duration_ns(asked["since"]) if asked.get("since") else HOUR
    if since is None:
        raise Refusal(
            f'could not parse "since" parameter: not a valid duration: {asked["since"]}', 400
        )
    start = to_ns(asked["start"]) if asked.get("start") else min(end, now) - since
    if end <= start:
        raise Refusal("end timestamp must not be before or equal to start time", 400)
    return Span(start, end)


def _streams(world: World, query: LogQuery, span: Span, asked: Mapping[str, str]) -> Response:
    direction = (asked.get("direction") or "backward").lower()
    if direction not in ("backward", "forward"):
        raise Refusal(f"invalid direction '{asked['direction']}'", 400)
    forward = direction == "forward"
    found = find_streams(world.logs.lines, query, span, limit=_limit(asked), forward=forward)
    return _data("streams", found)


def _limit(asked: Mapping[str, str]) -> int:
    text = asked.get("limit") or str(LIMIT)
    try:
        limit = int(text)
    except ValueError:
        raise Refusal(f'strconv.Atoi: parsing "{text}": invalid syntax', 400) from None
    if limit <= 0:
        raise Refusal("limit must be a positive value", 400)
    if limit > MOST_LINES:
        words = "max entries limit per query exceeded, limit > max_entries_limit"
        raise Refusal(f"{words} ({limit} > {MOST_LINES})", 400)
    return limit


def _any_selects(queries: list[Any], labels: dict[str, str]) -> bool:
    return not queries or any(q.selects(labels) for q in queries)


def _data(kind: str, result: list[JSON]) -> Response:
    return _success({"resultType": kind, "result": result})


def _listed(names: set[str]) -> Response:
    return _success(sorted(names)) if names else express({"status": "success"})


def _success(data: Any) -> Response:
    return express({"status": "success", "data": data})
