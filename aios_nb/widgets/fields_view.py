"""The fields of the live fleet: searchable, with type, number of blocks, and examples."""

from __future__ import annotations

from typing import Any

from ipywidgets import HTML, Button, Dropdown, HBox, Select, Text, VBox

from .desk_view import Desk
from .draft import Place
from .operators import fresh

QUERIES = [
    ("the block's document", "block"),
    ("its live metrics", "metrics"),
    ("its cluster", "cluster"),
]
SHOWN = 200
WIDEST = 112  # letters; a list does not scroll sideways


class FieldsView:
    """The pane of fields; a chosen one becomes a new condition."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        make = desk.parts.make
        self.part = make(Dropdown, "aios-first", options=QUERIES, description="Fields of")
        self.search = make(
            Text, "aios-grows", description="Search", placeholder="streaming, MMLU, number …"
        )
        self.found = make(Select, "aios-whole", "aios-code", rows=10, tooltip="Fields found")
        self.count = make(HTML, "aios-quiet", "aios-live")
        self.add: Any = make(
            Button, description="Add as condition", tooltip="Add a condition on the chosen field"
        )
        self.add.on_click(lambda _: desk.edit(self._add))
        self.part.observe(self._on_change, "value")
        self.search.observe(self._on_change, "value")
        head = make(HBox, "aios-bar", children=[self.part, self.search, self.count])
        bar = make(HBox, "aios-bar", children=[self.add])
        self.box = make(VBox, "aios-pane", children=[head, self.found, bar])
        self.update()

    def update(self) -> None:
        """Show what the search finds in the fleet as it is known now."""
        fields = self.desk.fields.get(self.part.value, {})
        words = self.search.value.lower().split()
        labels = {path: f"{path} · {self.desk.about(found)}" for path, found in fields.items()}
        hits = [p for p, label in labels.items() if all(w in label.lower() for w in words)]
        self._show([(_short(labels[path]), path) for path in hits[:SHOWN]])
        self.add.disabled = not hits
        waiting = "" if self.desk.fields else "The fleet is not known yet."
        self.count.value = waiting or f"{len(hits)} of {len(fields)} fields"

    def _show(self, options: list[tuple[str, str]]) -> None:
        """Show these fields; what was chosen stays chosen, for counts come while one chooses."""
        if options != list(self.found.options):
            chosen, paths = self.found.value, [path for _, path in options]
            self.found.options = options
            self.found.value = chosen if chosen in paths else next(iter(paths), None)

    def _on_change(self, _: Any) -> None:
        self.update()

    def _add(self) -> Place | None:
        part, path = self.part.value, self.found.value
        found = self.desk.field_at(part, path)
        if found is None:
            return None
        node = fresh(path, found.kind, found.values, is_metric=part == "metrics")
        return self.desk.model.add(Place(part), node)


def _short(label: str) -> str:
    return label if len(label) <= WIDEST else f"{label[: WIDEST - 1]}…"
