"""Exercises of lesson 05: read what the services logged."""

from __future__ import annotations

from typing import Any

from ...wire import shown
from ..exercise import Exercise

OPERATORS = ("$or", "$and")


def joined_by(answer: Any, *, line: str) -> str:
    used = next((o for o in OPERATORS if f'"{o}"' in line or f"'{o}'" in line), "")
    if answer == used:
        return ""
    return f"{shown(answer)} does not join the comparisons in this line's $match stage."


def silent_service(answer: Any, *, lines: dict[str, int]) -> str:
    if not isinstance(answer, str) or answer not in lines:
        return f"{shown(answer)} is none of the containers: {', '.join(sorted(lines))}."
    return f"{answer} wrote {lines[answer]} lines." if lines[answer] else ""


EXERCISES = (
    Exercise(
        "05",
        "joined by",
        joined_by,
        (
            "Print the line of blockMetrics, and look for the stage $match.",
            "Mongo's operators begin with a dollar sign; the guide joins its conditions with OR.",
        ),
    ),
    Exercise(
        "05",
        "silent service",
        silent_service,
        (
            "Which service does the guide send you to, and was not asked at all?",
            "Its lines were counted at the beginning of this lesson: there were none.",
        ),
    ),
)
