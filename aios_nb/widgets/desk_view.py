"""What every row of the builder works with: the model, the fields, the makers of controls."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any

from ipywidgets import Button

from ..errors import PayloadError
from .base_view import ControlScript
from .draft import Place
from .feedback_model import Feedback
from .fields import Field, fields_of
from .operators import any_text, fresh, suits
from .parts_view import Parts
from .problems import Problem
from .query_model import QueryModel
from .tree import ConditionNode


@dataclass
class Desk:
    """The tools on the desk of one builder.

    Parameters
    ----------
    model
        The query.
    parts
        Makes the controls.
    script
        Moves the focus and offers lists to choose from.
    complain
        Shows why something could not be done.
    """

    model: QueryModel
    parts: Parts
    script: ControlScript
    complain: Callable[[str], None]
    fields: dict[str, dict[str, Field]] = field(default_factory=dict)
    fleet_size: int = 0
    feedback: Feedback = field(default_factory=Feedback)
    # Answers of AIOS come on a thread of their own, edits on the kernel's.
    lock: threading.RLock = field(default_factory=threading.RLock)

    def button(
        self, words: str, tooltip: str, do: Callable[[], Place | str | None], *classes: str
    ) -> Any:
        """Return a button that edits the query; ``do`` may say where the focus goes then."""
        button = self.parts.make(Button, *classes, description=words, tooltip=tooltip)
        button.on_click(lambda _: self.edit(do))
        return button

    def edit(self, do: Callable[[], Place | str | None]) -> None:
        """Change the query; a refusal becomes a message."""
        with self.lock:
            try:
                focus = do()
            except PayloadError as error:
                self.complain(str(error))
                return
        if focus is not None:
            self.script.focus(focus if isinstance(focus, str) else f"{at(focus)} .aios-first")

    def learn(self, fleet: tuple[Any, ...]) -> None:
        """Take in the fields of the fleet."""
        self.fields = fields_of(fleet)
        self.fleet_size = len(fleet)
        lists = {
            part: [[path, self.about(found)] for path, found in fields.items()]
            for part, fields in self.fields.items()
        } | {
            self.values_list(part, path): [[str(value), ""] for value in found.values]
            for part, fields in self.fields.items()
            for path, found in fields.items()
            if found.kind in {"choice", "list"}
        }
        self.script.offer(lists)

    def field_at(self, part: str, path: str) -> Field | None:
        """Return what the fleet has at a path, or ``None``."""
        return self.fields.get(part, {}).get(path)

    def kind_at(self, part: str, path: str) -> str:
        """Return the kind of a field: ``mixed`` if the fleet lacks it, empty without a fleet."""
        found = self.field_at(part, path)
        if found is None:
            return "mixed" if self.fields else ""
        return found.kind

    def about(self, found: Field) -> str:
        """Return the type of a field, how many blocks have it, and examples."""
        count = f"{found.block_count} of {self.fleet_size} blocks"
        examples = ", ".join(map(_example, found.values[:3]))
        kind = "text" if found.kind == "choice" else found.kind
        return f"{kind} · {count} · e.g. {examples[:70]}{'…' * (len(examples) > 70)}"

    @staticmethod
    def values_list(part: str, path: str) -> str:
        """Return the name of the list that holds the values of a field."""
        return f"values-{part}-{path}".replace(" ", "_")

    def problems_at(self, place: Place) -> list[Problem]:
        """Return the problems of the very node at a place."""
        return [problem for problem in self.model.problems() if problem.place == place]

    def with_field(self, place: Place, node: ConditionNode, path: str) -> dict[str, Any]:
        """Return what changes with the field: operator and value too, if they do not suit it."""
        found = self.field_at(place.part, path)
        changes: dict[str, Any] = {"field": path}
        if found and not suits(node.value, found.kind):
            new = fresh(path, found.kind, found.values, is_metric=node.aggregate is not None)
            changes |= {"operator": new.operator, "value": new.value}
        return changes


def _example(value: Any) -> str:
    """Return a value beside others; one with a comma of its own would look like two."""
    text = any_text(value)
    return f"'{text}'" if isinstance(value, str) and "," in value else text


def at(place: Place) -> str:
    """Return the CSS selector of the row at a place."""
    return f".{at_class(place)}"


def at_class(place: Place) -> str:
    """Return the CSS class of the row at a place."""
    return "-".join(["aios-at", place.part, *map(str, place.path)])


def number_of(place: Place) -> str:
    """Return the number that the row at a place shows, such as ``3.1``."""
    return ".".join(str(index + 1) for index in place.path) or "1"


def problem_html(problem: Problem) -> str:
    """Return a problem as a line below the row that it is about."""
    words = f"<b>{problem.severity}</b> {escape(problem.text)}; {escape(problem.fix)}"
    return f'<div class="aios-mistake aios-{problem.severity}">{words}</div>'
