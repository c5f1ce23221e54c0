"""The query in other forms, ready to copy."""

from __future__ import annotations

from html import escape
from typing import Any

from ipywidgets import HTML, Dropdown, VBox

from ..errors import PayloadError
from .desk_view import Desk
from .exports import EXPORTS
from .notices import mistake


class ExportView:
    """The export pane."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        make = desk.parts.make
        options = list(EXPORTS)
        self.form = make(Dropdown, "aios-first", options=options, value="Python", description="As")
        self.form.observe(self._on_form, "value")
        self.text = make(HTML, "aios-export")
        self.box = make(VBox, "aios-pane", children=[self.form, self.text])
        self.update()

    def update(self) -> None:
        """Show the query as it is now."""
        try:
            text = self.desk.model.export(self.form.value)
        except PayloadError as error:
            self.text.value = mistake(str(error))
            return
        # Scrollable areas need the keyboard focus to be scrolled by keys.
        name = f"Query as {self.form.value}"
        head = f'<pre tabindex="0" role="region" aria-label="{name}">'
        self.text.value = f"{head}{escape(text)}</pre>"

    def _on_form(self, _: Any) -> None:
        self.update()
