"""The fleet as a table: sorted as one likes, each block open to its truth table."""

from __future__ import annotations

from html import escape
from typing import Any

from ipywidgets import HTML, Dropdown, HBox, ToggleButton

from ..query import FilterRule
from . import candidates_html
from .base_view import ControlScript
from .candidates_model import SORTS, CandidatesModel
from .inquiry import Find
from .notices import ASKING, told
from .panel_view import Panel

TRAITS = ("explanation", "state", "message", "sort_by", "is_descending")
HELP = "Open a block to see its truth table: each condition, the block's value, AIOS's answer."


class CandidateTable(Panel):
    """Every block of the fleet, and what AIOS says to it; untouched: for the guide's filter.

    Parameters
    ----------
    find
        Sends a filter rule to AIOS, such as ``aios.find_candidates``.
    rule
        The filter rule. ``None``: the guide's.
    model
        A model to show; then the other arguments are not read.
    script
        Of the view around this one; ``None``: its own.

    Examples
    --------
    >>> table = CandidateTable()
    >>> table
    CandidateTable: nothing is known yet
    >>> table.close()
    """

    def __init__(
        self,
        find: Find | None = None,
        *,
        rule: FilterRule | None = None,
        model: CandidatesModel | None = None,
        script: ControlScript | None = None,
    ) -> None:
        super().__init__(script)
        self.model = model or CandidatesModel(find, rule=rule)
        self.begin(self.model, *TRAITS)
        if model is None:
            self.model.refresh()

    def text_summary(self) -> str:
        """Return how many blocks pass."""
        found = self.model.explanation
        said = candidates_html.headline(found) if found else "nothing is known yet"
        return f"CandidateTable: {said}"

    def html_summary(self) -> str:
        """Return the table."""
        said = escape(self.text_summary())
        return f"<p><b>{said}</b></p>{candidates_html.table(self.model.rows())}"

    def _build(self) -> None:
        make = self.parts.make
        caption = make(HTML, "aios-caption", "aios-title", value="Candidates")
        self.sort_by = make(
            Dropdown, options=SORTS, description="Sort by", tooltip="Sort the blocks by"
        )
        self.sort_by.observe(lambda change: self._sort(sort_by=change["new"]), "value")
        self.descending = make(
            ToggleButton,
            description="Descending",
            tooltip="Largest first, or AIOS's order reversed",
        )
        self.descending.observe(lambda change: self._sort(is_descending=change["new"]), "value")
        again = self.ask_again_button(self.model.refresh)
        bar = make(HBox, "aios-bar", children=[caption, self.sort_by, self.descending, again])
        self.headline = make(HTML, "aios-live", "aios-verdict")
        self.table = make(HTML, "aios-whole")
        self.show(bar, self.headline, make(HTML, "aios-quiet", value=HELP), self.table)

    def _sort(self, **traits: Any) -> None:
        for name, value in traits.items():
            setattr(self.model, name, value)

    def update(self, _: Any = None) -> None:
        """Show the model as it is now."""
        model = self.model
        self.sort_by.value, self.descending.value = model.sort_by, model.is_descending
        self.headline.value = self._headline()
        if model.state == "known":
            self.table.value = candidates_html.table(model.rows())

    def _headline(self) -> str:
        found, state = self.model.explanation, self.model.state
        said = f"<b>{candidates_html.headline(found)}</b>" if found and state != "paused" else ""
        if state == "asking":
            return f"{said} {ASKING}"
        if self.model.message:
            return said + told(state, self.model.message)
        return said
