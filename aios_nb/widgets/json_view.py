"""The query as JSON that can be edited; a mistake is shown with its place."""

from __future__ import annotations

from html import escape
from typing import Any

from ipywidgets import HTML, HBox, Textarea, VBox

from .desk_view import Desk
from .draft import Draft
from .exports import json_text
from .json_edit import Mistake, read

HELP = "Edit or paste a filter rule, or a whole request; it is read when you leave the field."


class JsonView:
    """The JSON pane."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._is_syncing = False
        self._shown: Draft | None = None
        make = desk.parts.make
        self.text = make(
            Textarea,
            *("aios-code", "aios-whole", "aios-first"),
            continuous_update=False,
            rows=14,
            tooltip="Filter rule as JSON",
        )
        self.text.observe(self._on_text, "value")
        self.message = make(HTML, "aios-alert")
        apply = desk.button("Apply", "Read the JSON now", self._apply)
        reset = desk.button("Reset", "Show the query as it is", self._reset)
        bar = make(HBox, "aios-bar", children=[apply, reset])
        help_text = make(HTML, "aios-quiet", value=HELP)
        self.box = make(VBox, "aios-pane", children=[help_text, self.message, self.text, bar])
        self.update()

    def update(self) -> None:
        """Show the query as it is now; what is being typed stays until the query changes."""
        if self.desk.model.draft is self._shown:
            return
        self._shown = self.desk.model.draft
        muted = sum(node.is_muted for _, node in self.desk.model.draft.walk())
        self._show(json_text(self.desk.model.draft))
        note = "What is muted is not in the JSON; applying an edit drops it."
        self.message.value = f'<span class="aios-quiet">{note}</span>' if muted else ""

    def _show(self, text: str) -> None:
        self._is_syncing = True
        try:
            self.text.value = text
        finally:
            self._is_syncing = False

    def _on_text(self, _: Any) -> None:
        if not self._is_syncing:
            self.desk.edit(self._apply)

    def _apply(self) -> None:
        found = read(self.text.value)
        if isinstance(found, Mistake):
            self.message.value = _html(found, self.text.value)
        elif found.to_wire() != self.desk.model.to_wire():
            self.desk.model.load(found)
        else:
            self._reset()

    def _reset(self) -> None:
        self._shown = None
        self.update()


def _html(mistake: Mistake, text: str) -> str:
    where = f"<b>{escape(mistake.where)}</b>: " if mistake.where else ""
    words = f'<div class="aios-mistake">{where}{escape(mistake.text)}</div>'
    if not mistake.line:
        return words
    lines = text.splitlines() or [""]
    number = min(mistake.line, len(lines))
    numbered = list(enumerate(lines, start=1))[max(0, number - 2) : number + 1]
    shown = "\n".join(f"{'→' if n == number else ' '} {n:>3}  {line}" for n, line in numbered)
    return f"{words}<pre>{escape(shown)}</pre>"
