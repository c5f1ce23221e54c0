"""What is wrong with a draft, each problem with its place and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..errors import PayloadError
from ..wire import JSON
from .draft import PARTS, Draft, Place
from .tree import ConditionNode, GroupNode, Node


class Finding(Protocol):
    """What the linter says."""

    @property
    def severity(self) -> str: ...
    @property
    def place(self) -> str: ...
    @property
    def problem(self) -> str: ...
    @property
    def consequence(self) -> str: ...
    @property
    def fix(self) -> str: ...


Lint = Callable[[JSON], Sequence[Finding]]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, or probably not as meant.

    Parameters
    ----------
    severity
        ``error``, ``warning`` or ``note``.
    place
        The condition or group that it is about; ``None``: the whole.
    text
        What is there and what AIOS will do.
    fix
        What to do about it.
    """

    severity: str
    place: Place | None
    text: str
    fix: str

    def __str__(self) -> str:
        where = f" at {self.place}" if self.place else ""
        return f"{self.severity}{where}: {self.text}; {self.fix}"


def problems_of(draft: Draft, lint: Lint | None = None) -> tuple[Problem, ...]:
    """Return what keeps the draft from being sent, then what the linter finds in it.

    Examples
    --------
    >>> print(problems_of(Draft(block=ConditionNode()))[0])
    error at blockQuery: no field is chosen; choose one from the list, or remove the condition
    """
    own = tuple(_unfinished(draft))
    if own or lint is None:
        return own
    places = wire_places(draft)
    return tuple(_from_finding(finding, places) for finding in lint(draft.to_wire()))


def wire_places(draft: Draft) -> dict[str, Place]:
    """Return which node stands at each path of the JSON, which has no muted ones.

    Examples
    --------
    >>> wire_places(Draft(block=ConditionNode("id", "==", "a")))
    {'filter.blockQuery': Place(part='block', path=())}
    """
    found: dict[str, Place] = {}
    for part, root in draft.roots():
        found.update(_heard_places(root, f"filter.{PARTS[part]}", Place(part)))
    return found


def _heard_places(node: Node, wire: str, place: Place) -> Iterator[tuple[str, Place]]:
    if node.is_muted:
        return
    yield wire, place
    if isinstance(node, GroupNode):
        heard = [(index, m) for index, m in enumerate(node.members) if _is_heard(m)]
        for position, (index, member) in enumerate(heard):
            inner = Place(place.part, (*place.path, index))
            yield from _heard_places(member, f"{wire}.conditions[{position}]", inner)


def _is_heard(node: Node) -> bool:
    if node.is_muted or isinstance(node, ConditionNode):
        return not node.is_muted
    return not node.members or any(map(_is_heard, node.members))


def _unfinished(draft: Draft) -> Iterator[Problem]:
    if not draft.to_wire()["filter"]:
        text, fix = "no condition is sent", "add a condition, start from a template, or unmute one"
        yield Problem("error", None, text, fix)
    for place in wire_places(draft).values():
        node = draft.node_at(place)
        if isinstance(node, ConditionNode):
            yield from _in_condition(node, place)


def _in_condition(node: ConditionNode, place: Place) -> Iterator[Problem]:
    if not node.field.strip():
        fix = "choose one from the list, or remove the condition"
        yield Problem("error", place, "no field is chosen", fix)
        return
    try:
        Draft(metrics=node).to_rule()
    except PayloadError as error:
        text, _, fix = str(error).partition("; ")
        yield Problem("error", place, text, fix or "change it, or remove the condition")
        return
    if node.aggregate and place.part != "metrics":
        text = "an aggregate counts in the metrics query only"
        yield Problem("error", place, text, "move the condition there")


def _from_finding(finding: Finding, places: dict[str, Place]) -> Problem:
    text = f"{finding.problem}; AIOS {finding.consequence}"
    return Problem(finding.severity, _nearest(finding.place, places), text, finding.fix)


def _nearest(wire: str, places: dict[str, Place]) -> Place | None:
    """Return the innermost node that a path of the JSON lies in."""
    while wire:
        if wire in places:
            return places[wire]
        wire = wire[: max(wire.rfind("."), wire.rfind("["), 0)]
    return None
