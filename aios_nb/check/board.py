"""Remembers, in one kernel, which exercises were tried and how they went."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any

from ..errors import PayloadError
from .exercise import Exercise
from .exercises import EXERCISES
from .verdict import COLOURS, SIGNS, Verdict


@dataclass
class Board:
    """The verdicts of one reader; each wrong answer to a step earns one more of its hints."""

    exercises: tuple[Exercise, ...] = EXERCISES
    latest: dict[str, Verdict] = field(default_factory=dict)
    wrong_answers: dict[str, list[str]] = field(default_factory=dict)

    def step(self, name: str, answer: Any, facts: dict[str, Any]) -> Verdict:
        """Judge an answer, and remember how it went."""
        exercise = self._find(name)
        self.latest[name] = verdict = self._judge(exercise, answer, facts)
        return verdict

    def _find(self, name: str) -> Exercise:
        found = next((e for e in self.exercises if e.name == name), None)
        if found is None:
            known = ", ".join(e.name for e in self.exercises)
            raise PayloadError(f"no exercise is called {name!r}; expected one of: {known}")
        return found

    def _judge(self, exercise: Exercise, answer: Any, facts: dict[str, Any]) -> Verdict:
        if answer is ...:
            return Verdict(exercise.name, "not attempted")
        complaint = exercise.complaint(answer, facts)
        if not complaint:
            return Verdict(exercise.name, "right")
        tried = self.wrong_answers.setdefault(exercise.name, [])
        # Running the same cell once more is no new attempt.
        if (said := repr(answer)) not in tried:
            tried.append(said)
        earned = exercise.hints[: len(tried)]
        left = len(exercise.hints) - len(earned)
        return Verdict(exercise.name, "wrong", complaint, earned, left)

    def progress(self, lesson: str) -> Progress:
        """Return how far a lesson's exercises are solved."""
        names = [e.name for e in self.exercises if e.lesson == lesson]
        if not names:
            known = ", ".join(sorted({e.lesson for e in self.exercises}))
            raise PayloadError(f"lesson {lesson!r} has no exercises; expected one of: {known}")
        states = {n: self.latest[n].state if n in self.latest else "not attempted" for n in names}
        return Progress(lesson, states)


@dataclass(frozen=True)
class Progress:
    """How far the exercises of one lesson are solved.

    Parameters
    ----------
    lesson
        Number of the lesson.
    states
        The latest state of each of its exercises.

    Examples
    --------
    >>> Progress("00", {"vision blocks": "right", "nobody home": "wrong"})
    Lesson 00: 1 of 2 exercises right
      ✔ vision blocks: right
      ✘ nobody home: wrong
    """

    lesson: str
    states: dict[str, str]

    @property
    def right(self) -> int:
        """How many are right."""
        return list(self.states.values()).count("right")

    def _head(self) -> str:
        return f"Lesson {self.lesson}: {self.right} of {len(self.states)} exercises right"

    def __repr__(self) -> str:
        lines = [f"  {SIGNS[state]} {name}: {state}" for name, state in self.states.items()]
        return "\n".join([self._head(), *lines])

    def _repr_html_(self) -> str:
        """Return static HTML, with a bar that words repeat."""
        done = round(100 * self.right / len(self.states))
        fill = f"width:{done}%;height:0.5em;background:{COLOURS['right']}"
        track = "width:20em;background:rgba(128,128,128,.25)"
        bar = f'<div style="{track}"><div style="{fill}"></div></div>'
        # Only the signs are coloured: no one shade is legible on light and on dark pages.
        signs = {s: f'<span style="color:{COLOURS[s]}">{sign}</span>' for s, sign in SIGNS.items()}
        items = "".join(
            f"<li>{signs[state]} {escape(name)}: {state}</li>"
            for name, state in self.states.items()
        )
        style = "list-style:none;padding-left:0"
        return f'<strong>{self._head()}</strong>{bar}<ul style="{style}">{items}</ul>'


_BOARD = Board()


def step(name: str, answer: Any, **facts: Any) -> Verdict:
    """Return whether an answer is right; each wrong one earns a plainer hint.

    Parameters
    ----------
    name
        The exercise, as the lesson's cell calls it.
    answer
        Yours; three dots mean that there is none yet.
    facts
        What the judge needs of the lesson, such as ``blocks=blocks``.

    Raises
    ------
    PayloadError
        No exercise has this name.

    Examples
    --------
    >>> step("what AIOS checked", ...)
    ○ what AIOS checked: not attempted
      Put your answer in the place of the three dots, and run the cell again.
    """
    return _BOARD.step(name, answer, facts)


def progress(lesson: str) -> Progress:
    """Return how far the exercises of a lesson are solved in this kernel.

    Parameters
    ----------
    lesson
        Its number, such as ``"00"``.

    Raises
    ------
    PayloadError
        The lesson has no exercises.
    """
    return _BOARD.progress(lesson)
