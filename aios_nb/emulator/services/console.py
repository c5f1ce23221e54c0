"""The emulator's page: services, fleet, policies, sessions, last requests, logs."""

from __future__ import annotations

import json
import time
from functools import cache
from itertools import islice
from pathlib import Path
from statistics import fmean
from textwrap import shorten
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from starlette.requests import Request
from starlette.responses import Response

from ..blotting import blotted, blotted_text
from ..refusal import Refusal
from ..world import JSON, Exchange, LogLine, World

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATES = Path(__file__).resolve().parents[1] / "console"
REQUESTS_SHOWN = 25
LINES_SHOWN = 200
PATH_SHOWN = 100
BODY_SHOWN = 4_000
# The page may run nothing and load nothing, whatever a block's name holds. Only pages of this
# machine may frame it: JupyterLab shows it beside a lesson, and no form here changes anything.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors http://127.0.0.1:* http://localhost:*"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
STALE_AFTER_S = 60.0


async def page(world: World, request: Request) -> Response:
    """GET /: what the emulator holds and what it did last."""
    query = request.query_params
    label, value = query.get("label", "container"), query.get("value", "")
    text, refresh = query.get("text", ""), query.get("refresh", "")
    if refresh and not refresh.isdecimal():
        raise Refusal(f"refresh is {refresh!r}; expected whole seconds")
    body = _template().render(
        services=world.service_urls,
        settings=world.settings.to_json(),
        frozen=world.clock.is_frozen,
        faults=list(world.faults),
        blocks=[_block(world, b) for b in world.blocks],
        policies=blotted(list(world.policies)),
        sessions=world.sessions,
        exchanges=[_exchange(e) for e in islice(reversed(list(world.journal)), REQUESTS_SHOWN)],
        exchange_count=len(world.journal),
        label=label,
        value=value,
        text=text,
        refresh=refresh,
        labels=_labels(world),
        values=sorted({line.labels.get(label, "") for line in world.logs.lines} - {""}),
        lines=_lines(world, label, value, text),
    )
    # JSON may hold half a surrogate pair, for which UTF-8 has no bytes.
    data = body.encode(errors="backslashreplace")
    return Response(data, 200, HEADERS, media_type="text/html; charset=utf-8")


@cache
def _template() -> Template:
    # Imported here: a program that never opens the page need not wait for Jinja.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html")


def _block(world: World, block: JSON) -> JSON:
    metadata = _at(block, "component", "componentMetadata") or {}
    instances = _instances(world.metrics_of(str(block.get("id"))))
    real = [i for i in instances if i.get("instanceId") != "executor"]
    executor = next((i for i in instances if i.get("instanceId") == "executor"), {})
    return {
        "id": block.get("id"),
        "component": block.get("componentUri"),
        "cluster": _at(block, "cluster", "id"),
        "usecase": _at(metadata, "usecase"),
        "parameters": _at(metadata, "architecture", "parameterCountB"),
        "mmlu": _at(metadata, "evaluation", "benchmarks", "MMLU", "value"),
        "instances": len(real),
        "tokens": _mean(i.get("llm_tokens_per_second") for i in real),
        "queue": _mean(_at(i, "queue_length", "current") for i in real),
        "sessions": _mean(i.get("llm_active_sessions") for i in real),
        "latency": _mean(i.get("end_to_end_latency") for i in real),
        "uptime": executor.get("uptime_hours"),
        "state": _state(world, instances, real),
    }


def _state(world: World, instances: list[JSON], real: list[JSON]) -> str:
    if not instances:
        return "no metrics"
    if not real:
        return "no instance"
    stamps = [i["timestamp"] for i in real if isinstance(i.get("timestamp"), int | float)]
    if len(stamps) < len(real) or world.clock.now() - min(stamps) > STALE_AFTER_S:
        return "stale"
    return "live"


def _exchange(exchange: Exchange) -> JSON:
    return {
        "number": exchange.number,
        "time": time.strftime("%H:%M:%S", time.localtime(exchange.at)),
        "service": exchange.service,
        "method": exchange.method,
        "path": shorten(unquote_plus(blotted_text(exchange.path)), PATH_SHOWN, placeholder=" …"),
        "status": exchange.status,
        "milliseconds": exchange.milliseconds,
        "decision": _decision(exchange),
        "bodies": {
            name: _excerpt(body)
            for name, body in (("sent", exchange.request), ("answered", exchange.response))
            if body is not None
        },
    }


def _excerpt(body: Any) -> str:
    text = body if isinstance(body, str) else json.dumps(body, indent=2, ensure_ascii=False)
    return text if len(text) <= BODY_SHOWN else text[:BODY_SHOWN] + "\n…"


def _decision(exchange: Exchange) -> str:
    facts = exchange.decision or {}
    said = []
    if "fault" in facts:
        said.append(f"injected fault: {facts['fault']}")
    if "candidate_count" in facts:
        said.append(f"{facts['candidate_count']} candidates")
    said += [f"{c['passed']} pass {c['condition']}" for c in facts.get("conditions", ())]
    if facts.get("policy"):
        said.append(f"policy {facts['policy']}")
    if facts.get("block"):
        said.append(f"block {facts['block']}, found by {facts.get('found_by', 'name')}")
    elif _at(facts, "result", "id"):
        said.append(f"block {facts['result']['id']}")
    failure = _failure(exchange)
    return " · ".join([failure, *said] if failure else said)


def _failure(exchange: Exchange) -> str:
    # AIOS hides failures behind HTTP 200 (contract §4.1); the page must not.
    answer = exchange.response
    if isinstance(answer, dict) and answer.get("success") is False:
        return f"failed: {answer.get('message') or answer.get('error') or 'without a word'}"
    return ""


def _labels(world: World) -> list[str]:
    return sorted({name for line in world.logs.lines for name in line.labels} | {"container"})


def _lines(world: World, label: str, value: str, text: str) -> list[JSON]:
    fitting = (
        line
        for line in reversed(world.logs.lines)
        if (not value or line.labels.get(label) == value) and text in line.text
    )
    return [_line(line) for line in islice(fitting, LINES_SHOWN)]


def _line(line: LogLine) -> JSON:
    return {
        "time": time.strftime("%H:%M:%S", time.localtime(line.ns / 1e9)),
        "container": line.labels.get("container", ""),
        "text": blotted_text(line.text),
    }


def _instances(document: JSON | None) -> list[JSON]:
    found = (document or {}).get("instances")
    return [i for i in found if isinstance(i, dict)] if isinstance(found, list) else []


def _at(value: Any, *keys: str) -> Any:
    """Walk down dicts; whatever a user registered, a missing or odd part gives ``None``."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _mean(values: Any) -> float | None:
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    return fmean(numbers) if numbers else None
