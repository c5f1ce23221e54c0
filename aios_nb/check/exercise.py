"""An exercise: what is asked, who judges the answer, and hints from faint to plain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..errors import PayloadError

# Takes the answer, and facts by name; returns what is wrong with it, or "" if it is right.
Judge = Callable[..., str]


@dataclass(frozen=True)
class Exercise:
    """One step of a lesson's exercises.

    Parameters
    ----------
    lesson
        Number of the lesson, such as ``"00"``.
    name
        How cells call it; unique over all lessons.
    judge
        Called as ``judge(answer, **facts)``; returns what is wrong, ``""`` if nothing is.
    hints
        From a nudge to nearly the solution; one more is shown with each wrong answer.

    Raises
    ------
    PayloadError
        A text is empty, or there is no hint.
    """

    lesson: str
    name: str
    judge: Judge = field(repr=False)
    hints: tuple[str, ...] = field(repr=False)

    def __post_init__(self) -> None:
        texts = (self.lesson, self.name, *self.hints)
        if not self.hints or not all(isinstance(t, str) and t.strip() for t in texts):
            raise PayloadError(f"exercise {self.name!r} lacks a text; expected at least one hint")

    def complaint(self, answer: Any, facts: dict[str, Any]) -> str:
        """Return what is wrong with the answer; an empty text means that it is right."""
        return self.judge(answer, **facts)
