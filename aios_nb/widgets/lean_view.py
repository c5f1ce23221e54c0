"""Controls announced to the browser without what it assumes anyway: half of a saved notebook."""

from __future__ import annotations

from functools import cache
from typing import Any

from ipywidgets import Widget

# The defaults of ipywidgets' own models in the browser are those of its classes here, and what is
# None here is null there.
ASSUMED = {
    "_view_module",
    "_view_module_version",
    "_view_name",
    "box_style",
    "button_style",
    "description",
    "description_allow_html",
    "disabled",
    "icon",
    "placeholder",
}


class Lean(Widget):
    """A control whose first message leaves out what is assumed; later ones leave out nothing."""

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """Return all traits, or those asked for; before the browser is told, the lean ones."""
        state: dict[str, Any] = super().get_state(key, drop_defaults)
        if key is not None or self.comm is not None:
            return state
        traits = self.traits()
        return {
            name: value
            for name, value in state.items()
            if value != traits[name].default_value or not (value is None or name in ASSUMED)
        }


@cache
def lean(kind: Any) -> Any:
    """Return a class of ipywidgets that announces itself leanly."""
    return type(kind.__name__, (Lean, kind), {"__module__": kind.__module__})
