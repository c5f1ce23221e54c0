"""Exercises of lesson 00: read the fleet."""

from __future__ import annotations

from typing import Any

from ...wire import JSON
from ..blocks import compared, instances, usecase
from ..exercise import Exercise


def vision_blocks(answer: Any, *, blocks: list[JSON]) -> str:
    vision = [b["id"] for b in blocks if "multi-modal" in usecase(b) and instances(b) > 1]
    return compared(answer, vision, "it is not multi-modal, or has one instance at most.")


def nobody_home(answer: Any, *, blocks: list[JSON]) -> str:
    empty = [b["id"] for b in blocks if instances(b) == 0]
    return compared(answer, empty, "it has an instance that can answer, or is no block.")


EXERCISES = (
    Exercise(
        "00",
        "vision blocks",
        vision_blocks,
        (
            "Two columns decide: 'use case' and 'instances'.",
            'fleet["use case"].str.contains("multi-modal") is true for the multi-modal rows.',
            'Join both conditions with &, in brackets: fleet[vision & (fleet["instances"] > 1)].',
        ),
    ),
    Exercise(
        "00",
        "nobody home",
        nobody_home,
        (
            "The health check does not tell: count instances instead.",
            "A block without metrics has no entry in 'health', but a row in 'fleet'.",
            'fleet.index[fleet["instances"] == 0] holds their ids.',
        ),
    ),
)
