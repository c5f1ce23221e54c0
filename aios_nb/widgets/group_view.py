"""A group of rows: how they are joined, what it does, and its members below."""

from __future__ import annotations

from html import escape
from typing import Any

from ipywidgets import HTML, Dropdown, HBox, VBox

from .condition_view import ConditionView
from .desk_view import Desk, at_class, number_of, problem_html
from .draft import Place
from .parts_view import close_deep
from .row_buttons_view import RowButtons
from .tree import ConditionNode, GroupNode, Node

JOINTS = [("all of these (AND)", "AND"), ("at least one of these (OR)", "OR")]


class GroupView:
    """The group at one place; it shows whatever group stands there."""

    def __init__(self, desk: Desk, place: Place, node: GroupNode) -> None:
        self.desk, self.place = desk, place
        self._is_syncing = False
        make = desk.parts.make
        self.caption = make(HTML, "aios-caption", value=_title(place))
        which = f"group {number_of(place)}" if place.path else f"the {place.part} query"
        about = f"How the conditions of {which} are joined"
        self.operator = make(Dropdown, "aios-joint", "aios-first", options=JOINTS, tooltip=about)
        self.operator.observe(self._on_operator, "value")
        self.buttons = RowButtons(desk, place, noun="group", before=self._own_buttons())
        self.info = make(HTML, "aios-quiet", "aios-grows")
        head = [self.caption, self.operator, self.info, *self.buttons.all]
        self.members = make(VBox, "aios-members")
        looks = ("aios-head", "aios-inner") if place.path else ("aios-head",)
        self.views: list[ConditionView | GroupView] = []
        self.box = make(
            VBox,
            *("aios-group", "aios-nest", at_class(place)),
            children=[make(HBox, *looks, children=head), self.members],
        )
        self.update(node)

    def update(self, node: GroupNode) -> None:
        """Show this group; rows are changed in place, made and closed only as they must."""
        self._is_syncing = True
        try:
            self.operator.value = node.operator
        finally:
            self._is_syncing = False
        self.info.value = self._info(node)
        self.buttons.update(is_muted=node.is_muted)
        (self.box.add_class if node.is_muted else self.box.remove_class)("aios-muted")
        self._show_members(node.members)

    def close(self) -> None:
        """Close every control of the group and its members."""
        close_deep(self.box)

    def _own_buttons(self) -> tuple[Any, ...]:
        model, place = self.desk.model, self.place
        about = f"group {number_of(place)}"
        add, group = f"Add a condition to {about}", f"Add a group to {about}"
        if not place.path:  # the query's own heading has them
            return ()
        buttons = (
            self.desk.button("Add condition", add, lambda: model.add(place), "aios-adder"),
            self.desk.button("Add group", group, lambda: model.add_group(place), "aios-adder"),
        )
        tooltip = f"Let the members of {about} take its place"
        return (
            *buttons,
            self.desk.button("Ungroup", tooltip, lambda: model.ungroup(place), "aios-adder"),
        )

    def _show_members(self, members: tuple[Node, ...]) -> None:
        before = list(self.views)
        for index, member in enumerate(members):
            if index < len(self.views) and fits(self.views[index], member):
                self.views[index].update(member)  # type: ignore[arg-type]  # fits() has checked
            else:
                place = Place(self.place.part, (*self.place.path, index))
                self.views[index : index + 1] = [make_view(self.desk, place, member)]
        del self.views[len(members) :]
        if self.views != before:
            self.members.children = [view.box for view in self.views]
        for view in before:
            if view not in self.views:
                view.close()

    def _info(self, node: GroupNode) -> str:
        note = "Muted: not sent." if node.is_muted else self.desk.feedback.notes.get(self.place, "")
        text = f"<b>{escape(note)}</b>"
        return text + "".join(map(problem_html, self.desk.problems_at(self.place)))

    def _on_operator(self, change: Any) -> None:
        if not self._is_syncing:
            self.desk.edit(lambda: self.desk.model.set(self.place, operator=change["new"]))


def make_view(desk: Desk, place: Place, node: Node) -> ConditionView | GroupView:
    """Return the view of a node."""
    kind = ConditionView if isinstance(node, ConditionNode) else GroupView
    return kind(desk, place, node)  # type: ignore[arg-type]  # each class fits its node


def fits(view: ConditionView | GroupView, node: Node) -> bool:
    """Say whether a view can show a node."""
    return isinstance(view, ConditionView) == isinstance(node, ConditionNode)


def _title(place: Place) -> str:
    if not place.path:
        return '<span class="aios-hidden">Conditions: </span>'
    return f'<span class="aios-hidden">Group </span>{number_of(place)}'
