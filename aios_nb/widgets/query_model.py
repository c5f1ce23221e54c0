"""The query under the builder's hands: a draft that can be changed, undone and sent."""

from __future__ import annotations

from typing import Any

import traitlets

from ..errors import PayloadError
from ..query import FilterRule
from ..wire import JSON
from . import words
from .draft import Draft, Place
from .exports import EXPORTS
from .problems import Lint, Problem, problems_of
from .templates import GUIDE, TEMPLATES
from .tree import ConditionNode, GroupNode, Node, Path

UNDO_LIMIT = 200


class QueryModel(traitlets.HasTraits):
    """A query that remembers how it came about.

    Parameters
    ----------
    draft
        What it holds at first. ``None``: the guide's request.
    lint
        What looks for mistakes in ``{matchType, filter}``. ``None``: only what keeps the query
        from being sent is found.

    Attributes
    ----------
    draft
        The present state; observe it, and change it through the methods.
    can_undo, can_redo
        Whether there is a step to take back, or to repeat.

    Examples
    --------
    >>> model = QueryModel()
    >>> model.mute(Place("block", (0,)))
    >>> len(model.rule.block.clauses)
    2
    >>> model.undo()
    >>> len(model.rule.block.clauses)
    3
    """

    draft = traitlets.Instance(Draft)
    can_undo = traitlets.Bool(False)
    can_redo = traitlets.Bool(False)

    def __init__(self, draft: Draft | None = None, *, lint: Lint | None = None) -> None:
        super().__init__(draft=GUIDE.draft if draft is None else draft)
        self.lint = lint
        self._past: list[Draft] = []
        self._future: list[Draft] = []
        self._checked: tuple[Draft | None, tuple[Problem, ...]] = (None, ())

    @property
    def rule(self) -> FilterRule:
        """The filter rule, without what is muted.

        Raises
        ------
        PayloadError
            A condition is incomplete, or there is none.
        """
        problem = next((p for p in problems_of(self.draft) if p.severity == "error"), None)
        if problem is not None:
            raise PayloadError(f"the query is not complete: {problem}")
        return self.draft.to_rule()

    @rule.setter
    def rule(self, rule: FilterRule) -> None:
        self._become(Draft.from_rule(rule))

    def problems(self) -> tuple[Problem, ...]:
        """Return what is wrong with the query, each with its place and what to do about it."""
        if self._checked[0] is not self.draft:
            self._checked = (self.draft, problems_of(self.draft, self.lint))
        return self._checked[1]

    def forget_problems(self) -> None:
        """Look for problems anew; call it when the linter has learnt more of the fleet."""
        self._checked = (None, ())

    def to_wire(self) -> JSON:
        """Return ``{matchType, filter}``, complete or not."""
        return self.draft.to_wire()

    def sentence(self) -> str:
        """Return the query in one sentence."""
        return words.sentence(self.draft)

    def steps(self) -> list[str]:
        """Return the query in words, line by line."""
        return words.steps(self.draft)

    def export(self, form: str) -> str:
        """Return the query as ``JSON``, ``Python``, ``curl``, ``MongoDB`` or ``pandas``.

        Raises
        ------
        PayloadError
            The form is unknown, or a condition is incomplete.
        """
        if form not in EXPORTS:
            raise PayloadError(f"unknown form {form!r}; use one of {', '.join(EXPORTS)}")
        return EXPORTS[form](self.draft)

    def load(self, draft: Draft) -> None:
        """Replace the whole query, as one step."""
        self._become(draft)

    def load_template(self, name: str) -> None:
        """Replace the whole query by a template.

        Raises
        ------
        PayloadError
            There is no template of this name.
        """
        if name not in TEMPLATES:
            raise PayloadError(f"unknown template {name!r}; use one of {', '.join(TEMPLATES)}")
        self._become(TEMPLATES[name].draft)

    def add(self, place: Place, node: Node | None = None) -> Place:
        """Add a condition (``None``: an empty one) to the group at ``place``; return where it is.

        Raises
        ------
        PayloadError
            The place leads nowhere.
        """
        draft, found = self.draft.add(place, node or _empty(place))
        self._become(draft)
        return found

    def add_group(self, place: Place, operator: str = "OR") -> Place:
        """Add a group that holds one empty condition; return where that condition is.

        Raises
        ------
        PayloadError
            The place leads nowhere, or the operator is unknown.
        """
        found = self.add(place, GroupNode(operator, (_empty(place),)))
        return Place(found.part, (*found.path, 0))

    def insert(self, place: Place, node: Node) -> None:
        """Put ``node`` at ``place``; what stood there follows it.

        Raises
        ------
        PayloadError
            The place leads nowhere.
        """
        self._become(self.draft.insert(place, node))

    def remove(self, place: Place) -> None:
        """Remove the node at ``place``.

        Raises
        ------
        PayloadError
            There is none.
        """
        self._become(self.draft.remove(place))

    def clone(self, place: Place) -> Place:
        """Put a copy after the node at ``place``; return where it is.

        Raises
        ------
        PayloadError
            There is none.
        """
        draft, found = self.draft.clone(place)
        self._become(draft)
        return found

    def move(self, place: Place, target: Path) -> None:
        """Move the node at ``place`` within its query.

        Raises
        ------
        PayloadError
            A path leads nowhere.
        """
        self._become(self.draft.move(place, target))

    def step(self, place: Place, by: int) -> Place:
        """Move the node one line up (-1) or down (+1); return where it is then.

        Raises
        ------
        PayloadError
            There is none.
        """
        draft, found = self.draft.step(place, by)
        self._become(draft)
        return found

    def group(self, place: Place, operator: str = "OR") -> None:
        """Wrap the node at ``place`` into a new group.

        Raises
        ------
        PayloadError
            There is none, or the operator is unknown.
        """
        self._become(self.draft.group(place, operator))

    def ungroup(self, place: Place) -> None:
        """Let the members of the group at ``place`` take its place.

        Raises
        ------
        PayloadError
            There is no group, or it is a root with other than one member.
        """
        self._become(self.draft.ungroup(place))

    def mute(self, place: Place, *, is_muted: bool | None = None) -> None:
        """Leave the node at ``place`` out of what is sent, or take it in again.

        Raises
        ------
        PayloadError
            There is none.
        """
        self._become(self.draft.mute(place, is_muted=is_muted))

    def set(self, place: Place, **attributes: Any) -> None:
        """Give the node at ``place`` other attributes.

        Raises
        ------
        PayloadError
            There is none, or it has no such attribute.
        """
        self._become(self.draft.set(place, **attributes))

    def undo(self) -> None:
        """Take back the last step; without one nothing happens."""
        self._travel(self._past, self._future)

    def redo(self) -> None:
        """Repeat the step that was taken back last; without one nothing happens."""
        self._travel(self._future, self._past)

    def _become(self, draft: Draft) -> None:
        if draft == self.draft:
            return
        self._past = [*self._past[-UNDO_LIMIT + 1 :], self.draft]
        self._future = []
        self._show(draft)

    def _travel(self, source: list[Draft], target: list[Draft]) -> None:
        if source:
            target.append(self.draft)
            self._show(source.pop())

    def _show(self, draft: Draft) -> None:
        with self.hold_trait_notifications():
            self.can_undo, self.can_redo = bool(self._past), bool(self._future)
            self.draft = draft


def _empty(place: Place) -> ConditionNode:
    if place.part == "metrics":
        return ConditionNode("", ">", 0, "avg")
    return ConditionNode("", "==", "")
