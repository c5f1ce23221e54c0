"""Rules for values of a kind that no document of the fleet holds at that path."""

from __future__ import annotations

from collections.abc import Iterator

from ..wire import shown
from .clause_rules import CAST_PATHS
from .document_rules import is_path
from .fields import KINDS, Kinds
from .findings import Finding
from .known import CAST_CLUSTER_ROOTS
from .rules import rule
from .spots import ClauseSpot

COMPARED = ("==", "<", "<=", ">", ">=", "LIKE", "IN")


@rule("condition")
def kind_occurs_in_the_fleet(spot: ClauseSpot) -> Iterator[Finding]:
    path, operator = spot.value.get("variable"), spot.value.get("operator")
    if not is_path(spot) or not isinstance(path, str) or operator not in COMPARED:
        return
    held, wanted = _held(spot, path), _wanted(spot)
    if not held or not wanted or wanted & held:
        return
    inner = f"{path}.value"
    effect = "compares a kind with its own only: the condition holds for no block"
    kinds = " or ".join(sorted(wanted))
    if held == {"object"} and spot.setting.fields.has(spot.query, inner):
        words = (f"{path!r} holds an object, no {kinds}", effect, f"write {inner!r}")
        yield spot.says("error", "N04", "variable", words)
    elif wanted != {"string"} or operator == "LIKE" or "object" in held:
        problem = f"{shown(spot.value['value'])} is compared, and {path!r} holds "
        words = (f"{problem}{' or '.join(sorted(held))}", effect, "compare with read_block()")
        yield spot.says("warning", "T25", "value", words)


def _held(spot: ClauseSpot, path: str) -> Kinds:
    """Return the kinds that stand there; none: the fleet is unknown, or AIOS casts the value."""
    root = path.partition(".")[0]
    is_cast = path in CAST_PATHS
    is_cast |= spot.query == "clusterQuery" and root in CAST_CLUSTER_ROOTS
    return Kinds() if is_cast else spot.setting.fields.kinds(spot.query, path) - {"null", "array"}


def _wanted(spot: ClauseSpot) -> Kinds:
    value, operator = spot.value.get("value"), spot.value.get("operator")
    if operator == "LIKE":
        return Kinds({"string"})
    values = value if operator == "IN" and isinstance(value, list) else [value]
    # What is compared with null or with something nested is left to those who know.
    if not all(isinstance(one, (bool, int, float, str)) for one in values):
        return Kinds()
    return Kinds(KINDS[type(one)] for one in values)
