"""Exercises of lesson 06: words that choose, and a fallback that tells why."""

from __future__ import annotations

from typing import Any

from ..blocks import usecase
from ..exercise import Exercise

FALLBACK = "Fallback to the attribute ranking"


def words_for_vision(answer: Any) -> str:
    if not isinstance(answer, dict) or "id" not in answer:
        return f"{type(answer).__name__} is no block; expected what aios.select_block returns."
    if "multi-modal" not in usecase(answer):
        return f"{answer['id']} is for {usecase(answer)!r}; expected a multi-modal block."
    return ""


def reason_for_fallback(answer: Any) -> str:
    if not isinstance(answer, str) or FALLBACK not in answer:
        return "This line gives no reason; expected the line that begins the fallback."
    return ""


EXERCISES = (
    Exercise(
        "06",
        "words for vision",
        words_for_vision,
        (
            "Only user_query changes: say in words what the block should be good at.",
            "The simulated model counts words it shares with labels such as 'multi-modal'.",
            'replace(query, user_query="a multi-modal model that sees pictures") will do.',
        ),
    ),
    Exercise(
        "06",
        "reason for the fallback",
        reason_for_fallback,
        (
            "The policy logs a warning in its executor's container.",
            "Look for the text 'Fallback' in the container executor-executor-001.",
        ),
    ),
)
