"""The query builder: compose a filter rule, and see at once what AIOS makes of it."""

from __future__ import annotations

from html import escape
from typing import Any

from ipywidgets import HTML, Button, Dropdown, HBox, ToggleButton, VBox

from ..linting import Fields, Findings, fields_of, lint
from ..query import FilterRule
from ..wire import JSON
from .base_view import View
from .desk_view import Desk
from .draft import PARTS, Draft
from .export_view import ExportView
from .exports import json_text
from .feedback_model import FeedbackModel
from .feedback_view import FeedbackView
from .fields_view import FieldsView
from .inquiry import Blocks, Find
from .json_view import JsonView
from .notices import mistake
from .part_view import PartView
from .parts_view import close_deep
from .query_model import QueryModel
from .templates import TEMPLATES

CONDITION_LIMIT = 50
PANES = {"Fields": FieldsView, "JSON": JsonView, "Export": ExportView}
TOO_MANY = (
    "This query has {count} conditions. Above {limit} the rows are not shown; edit it in the JSON "
    "pane below, or choose a template."
)
START = "Choose a template …"


class QueryBuilder(View):
    """Compose a filter rule by rows, or as JSON; untouched it holds the guide's request.

    Parameters
    ----------
    find
        Sends a filter rule to AIOS, such as ``aios.find_candidates``; it is called while you
        edit. ``None``: nothing is asked, and there are no counts.
    blocks
        The fleet with its metrics, or a function that returns it; it gives the list of fields.
        ``None``: ``find`` is asked for every block.
    rule
        What to start from. ``None``: the guide's request.

    Attributes
    ----------
    rule
        The filter rule as it is now.
    model
        The query; change it through its methods, and the rows follow.
    feedback
        What AIOS says to it.

    Examples
    --------
    >>> builder = QueryBuilder()
    >>> len(builder.rule.block.clauses)
    3
    >>> builder.close()
    """

    def __init__(
        self,
        find: Find | None = None,
        *,
        blocks: Blocks = None,
        rule: FilterRule | None = None,
    ) -> None:
        super().__init__()
        self._known_fields: Fields | None = None
        draft = None if rule is None else Draft.from_rule(rule)
        self.model = QueryModel(draft, lint=self._lint)
        self.feedback = FeedbackModel(self.model, find, blocks=blocks)
        self.desk = Desk(self.model, self.parts, self.script, complain=self._complain)
        self._panes: dict[str, Any] = {}
        self._build()
        self._learn()
        self._update()
        self.model.observe(self._on_draft, "draft")
        self.feedback.observe(self._on_feedback, "feedback")
        self.feedback.observe(self._on_fleet, "fleet")
        self.feedback.refresh()

    @property
    def rule(self) -> FilterRule:
        """The filter rule as it is now, without what is muted.

        Raises
        ------
        PayloadError
            A condition is incomplete, or there is none.
        """
        return self.model.rule

    @rule.setter
    def rule(self, rule: FilterRule) -> None:
        self.model.rule = rule

    def text_summary(self) -> str:
        """Return the query in one sentence."""
        return f"QueryBuilder: {self.model.sentence()}"

    def html_summary(self) -> str:
        """Return the query in words, with its JSON folded."""
        lines = "\n".join(map(escape, self.model.steps()))
        return (
            f"<p><b>Query builder.</b> {escape(self.model.sentence())}</p><pre>{lines}</pre>"
            f"<details><summary>JSON</summary><pre>{escape(json_text(self.model.draft))}</pre>"
            "</details>"
        )

    def close(self) -> None:
        """Ask AIOS no more, and close every control, hidden panes too."""
        self.feedback.close()
        for name, pane in self._panes.items():
            if not self.toggles[name].value:
                close_deep(pane.box)
        super().close()

    def _build(self) -> None:
        make = self.parts.make
        self.sentence = make(HTML, "aios-sentence")
        self.notice = make(HTML, "aios-alert")
        self.feedback_view = FeedbackView(self.desk)
        self.part_views = {part: PartView(self.desk, part) for part in PARTS}
        self.pane_box = make(VBox)
        self.show(
            self._title(),
            self.sentence,
            self.feedback_view.headline,
            self.feedback_view.details,
            self.notice,
            *(view.box for view in self.part_views.values()),
            self._pane_bar(),
            self.pane_box,
        )

    def _title(self) -> HBox:
        make, button = self.parts.make, self.desk.button
        caption = make(HTML, "aios-caption", "aios-title", value="Query builder")
        self.template = make(
            Dropdown, options=[START, *TEMPLATES], description="Start from", tooltip="Template"
        )
        self.template.observe(self._on_template, "value")
        self.undo = button("Undo", "Take back the last change", self.model.undo)
        self.redo = button("Redo", "Repeat the change taken back last", self.model.redo)
        again = make(Button, description="Count again", tooltip="Ask AIOS again: metrics change")
        again.on_click(lambda _: self.feedback.refresh())
        children = [caption, self.template, self.undo, self.redo, again]
        return make(HBox, "aios-bar", "aios-top", children=children)

    def _pane_bar(self) -> HBox:
        make = self.parts.make
        self.toggles = {
            name: make(ToggleButton, description=name, tooltip=f"Show or hide the pane: {name}")
            for name in PANES
        }
        for toggle in self.toggles.values():
            toggle.observe(self._on_toggle, "value")
        return make(HBox, "aios-bar", "aios-panes", children=[*self.toggles.values()])

    def _on_template(self, change: Any) -> None:
        if change["new"] != START:
            self.desk.edit(lambda: self.model.load_template(change["new"]))
            self.template.value = START

    def _on_toggle(self, _: Any) -> None:
        with self.desk.lock:
            for name, toggle in self.toggles.items():
                if toggle.value and name not in self._panes:
                    self._panes[name] = PANES[name](self.desk)
            self._update_panes()
            shown = [self._panes[name] for name, toggle in self.toggles.items() if toggle.value]
            self.pane_box.children = [pane.box for pane in shown]

    def _on_draft(self, _: Any) -> None:
        with self.desk.lock:
            self.notice.value = ""
            self._update()

    def _on_feedback(self, change: Any) -> None:
        with self.desk.lock:
            self.desk.feedback = change["new"]
            self._update_feedback()

    def _on_fleet(self, _: Any) -> None:
        with self.desk.lock:
            self._learn()
            self._update()

    def _lint(self, document: JSON) -> Findings:
        return lint(document, fields=self._known_fields)

    def _learn(self) -> None:
        if self.feedback.fleet:
            self.desk.learn(self.feedback.fleet)
            self._known_fields = fields_of(self.feedback.fleet)
            self.model.forget_problems()

    def _update(self) -> None:
        """Show the present draft everywhere."""
        draft = self.model.draft
        count = len(draft.conditions())
        is_shown = count <= CONDITION_LIMIT
        self.undo.disabled, self.redo.disabled = not self.model.can_undo, not self.model.can_redo
        self.sentence.value = escape(self.model.sentence()) if is_shown else ""
        for part, view in self.part_views.items():
            view.update(getattr(draft, part) if is_shown else None)
        if not is_shown:
            self._complain(TOO_MANY.format(count=count, limit=CONDITION_LIMIT))
            self.toggles["JSON"].value = True
        self._update_panes()
        self.feedback_view.update()

    def _update_panes(self) -> None:
        for name, pane in self._panes.items():
            if self.toggles[name].value:
                pane.update()

    def _update_feedback(self) -> None:
        """Show what AIOS says; rows get their notes."""
        if self.desk.feedback.state not in {"asking", "counted"}:
            self._update()
        self.feedback_view.update()

    def _complain(self, text: str) -> None:
        self.notice.value = mistake(text)
