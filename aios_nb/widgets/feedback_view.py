"""What AIOS says to the query: the count, warnings, near misses, and problems of the whole."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from ipywidgets import HTML

from .desk_view import Desk, problem_html
from .feedback_model import Feedback
from .notices import told

NEAR_MISSES = 5
CANDIDATES = 8


class FeedbackView:
    """The headline and the details below it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._last_count = ""
        self.headline = desk.parts.make(HTML, "aios-headline", "aios-live")
        self.details = desk.parts.make(HTML, "aios-details")

    def update(self) -> None:
        """Show the present feedback."""
        feedback = self.desk.feedback
        if feedback.state == "asking":
            # The old count stays readable, marked as old: text that jumps is hard to follow.
            self.headline.value = f'<span class="aios-old">{self._last_count}</span> counting …'
            return
        if feedback.state in {"counted", "explained"}:
            self._last_count = escape(feedback.text)
        self.headline.value = _headline(feedback)
        self.details.value = "".join(self._details(feedback))

    def _details(self, feedback: Feedback) -> Iterable[str]:
        for problem in self.desk.model.problems():
            if problem.place is None:
                yield problem_html(problem)
        for warning in feedback.warnings:
            yield told(feedback.state, warning)
        if feedback.near_misses:
            yield _near_misses(feedback.near_misses)


def _headline(feedback: Feedback) -> str:
    if feedback.state == "none":
        return ""
    text = f"<b>{escape(feedback.text)}</b>"
    names = ", ".join(map(escape, feedback.candidates[:CANDIDATES]))
    rest = len(feedback.candidates) - CANDIDATES
    more = f" and {rest} more" if rest > 0 else ""
    return f'{text} <span class="aios-quiet">{names}{more}</span>'


def _near_misses(misses: tuple[str, ...]) -> str:
    count = f"{len(misses)} near miss{'es' * (len(misses) != 1)}"
    items = "".join(f"<li>{escape(miss)}</li>" for miss in misses[:NEAR_MISSES])
    rest = len(misses) - NEAR_MISSES
    more = f"<li>and {rest} more</li>" if rest > 0 else ""
    explanation = "blocks that one condition alone keeps out"
    return f"<details><summary>{count}: {explanation}</summary><ul>{items}{more}</ul></details>"
