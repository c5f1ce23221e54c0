"""The emulator's own switches, read and changed while it runs (no counterpart in AIOS)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import fields, replace
from math import inf
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..http import indented
from ..refusal import Refusal
from ..world import JSON, Fault, Settings, World

# Whoever may call the emulator must not be able to widen where code comes from.
SETTINGS = tuple(f.name for f in fields(Settings) if f.name != "code_sources")
FAULT_KEYS = ("service", "kind", "block_id", "rate", "status", "delay_s", "count", "lasts_s")
JOURNAL_FILTERS = ("service", "path", "status", "since")


def error_shape(refusal: Refusal) -> Response:
    return indented({"error": refusal.text}, refusal.status or 400)


async def services(world: World, request: Request) -> Response:  # noqa: ARG001
    """GET /_emulator/services: address by service name."""
    return indented(world.service_urls)


async def read_settings(world: World, request: Request) -> Response:  # noqa: ARG001
    """GET /_emulator/settings: policy mode, wait limit, time scale, quirks, seed."""
    return indented(world.settings.to_json())


async def change_settings(world: World, request: Request) -> Response:
    """PATCH /_emulator/settings: all of the changes, or none."""
    changes = await _body(request, SETTINGS)
    if "quirks" in changes:
        changes["quirks"] = _quirks(changes["quirks"])
    world.settings = _checked(lambda: replace(world.settings, **changes))
    return indented(world.settings.to_json())


async def reset(world: World, request: Request) -> Response:
    """POST /_emulator/reset: back to the first minute."""
    await _body(request, ())
    _checked(world.reset)
    return indented({"blocks": len(world.blocks)})


async def read_journal(world: World, request: Request) -> Response:
    """GET /_emulator/journal: exchanges by service, part of the path, status, since."""
    query = dict(request.query_params)
    _only(query, JOURNAL_FILTERS, "filter")
    found = world.journal.find(
        service=query.get("service"),
        path=query.get("path"),
        status=_whole(query, "status", None),
        since=_whole(query, "since", 0) or 0,
    )
    return indented({"count": len(found), "exchanges": [e.to_json() for e in found]})


async def clear_journal(world: World, request: Request) -> Response:  # noqa: ARG001
    """DELETE /_emulator/journal: forget all exchanges."""
    count = len(world.journal)
    world.journal.clear()
    return indented({"deleted": count})


async def read_faults(world: World, request: Request) -> Response:  # noqa: ARG001
    """GET /_emulator/faults: what is switched on."""
    return indented({"faults": [f.to_json() for f in world.faults]})


async def add_fault(world: World, request: Request) -> Response:
    """POST /_emulator/faults: let a service, or one block, misbehave."""
    given = await _body(request, FAULT_KEYS)
    for key in ("service", "kind"):
        if key not in given:
            raise Refusal(f"a fault needs {key!r}")
    known = (*world.service_urls, "block")
    if given["service"] not in known:
        raise Refusal(f"unknown service {given['service']!r}; use one of {', '.join(known)}")
    fault = _checked(lambda: Fault(**given))
    return indented(world.faults.add(fault).to_json(), 201)


async def clear_faults(world: World, request: Request) -> Response:  # noqa: ARG001
    """DELETE /_emulator/faults: all is well again."""
    count = len(world.faults)
    world.faults.clear()
    return indented({"deleted": count})


async def remove_fault(world: World, request: Request) -> Response:
    """DELETE /_emulator/faults/{number}: switch one off."""
    number = request.path_params["number"]
    if not number.isdecimal() or not world.faults.remove(int(number)):
        raise Refusal(f"no fault has the number {number!r}", 404)
    return indented({"deleted": 1})


async def read_latency(world: World, request: Request) -> Response:  # noqa: ARG001
    """GET /_emulator/latency: seconds by block id, where set."""
    return indented(world.latency)


async def set_latency(world: World, request: Request) -> Response:
    """PUT /_emulator/latency/{block_id}: how long this block takes to answer."""
    block_id = _known_block(world, request.path_params["block_id"])
    given = await _body(request, ("seconds",))
    world.latency[block_id] = _seconds(given, "seconds")
    return indented(world.latency)


async def remove_latency(world: World, request: Request) -> Response:
    """DELETE /_emulator/latency/{block_id}: as the fleet has it."""
    world.latency.pop(_known_block(world, request.path_params["block_id"]), None)
    return indented(world.latency)


async def wipe_metrics(world: World, request: Request) -> Response:
    """POST /_emulator/metrics/wipe: instances vanish from sight, as every 1800 s in AIOS."""
    given = await _body(request, ("block_id", "keep_executor"))
    keep = given.get("keep_executor", False)
    if not isinstance(keep, bool):
        raise Refusal(f"keep_executor is {keep!r}; expected true or false")
    wiped = world.metrics.wipe(_optional_block(world, given), keep_executor=keep)
    return indented({"instances": wiped})


async def make_metrics_stale(world: World, request: Request) -> Response:
    """POST /_emulator/metrics/stale: instances stopped pushing a while ago."""
    given = await _body(request, ("block_id", "age_s"))
    block_id = _optional_block(world, given)
    age_s = _seconds(given, "age_s", 120.0)
    return indented({"instances": world.metrics.make_stale(block_id, age_s=age_s)})


async def freeze_metrics(world: World, request: Request) -> Response:
    """POST /_emulator/metrics/freeze: the clock stands and nobody pushes."""
    await _body(request, ())
    world.clock.freeze()
    return _clock(world)


async def advance_metrics(world: World, request: Request) -> Response:
    """POST /_emulator/metrics/advance: freeze and move the clock on, so that metrics age."""
    given = await _body(request, ("seconds",))
    world.clock.advance(_seconds(given, "seconds"))
    return _clock(world)


async def resume_metrics(world: World, request: Request) -> Response:
    """POST /_emulator/metrics/resume: the clock runs and instances push."""
    await _body(request, ())
    world.clock.resume()
    return _clock(world)


async def load_fleet(world: World, request: Request) -> Response:
    """POST /_emulator/fleet/load: another fleet from a folder."""
    folder = await _folder(request)
    _checked(lambda: world.load_fleet(folder))
    return indented({"blocks": len(world.blocks), "folder": str(folder)})


async def save_fleet(world: World, request: Request) -> Response:
    """POST /_emulator/fleet/save: the present fleet into a folder."""
    folder = await _folder(request)
    try:
        world.save_fleet(folder)
    except OSError as error:
        raise Refusal(f"cannot write the fleet to {folder}: {error.strerror}") from error
    return indented({"blocks": len(world.blocks), "folder": str(folder)})


async def _body(request: Request, known: tuple[str, ...]) -> JSON:
    raw = await request.body()
    try:
        given = json.loads(raw) if raw else {}
    except ValueError as error:
        raise Refusal(f"the body is not JSON: {error}") from error
    if not isinstance(given, dict):
        raise Refusal(f"the body is a {type(given).__name__}; expected a JSON object")
    _only(given, known, "key")
    return given


def _only(given: JSON, known: tuple[str, ...], what: str) -> None:
    if unknown := sorted(set(given) - set(known)):
        choice = f"use one of {', '.join(known)}" if known else "none is expected here"
        raise Refusal(f"unknown {what} {unknown[0]!r}; {choice}")


def _checked(change: Callable[[], Any]) -> Any:
    try:
        return change()
    except ValueError as error:
        raise Refusal(str(error)) from error


def _quirks(value: Any) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(q, str) for q in value):
        raise Refusal(f"quirks is {value!r}; expected a list of names")
    return frozenset(value)


def _whole(query: dict[str, str], key: str, default: int | None) -> int | None:
    text = query.get(key)
    if text is None:
        return default
    if not text.isdecimal():
        raise Refusal(f"{key} is {text!r}; expected a whole number")
    return int(text)


def _seconds(given: JSON, key: str, default: float | None = None) -> float:
    value = given.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < inf:
        raise Refusal(f"{key} is {value!r}; expected seconds, 0 or more")
    return float(value)


def _known_block(world: World, block_id: Any) -> str:
    if not isinstance(block_id, str) or world.block(block_id) is None:
        raise Refusal(f"no block has the id {block_id!r}; GET /blocks/blocks lists them", 404)
    return block_id


def _optional_block(world: World, given: JSON) -> str | None:
    block_id = given.get("block_id")
    return None if block_id is None else _known_block(world, block_id)


async def _folder(request: Request) -> Path:
    folder = (await _body(request, ("folder",))).get("folder")
    if not isinstance(folder, str) or not folder or re.search(r"[\0\ud800-\udfff]", folder):
        raise Refusal(f"folder is {folder!r}; expected the path of a folder")
    return Path(folder).expanduser().absolute()


def _clock(world: World) -> Response:
    return indented({"frozen": world.clock.is_frozen, "now": world.clock.now()})
