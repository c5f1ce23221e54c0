"""How a block fails a clause: what it holds there, why that fails, and by how much."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..query import Condition, MetricCondition
from ..wording import counted, failure_text, is_number
from .tree import Node


@dataclass(frozen=True)
class Finding:
    """One clause and one block: what the block holds there, and whether AIOS lets it pass.

    Parameters
    ----------
    place
        The clause's path in the payload.
    text
        The clause in words.
    actual
        The block's value; ``None``: it has none, or the clause is a group.
    passed
        AIOS's answer.
    is_group
        Whether the clause is a group.
    """

    place: str
    text: str
    actual: Any
    passed: bool
    is_group: bool = False


@dataclass(frozen=True)
class NearMiss:
    """A block that one clause alone keeps from being a candidate.

    Parameters
    ----------
    block_id
        The block.
    place
        Path of the clause in the payload.
    reason
        Why it fails, such as ``MMLU 78.4 < 80``.
    candidates_without
        How many candidates there would be without the clause.
    gap
        How far the value is from the limit, as a share of the limit; ``None``: not a number.
    """

    block_id: str
    place: str
    reason: str
    candidates_without: int | None
    gap: float | None = None

    def __str__(self) -> str:
        lead, count = f"{self.block_id}: {self.reason}", self.candidates_without
        if count is None:
            return lead
        remain = "remains" if count == 1 else "remain"
        return f"{lead}; without this condition {counted(count, 'block')} {remain}"


def reason_of(node: Node, findings: dict[str, Finding]) -> str:
    """Return why a block failed a clause that it had to pass."""
    if isinstance(node.clause, (Condition, MetricCondition)):
        return failure_text(node.clause, findings[node.place].actual)
    failed = [m for m in node.members if not findings[m.place].passed]
    return " and ".join(reason_of(member, findings) for member in failed) or (
        f"{findings[node.place].text} does not hold"
    )


def gap_of(node: Node, findings: Mapping[str, Finding]) -> float | None:
    """Return how far a failed clause is from holding: all of an AND must, one of an OR."""
    if node.is_group:
        failed = [member for member in node.members if not findings[member.place].passed]
        gaps = [gap_of(member, findings) for member in failed]
        known = [gap for gap in gaps if gap is not None]
        if node.operator == "OR":
            return min(known, default=None)
        return max(known) if known and len(known) == len(gaps) else None
    actual, limit = findings[node.place].actual, getattr(node.clause, "value", None)
    if not is_number(actual) or not is_number(limit):
        return None
    try:
        gap = abs(float(actual) - float(limit)) / (abs(float(limit)) or 1.0)
    except OverflowError:  # a whole number beyond any float
        return None
    return gap if math.isfinite(gap) else None
