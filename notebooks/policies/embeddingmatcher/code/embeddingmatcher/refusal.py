"""How the policy says that a call cannot be answered, and that embeddings were of no use."""

from __future__ import annotations

from typing import Any, NoReturn


class PolicyError(ValueError):
    """The call cannot be answered; AIOS shows the text as ``{"message": …, "success": false}``."""


class NoChoice(Exception):  # noqa: N818 - an outcome with a reason, answered by the ranking
    """There is no model, or nothing for it to compare."""


def refuse(what: str, value: Any, expected: str) -> NoReturn:
    raise PolicyError(f"embeddingmatcher: {what} is {value!r:.200}; expected {expected}")
