"""The emulator's own OpenAPI description: made from the routes, so that none can be missing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .collection import JSON
from .dispatch import Service

EXAMPLES = Path(__file__).with_name("openapi_examples.json")
PARAMETER = re.compile(r"\{(\w+)(?::path)?\}")
VERBS = ("get", "post", "put", "patch", "delete", "head")
TYPES = {bool: "boolean", int: "number", float: "number", str: "string"}


def describe(services: Mapping[str, Service], own: Service) -> JSON:
    """Return an OpenAPI 3.1 document of all services behind one port.

    Bodies are described by an example each, and by its shape: AIOS checks next to nothing, so
    every member is optional and others are allowed.
    """
    examples = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    paths: JSON = {}
    for prefix, service in [*((f"/{name}", s) for name, s in services.items()), ("", own)]:
        for verb, path, handler in service.routes:
            address = prefix + PARAMETER.sub(r"{\1}", path)
            for method in _methods(verb):
                summary = (handler.__doc__ or handler.__name__).strip().splitlines()[0]
                example = examples.get(f"{method.upper()} {address}")
                paths.setdefault(address, {})[method] = _operation(path, summary, example)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Offline AIOS",
            "version": "1",
            "description": "Failures are mostly answered with status 200 and success false.",
        },
        "paths": paths,
    }


def _methods(verb: str) -> Iterator[str]:
    yield from VERBS if verb == "ANY" else (verb.lower(),)


def _operation(path: str, summary: str, example: JSON | None) -> JSON:
    operation: JSON = {
        "summary": summary,
        "responses": {"default": {"description": "An answer, or AIOS's failure shape."}},
    }
    names = PARAMETER.findall(path)
    parameters = [_parameter(name, "path") for name in names]
    parameters += [_parameter(name, "query") for name in (example or {}).get("query", ())]
    if parameters:
        operation["parameters"] = parameters
    if example and "body" in example:
        kind = example.get("type", "application/json")
        body = {"schema": _shape(example["body"]), "example": example["body"]}
        operation["requestBody"] = {"content": {kind: body}}
    return operation


def _parameter(name: str, place: str) -> JSON:
    parameter: JSON = {"name": name, "in": place, "schema": {"type": "string"}}
    return {**parameter, "required": True} if place == "path" else parameter


def _shape(value: Any) -> JSON:
    """Return the JSON schema of values that look like this one."""
    if isinstance(value, dict):
        members = {name: _shape(member) for name, member in value.items()}
        return {"type": "object", "properties": members} if members else {"type": "object"}
    if isinstance(value, list):
        return {"type": "array", "items": _shape(value[0]) if value else {}}
    kind = TYPES.get(type(value))
    return {"type": kind} if kind else {}
