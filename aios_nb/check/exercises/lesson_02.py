"""Exercises of lesson 02: conditions."""

from __future__ import annotations

import json
from typing import Any

from ...query import Condition
from ...wire import JSON
from ..blocks import compared, usecase
from ..exercise import Exercise

METADATA = "component.componentMetadata"
CLUSTER = "core-cluster-2"


def core_vision(answer: Any, *, blocks: list[JSON]) -> str:
    there = [b for b in blocks if (b.get("cluster") or {}).get("id") == CLUSTER]
    vision = [b["id"] for b in there if "multi-modal" in usecase(b)]
    return compared(answer, vision, f"it is not multi-modal, or not on {CLUSTER}.")


def clever_or_patient(answer: Any) -> str:
    clever = Condition(f"{METADATA}.evaluation.benchmarks.MMLU.value", ">=", 85)
    patient = Condition(f"{METADATA}.architecture.contextLength", ">=", 100_000)
    if not hasattr(answer, "to_wire"):
        return f"{type(answer).__name__} is no condition; expected two Conditions joined with |."
    said, wanted = answer.to_wire(), (clever | patient).to_wire()
    if _unordered(said) == _unordered(wanted):
        return ""
    if said.get("logicalOperator") == "AND":
        return "Joined with 'and', it asks for blocks that are both; expected either."
    return f"It says {json.dumps(said)}, which is another condition."


def _unordered(wire: JSON) -> Any:
    conditions = wire.get("conditions", [])
    return wire.get("logicalOperator"), sorted(json.dumps(c, sort_keys=True) for c in conditions)


EXERCISES = (
    Exercise(
        "02",
        "core vision",
        core_vision,
        (
            "Two conditions, joined with &, make the filter rule's block part.",
            "The use case is one text that may name several: LIKE with * on both sides.",
            'Condition("cluster.id", "==", "core-cluster-2") is the second one.',
        ),
    ),
    Exercise(
        "02",
        "clever or patient",
        clever_or_patient,
        (
            "Conditions are joined with | for 'or'; Python's own 'or' would drop one of them.",
            "The paths end in benchmarks.MMLU.value and architecture.contextLength.",
            'Condition(f"{METADATA}.architecture.contextLength", ">=", 100_000) is one half.',
        ),
    ),
)
