"""How the policy says that a call cannot be answered, and that a model was of no use."""

from __future__ import annotations

from typing import Any, NoReturn


class PolicyError(ValueError):
    """The call cannot be answered; AIOS shows the text as ``{"message": …, "success": false}``."""


class NoChoice(Exception):  # noqa: N818 - an outcome with a reason, answered by the ranking
    """The model made no usable choice."""


def refuse(what: str, value: Any, expected: str) -> NoReturn:
    raise PolicyError(f"llmmatcher: {what} is {value!r:.200}; expected {expected}")
