"""Makes controls that share one layout and one style, and closes them without a trace."""

from __future__ import annotations

from typing import Any

from ipywidgets import Layout, Widget

from .lean_view import lean


class Parts:
    """Controls of one view.

    A control brings two more models for its layout and style; looks come from ``controls.css``
    instead, so that all controls of a view can share them.
    """

    def __init__(self) -> None:
        self._shared: dict[Any, Widget] = {}

    @property
    def layout(self) -> Widget:
        """The one layout: empty, looks come from classes."""
        return self._share("layout", Layout)

    def make(self, kind: Any, *classes: str, **traits: Any) -> Any:
        """Return a control.

        Parameters
        ----------
        kind
            Class of ipywidgets, such as ``Button``.
        classes
            CSS classes; ``controls.js`` and ``controls.css`` know some.
        traits
            Its own; ``tooltip`` becomes the name for screen readers where no label is visible.
        """
        shared = {"layout": self.layout}
        if kind.class_traits().get("style") is not None:
            style = kind.class_traits()["style"].klass
            shared["style"] = self._share(style, style)
        return lean(kind)(**{**shared, "_dom_classes": classes, **traits})

    def close(self) -> None:
        """Close the shared models; the controls must be closed before."""
        for widget in self._shared.values():
            widget.close()
        self._shared.clear()

    def _share(self, key: Any, kind: Any) -> Widget:
        if key not in self._shared:
            self._shared[key] = lean(kind)()
        return self._shared[key]


def close_deep(widget: Widget) -> None:
    """Close a widget with everything inside it; ``close`` alone leaves its children open."""
    children = getattr(widget, "children", ())
    widget.close()
    for child in children:
        close_deep(child)
