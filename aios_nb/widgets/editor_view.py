"""Editors for the value of a condition, one per kind of value."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ipywidgets import Dropdown, FloatText, Text

from .operators import any_text, list_text, parse_any, parse_list
from .parts_view import Parts

TOOLTIPS = {
    "text": "Value: a text",
    "choice": "Value: a text; the list shows what the fleet has",
    "any": "Value: 80 is a number, true a truth value, anything else a text",
    "list": "Values, separated by commas",
    "json": "Value as JSON",
    "number": "Value: a number",
    "boolean": "Value: true or false",
}


@dataclass(frozen=True)
class EditorKind:
    """How one kind of value is shown and read back.

    Parameters
    ----------
    control
        The class of ipywidgets.
    show
        From a JSON value to the control's.
    read
        From the control's value to JSON; a ``ValueError`` says why that cannot be.
    """

    control: Any
    show: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _number(value: float) -> int | float:
    # The browser sends 80 for 80.0; the JSON should stay as short as it was.
    return int(value) if float(value).is_integer() and abs(value) < 2**53 else value


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"column {error.colno} of the value is no JSON") from error


KINDS = {
    "text": EditorKind(Text, str, str),
    "choice": EditorKind(Text, str, str),
    "any": EditorKind(Text, any_text, parse_any),
    "list": EditorKind(Text, list_text, parse_list),
    "json": EditorKind(Text, lambda value: json.dumps(value, ensure_ascii=False), _json),
    "number": EditorKind(FloatText, float, _number),
    "boolean": EditorKind(Dropdown, bool, bool),
}


class Editor:
    """The control that edits one value.

    Parameters
    ----------
    kind
        One of ``KINDS``.
    parts
        Makes the control.
    on_value
        Gets each new value.
    on_mistake
        Gets the reason why a text is no value of this kind.
    """

    def __init__(
        self,
        kind: str,
        parts: Parts,
        *,
        on_value: Callable[[Any], None],
        on_mistake: Callable[[str], None],
    ) -> None:
        self.kind = kind
        self._kind = KINDS[kind]
        self._on_value = on_value
        self._on_mistake = on_mistake
        self._is_syncing = False
        special: dict[str, Any] = {"continuous_update": False}
        if kind == "boolean":
            special = {"options": [("true", True), ("false", False)]}
        self.control = parts.make(
            self._kind.control, "aios-value", tooltip=TOOLTIPS[kind], **special
        )
        self.control.observe(self._on_change, "value")

    def show(self, value: Any) -> None:
        """Show a value without sending it back."""
        self._is_syncing = True
        try:
            self.control.value = self._kind.show(value)
        finally:
            self._is_syncing = False

    def _on_change(self, change: Any) -> None:
        if self._is_syncing:
            return
        try:
            value = self._kind.read(change["new"])
        except ValueError as error:
            self._on_mistake(str(error))
            return
        self._on_value(value)
