"""A view that follows models, from whichever thread they change, and lets go of them once."""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Callable
from typing import Any

from ipywidgets import Button, Widget
from traitlets import HasTraits

from .base_view import ControlScript, View


class Panel(View):
    """A view over models; a subclass calls :meth:`begin`, and says how it is built and updated.

    AIOS's answers come on threads of their own, so updates take turns. A handler of a control
    calls the model without that lock, because the model notifies from other threads meanwhile.
    """

    # A panel that was refused its arguments is closed too, when it is thrown away.
    _followed: tuple[tuple[HasTraits, list[str]], ...] = ()

    def __init__(self, script: ControlScript | None = None) -> None:
        super().__init__(script)
        self.add_class("aios-group")
        self.lock = threading.RLock()

    def begin(self, model: HasTraits, *names: str) -> None:
        """Build the controls, show the model, and follow these traits of it."""
        self._build()
        self.update()
        self.follow(model, *names)

    @abstractmethod
    def _build(self) -> None:
        """Make the controls and show them."""

    def ask_again_button(self, refresh: Callable[[], None]) -> Widget:
        """Return a button that asks AIOS anew."""
        tooltip = "Ask AIOS again: metrics change"
        button = self.parts.make(Button, description="Ask again", tooltip=tooltip)
        button.on_click(lambda _: refresh())
        return button

    def follow(self, model: HasTraits, *names: str) -> None:
        """Update whenever one of these traits changes."""
        self._followed = (*self._followed, (model, list(names)))
        model.observe(self.on_change, list(names))

    def on_change(self, change: Any) -> None:
        """Update, one thread at a time."""
        with self.lock:
            self.update(change)

    @abstractmethod
    def update(self, change: Any = None) -> None:
        """Show the models as they are now; ``change`` is what happened, ``None``: everything."""

    def close(self) -> None:
        """Follow nothing any more, and close every control."""
        followed, self._followed = self._followed, ()
        for model, names in followed:
            model.unobserve(self.on_change, names)
            if hasattr(model, "close"):
                model.close()
        super().close()
