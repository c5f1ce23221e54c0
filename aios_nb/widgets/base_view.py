"""What every view has: a text form, a static HTML form, named controls, a clean end."""

from __future__ import annotations

import re
from abc import abstractmethod
from pathlib import Path
from typing import Any

import anywidget
import traitlets
from ipywidgets import VBox, Widget

from .lean_view import Lean
from .parts_view import Parts, close_deep

HERE = Path(__file__).parent
SHEETS = ("controls.css", "panels.css")
SCRIPT = [line.strip() for line in (HERE / "controls.js").read_text().splitlines()]
BLANK = re.compile(r"/\*.*?\*/|\s+(?=[{}])|(?<=[{};,:])\s+", re.S)


Lists = dict[str, list[list[str]]]


class ControlScript(anywidget.AnyWidget):
    """Runs ``controls.js`` over the view that holds it, and over what is added later."""

    # A saved notebook holds both too, so remarks and most blanks stay at home.
    _esm = "\n".join(line for line in SCRIPT if line and not line.startswith("//"))
    _css = " ".join("".join(BLANK.sub("", (HERE / n).read_text()) for n in SHEETS).split())
    focus_on = traitlets.Tuple(traitlets.Unicode(), traitlets.Int(), default_value=("", 0)).tag(
        sync=True
    )
    is_open = traitlets.Bool(True).tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._lists: Lists = {}
        self.on_msg(self._on_message)

    def offer(self, lists: Lists) -> None:
        """Offer values in every text field of class ``aios-list-NAME``.

        Parameters
        ----------
        lists
            By name: pairs of a value and a label beside it.
        """
        self._lists = lists
        # A message, no trait: a saved notebook has no use for hundreds of field names.
        self.send({"lists": lists})

    def focus(self, selector: str) -> None:
        """Move the keyboard focus to the first control that the selector finds in the view."""
        self.focus_on = (selector, self.focus_on[1] + 1)

    def _on_message(self, _: Any, content: Any, __: Any) -> None:
        if content == "lists?":
            self.send({"lists": self._lists})


class View(Lean, VBox):
    """A panel made of controls; a subclass builds them with :attr:`parts` and calls :meth:`show`.

    A subclass decides nothing: it links traits of its model to controls. It gives
    :meth:`text_summary` and :meth:`html_summary`, which untrusted, exported and headless
    notebooks show instead. Give boxes that belong together the class ``aios-group`` and a label
    ``aios-caption``; texts that change by themselves ``aios-live``; errors ``aios-alert``.

    Parameters
    ----------
    script
        The script of a view around this one, which does for both. ``None``: its own.
    """

    def __init__(self, script: ControlScript | None = None) -> None:
        self.parts = Parts()
        self.script = script or ControlScript(layout=self.parts.layout)
        self._owns_script = script is None
        self.script.add_class("aios-script")
        super().__init__(layout=self.parts.layout)
        self.add_class("aios-view")

    def show(self, *children: Widget) -> None:
        """Put these into the view."""
        self.children = (self.script, *children) if self._owns_script else children

    @abstractmethod
    def text_summary(self) -> str:
        """Return one stable line: what the view holds, without ids or times."""

    @abstractmethod
    def html_summary(self) -> str:
        """Return static HTML of what the view holds, everything from outside escaped."""

    def __repr__(self) -> str:
        return self.text_summary()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        found = super()._repr_mimebundle_(**kwargs)
        data, *rest = found if isinstance(found, tuple) else (found,)
        static = {"text/plain": self.text_summary(), "text/html": self.html_summary()}
        data = {**(data or {}), **static}
        return (data, *rest) if rest else data

    def close(self) -> None:
        """Close the view and every control in it."""
        if self.comm is None and not self.children:
            return
        children, self.children = self.children, ()
        if self._owns_script:
            self.script.is_open = False
        for child in children:
            close_deep(child)
        super().close()
        self.parts.close()
