"""One row per condition: aggregate, field, operator, value; what it does; what to do with it."""

from __future__ import annotations

from html import escape
from typing import Any

from ipywidgets import HTML, Dropdown, HBox, Text

from ..query import AGGREGATES
from .desk_view import Desk, at_class, number_of, problem_html
from .draft import Place
from .editor_view import Editor
from .operators import NAMES, operators_for, suited, value_kind
from .parts_view import close_deep
from .row_buttons_view import RowButtons
from .tree import ConditionNode

NO_AGGREGATE = "any"


class ConditionView:
    """The row of the condition at one place; it shows whatever condition stands there."""

    def __init__(self, desk: Desk, place: Place, node: ConditionNode) -> None:
        self.desk, self.place, self.node = desk, place, node
        self._is_syncing = False
        self._shown: Any = None
        make = desk.parts.make
        self.caption = make(HTML, "aios-caption", value=_number(place))
        self.aggregate = self._aggregate() if place.part == "metrics" else None
        self.field = make(
            Text,
            *("aios-field", "aios-first", "aios-grows", f"aios-list-{place.part}"),
            continuous_update=False,
            placeholder="Type to search the fields of the fleet",
            tooltip="Field",
        )
        self.operator = make(Dropdown, "aios-operator", tooltip="Operator")
        self.editor: Editor | None = None
        self.info = make(HTML, "aios-info", "aios-quiet", "aios-grows")
        self.buttons = RowButtons(desk, place, noun="condition")
        self.box = make(HBox, "aios-group", "aios-row", at_class(place))
        self.field.observe(self._on_field, "value")
        self.operator.observe(self._on_operator, "value")
        self.update(node)

    def update(self, node: ConditionNode) -> None:
        """Show this condition, and what is known about it now."""
        self.node = node
        known = (node, self._info(node), self.desk.field_at(self.place.part, node.field))
        if known == self._shown:
            return
        self._shown = known
        self._is_syncing = True
        try:
            self._show(node)
        finally:
            self._is_syncing = False

    def close(self) -> None:
        """Close every control of the row."""
        close_deep(self.box)

    def _show(self, node: ConditionNode) -> None:
        kind = self.desk.kind_at(self.place.part, node.field)
        if self.aggregate is not None:
            self.aggregate.value = node.aggregate or NO_AGGREGATE
        self.field.value = node.field
        options = [(NAMES.get(name, name), name) for name in operators_for(node, kind)]
        if options != list(self.operator.options):
            self.operator.options = options
        self.operator.value = node.operator
        self._editor_of(value_kind(node, kind), node).show(node.value)
        self.info.value = self._info(node)
        self.buttons.update(is_muted=node.is_muted)
        (self.box.add_class if node.is_muted else self.box.remove_class)("aios-muted")

    def _aggregate(self) -> Any:
        options = [*((name, name) for name in AGGREGATES), ("any instance", NO_AGGREGATE)]
        control = self.desk.parts.make(
            Dropdown, "aios-aggregate", options=options, tooltip="How instances become one number"
        )
        control.observe(self._on_aggregate, "value")
        return control

    def _editor_of(self, kind: str, node: ConditionNode) -> Editor:
        """Return the editor of this kind; another one in its place is closed."""
        if self.editor is None or self.editor.kind != kind:
            old = self.editor
            self.editor = Editor(
                kind,
                self.desk.parts,
                on_value=lambda value: self._set(value=value),
                on_mistake=self.desk.complain,
            )
            head = [self.caption, *([self.aggregate] if self.aggregate else [])]
            tail = [self.info, *self.buttons.all]
            self.box.children = [*head, self.field, self.operator, self.editor.control, *tail]
            if old is not None:
                old.control.close()
        wanted = f"aios-list-{self.desk.values_list(self.place.part, node.field)}"
        present = [c for c in self.editor.control._dom_classes if c.startswith("aios-list-")]
        if kind == "choice" and present != [wanted]:
            for name in present:
                self.editor.control.remove_class(name)
            self.editor.control.add_class(wanted)
        return self.editor

    def _info(self, node: ConditionNode) -> str:
        lines = []
        if node.is_muted:
            lines.append("<b>Muted: not sent.</b>")
        elif self.place in self.desk.feedback.notes:
            lines.append(f"<b>{escape(self.desk.feedback.notes[self.place])}</b>")
        found = self.desk.field_at(self.place.part, node.field)
        if found:
            lines.append(escape(self.desk.about(found)))
        elif node.field and self.desk.fields:
            lines.append("not a field of this fleet")
        text = " · ".join(lines)
        return text + "".join(map(problem_html, self.desk.problems_at(self.place)))

    def _on_field(self, change: Any) -> None:
        self._edit(self.desk.with_field(self.place, self.node, change["new"].strip()))

    def _on_operator(self, change: Any) -> None:
        operator = change["new"]
        if operator is not None:
            self._edit({"operator": operator, "value": suited(self.node.value, operator)})

    def _on_aggregate(self, change: Any) -> None:
        self._edit({"aggregate": None if change["new"] == NO_AGGREGATE else change["new"]})

    def _set(self, **changes: Any) -> None:
        self._edit(changes)

    def _edit(self, changes: dict[str, Any]) -> None:
        if not self._is_syncing:
            self.desk.edit(lambda: self.desk.model.set(self.place, **changes))


def _number(place: Place) -> str:
    hidden = '<span class="aios-hidden">Condition </span>'
    return f"{hidden}{number_of(place)}"
