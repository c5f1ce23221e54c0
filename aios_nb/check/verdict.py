"""What became of one answer, for the notebook and for a plain terminal."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

SIGNS = {"right": "✔", "wrong": "✘", "not attempted": "○"}
COLOURS = {"right": "#2f7d5d", "wrong": "#c8553d", "not attempted": "#7b8794"}
HOW_TO_ANSWER = "Put your answer in the place of the three dots, and run the cell again."


@dataclass(frozen=True)
class Verdict:
    """Right, wrong or not attempted.

    Parameters
    ----------
    name
        The exercise's name.
    state
        ``right``, ``wrong`` or ``not attempted``.
    complaint
        What is wrong with the answer.
    hints
        The hints that this many attempts have earned.
    hints_left
        How many more there are.

    Examples
    --------
    >>> Verdict("vision blocks", "right")
    ✔ vision blocks: right
    """

    name: str
    state: str
    complaint: str = ""
    hints: tuple[str, ...] = ()
    hints_left: int = 0

    def __repr__(self) -> str:
        return "\n".join([f"{SIGNS[self.state]} {self.name}: {self.state}", *self._lines()])

    def _lines(self) -> list[str]:
        if self.state == "right":
            return []
        if self.state == "not attempted":
            return [f"  {HOW_TO_ANSWER}"]
        hints = [f"  Hint {n}: {hint}" for n, hint in enumerate(self.hints, 1)]
        return [f"  {self.complaint}", *hints, f"  {self._next_help()}"]

    def _next_help(self) -> str:
        if self.hints_left:
            more = "One more hint comes" if self.hints_left == 1 else "More hints come"
            return f"{more} with the next attempt."
        return "That was the last hint; the solution is folded below the exercises."

    def _repr_html_(self) -> str:
        """Return static HTML: no script, nothing loaded, and no colour that words do not repeat."""
        colour = COLOURS[self.state]
        head = f"<strong>{SIGNS[self.state]} {escape(self.name)}:</strong> {escape(self.state)}"
        style = f"border-left:4px solid {colour};padding:0.3em 0.8em;margin:0.3em 0"
        return f'<div style="{style}">{head}{self._html_rest()}</div>'

    def _html_rest(self) -> str:
        if self.state == "right":
            return ""
        if self.state == "not attempted":
            return f"<br>{escape(HOW_TO_ANSWER)}"
        hints = "".join(f"<li>{escape(hint)}</li>" for hint in self.hints)
        return f"<br>{escape(self.complaint)}<ol>{hints}</ol><em>{escape(self._next_help())}</em>"
