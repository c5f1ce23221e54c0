"""Values out of documents that anybody may have written: nothing here fails on odd ones."""

from __future__ import annotations

import json
from typing import Any

JSON = dict[str, Any]
METADATA = "component.componentMetadata"


def at(value: Any, path: str) -> Any:
    """Return what stands at a dotted path, or None."""
    for key in path.split("."):
        if isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            value = value.get(key) if isinstance(value, dict) else None
    return value


def read_number(value: Any, path: str) -> float | None:
    """Return the number at ``path``; a list on the way (the GPUs of an instance) is summed."""
    key, _, rest = path.partition(".")
    if isinstance(value, list):
        known = [x for v in value if (x := read_number(v, path)) is not None]
        return sum(known) if known else None
    value = value.get(key) if isinstance(value, dict) else None
    if rest:
        return read_number(value, rest)
    return float(value) if is_number(value) else None


def is_number(value: Any) -> bool:
    # The bound keeps out NaN, infinity and integers that no float can hold.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def mean(values: list[float | None]) -> float | None:
    known = [x for x in values if x is not None]
    return round(sum(known) / len(known), 6) if known else None


def as_json(value: Any) -> Any:
    """Return what a text holds as JSON, else the value itself."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return value


def live_instances(candidate: JSON) -> list[JSON]:
    entries = at(candidate, "metrics.instances")
    found = [e for e in entries if isinstance(e, dict)] if isinstance(entries, list) else []
    return [e for e in found if e.get("instanceId") != "executor"]
