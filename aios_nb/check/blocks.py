"""What judges read of blocks, and of answers that name blocks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..wire import JSON


def ids_in(answer: Any) -> set[str] | None:
    """Return the block ids in an answer: ids, blocks, or a table with ids as its index.

    ``None``: the answer holds something else.
    """
    if hasattr(answer, "columns"):
        answer = answer.index
    if isinstance(answer, str | dict):
        answer = [answer]
    if not isinstance(answer, Iterable):
        return None
    ids = [a.get("id") if isinstance(a, dict) else a for a in answer]
    return {str(i) for i in ids} if all(isinstance(i, str) for i in ids) else None


def compared(answer: Any, expected: Iterable[str], why: str) -> str:
    """Return what is wrong with an answer that should name exactly the expected blocks."""
    found, wanted = ids_in(answer), set(expected)
    if found is None:
        return (
            f"{type(answer).__name__} names no blocks; expected block ids, such as a list of them."
        )
    if too_many := found - wanted:
        return f"{sorted(too_many)[0][:80]} does not belong there: {why}"
    missing = len(wanted - found)
    return (
        f"{missing} more {'block belongs' if missing == 1 else 'blocks belong'} there."
        if missing
        else ""
    )


def usecase(block: JSON) -> str:
    """Return the use cases of a block, as AIOS stores them: one text."""
    metadata = block.get("component", {}).get("componentMetadata", {})
    return str(metadata.get("usecase", ""))


def instances(block: JSON) -> int:
    """Return how many instances could answer; the executor's entry is none."""
    entries = (block.get("metrics") or {}).get("instances") or []
    return sum(entry.get("instanceId") != "executor" for entry in entries)
