"""Exercises of lesson 11: who survives two deaths, and what to send after a time-out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...inference import InferenceRequest
from ..blocks import ids_in
from ..exercise import Exercise


def survivor(answer: Any, *, dead: Sequence[str], candidates: Sequence[str]) -> str:
    found = ids_in(getattr(answer, "block_id", answer))
    if not found or len(found) != 1:
        return f"{type(answer).__name__} names no single block; expected a result, or a block's id."
    block_id = found.pop()
    if block_id in dead:
        return f"{block_id} is one of the two that are silent."
    return "" if block_id in candidates else f"{block_id[:80]} is no candidate."


def next_try(answer: Any, *, timed_out: InferenceRequest) -> str:
    if not isinstance(answer, InferenceRequest):
        return f"{type(answer).__name__} is no request; expected an InferenceRequest."
    pairs = [(r.session_id, r.seq_no) for r in (answer, timed_out)]
    if pairs[0] == pairs[1]:
        return "It has the same session and number: the late answer may reach it."
    if answer.data != timed_out.data:
        return "It asks something else."
    if answer.model in ("", timed_out.model):
        return f"It may go to {timed_out.model} again; name another block by model."
    return ""


EXERCISES = (
    Exercise(
        "11",
        "survivor",
        survivor,
        (
            "One fault for each of the two; the loop of drill 1, over more than two names.",
            "candidates holds all names; leave out best and second, and append the rest.",
        ),
    ),
    Exercise(
        "11",
        "next try",
        next_try,
        (
            "A request without a session makes up a new one.",
            "InferenceRequest(message=message, model=second) is enough.",
        ),
    ),
)
