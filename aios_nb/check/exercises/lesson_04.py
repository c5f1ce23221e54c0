"""Exercises of lesson 04: a missing query, and a block that is named."""

from __future__ import annotations

from typing import Any

from ...inference import InferenceRequest
from ..exercise import Exercise


def aioss_words(answer: Any) -> str:
    if not isinstance(answer, str):
        return f"{type(answer).__name__} is no text; expected failed.exception.message."
    if "Expecting value: line 1 column 1" not in answer:
        return f"{answer[:80]!r} is not what AIOS says to a request without query and model."
    return ""


def pinned_request(answer: Any, *, block_id: str) -> str:
    if not isinstance(answer, InferenceRequest):
        return f"{type(answer).__name__} is no request; expected an InferenceRequest."
    if answer.model != block_id:
        return f"It names {answer.model!r}; expected {block_id!r}, which AIOS selected."
    if answer.selection_query is not None:
        return "It still carries a selection query, which nobody reads once a block is named."
    return ""


EXERCISES = (
    Exercise(
        "04",
        "AIOS's words",
        aioss_words,
        (
            "The request is InferenceRequest(message=message): no model, no query, new session.",
            "It fails: expect a ServiceError, and look at the exception's message.",
        ),
    ),
    Exercise(
        "04",
        "pinned request",
        pinned_request,
        (
            "select_block returns the whole block; its id is what 'model' wants.",
            'InferenceRequest(message=message, model=aios.select_block(free)["id"]) is enough.',
        ),
    ),
)
