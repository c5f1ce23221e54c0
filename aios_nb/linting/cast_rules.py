"""A rule for the few typed paths of the registries: what Mongoose cannot cast, it refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..query import OPERATORS
from ..wire import shown
from .clause_rules import CAST_PATHS, refuses
from .findings import Finding
from .rules import rule
from .spots import ClauseSpot

# Contract §5.6 and §5.7; all other paths of blocks and clusters are untyped.
CLUSTER_TEXTS = ("id", "regionId")
CLUSTER_TEXT_LISTS = ("tags",)
CLUSTER_NUMBERS = {
    *("nodes.count", "gpus.count", "gpus.memory", "vcpus.count", "memory", "swap"),
    *("storage.disks", "storage.size", "network.interfaces", "network.txBandwidth"),
    *("network.rxBandwidth", "reputation"),
}
OBJECT_ID = re.compile(r"[0-9a-fA-F]{24}")
LOST = "string indices must be integers, not 'str'"


@rule("condition")
def value_can_be_cast(spot: ClauseSpot) -> Iterator[Finding]:
    path, operator = spot.value.get("variable"), spot.value.get("operator")
    if spot.is_metric or not isinstance(path, str) or "value" not in spot.value:
        return
    if operator not in OPERATORS:  # refused before anything is cast
        return
    kind = _kind_at(spot.query, path)
    if kind and not _is_castable(kind, operator, spot.value["value"]):
        words = (
            f"{operator} {shown(spot.value['value'])}, and {path!r} holds {kind}",
            f"cannot cast it: {refuses(LOST)}",
            f"compare it with {kind}",
        )
        yield spot.says("error", "N02", "value", words)


def _kind_at(query: str, path: str) -> str:
    if path == "_id":
        return "a document's id of 24 hexadecimal digits"
    if path == "__v" or (query == "clusterQuery" and path in CLUSTER_NUMBERS):
        return "a number"
    if query == "clusterQuery" and path in CLUSTER_TEXT_LISTS:
        return "a list of texts"
    return "a text" if path in (CLUSTER_TEXTS if query == "clusterQuery" else CAST_PATHS) else ""


def _is_castable(kind: str, operator: Any, value: Any) -> bool:
    if isinstance(value, dict):
        return False
    if isinstance(value, list):
        takes_lists = kind == "a list of texts" or operator in ("==", "IN")
        return takes_lists and all(_is_castable(kind, "==", member) for member in value)
    if kind in ("a text", "a list of texts") or value is None:
        return True
    if operator == "LIKE":
        return False
    if kind == "a number":
        return not isinstance(value, str) or _is_number(value)
    return isinstance(value, str) and OBJECT_ID.fullmatch(value) is not None


def _is_number(text: str) -> bool:
    if not text.strip():
        return True  # JavaScript's number of nothing is 0
    try:
        float(text)
    except ValueError:
        return False
    return True
