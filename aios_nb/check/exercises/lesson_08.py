"""Exercises of lesson 08: a policy of one's own, tried on the lesson's candidates."""

from __future__ import annotations

from typing import Any

from ...errors import AIOSError
from ...policy import PolicyPackage
from ...wire import JSON, shown
from ..blocks import ids_in, instances
from ..exercise import Exercise


def widest_context(answer: Any, *, candidates: list[JSON]) -> str:
    if not isinstance(answer, PolicyPackage):
        return f"{type(answer).__name__} is no package; expected PolicyPackage.from_source(…)."
    try:
        chosen = answer.run(candidates).chosen
    except AIOSError as error:
        return f"The policy failed: {str(error).splitlines()[0]}"
    if chosen["id"] in _widest(candidates):
        return ""
    return f"It chose {chosen['id']}; a live candidate has a longer context."


def _widest(candidates: list[JSON]) -> list[str]:
    live = [c for c in candidates if instances(c)]
    widths = {c["id"]: _context_length(c) for c in live}
    return [block_id for block_id, width in widths.items() if width == max(widths.values())]


def _context_length(candidate: JSON) -> float:
    architecture = candidate["component"]["componentMetadata"].get("architecture", {})
    return float(architecture.get("contextLength", 0))


def rolled_back(answer: Any, *, before: JSON) -> str:
    if ids_in(answer) == {before["id"]}:
        return ""
    return f"AIOS selects {shown(answer)} now; before the release it selected {before['id']!r}."


EXERCISES = (
    Exercise(
        "08",
        "widest context",
        widest_context,
        (
            "Take the policy of the lesson, and change what it sorts by.",
            "The path is component, componentMetadata, architecture, contextLength.",
            "max() instead of min(), over the candidates that have a live instance.",
        ),
    ),
    Exercise(
        "08",
        "rolled back",
        rolled_back,
        (
            "Roll back first: the record of version 2.0 takes the code of version 1.0.",
            "Then ask with the query that names version 2.0: aios.select_block(newer).",
        ),
    ),
)
