"""One of the three queries of a filter rule, with a heading; empty until it has a condition."""

from __future__ import annotations

from ipywidgets import HTML, HBox, VBox

from .condition_view import ConditionView
from .desk_view import Desk
from .draft import PARTS, Place
from .group_view import GroupView, fits, make_view
from .tree import Node

TITLES = {
    "block": "The block's document",
    "metrics": "Its live metrics",
    "cluster": "Its cluster",
}
EXPLANATIONS = {
    "block": "what it is: use case, model, benchmarks, tags",
    "metrics": "how it is doing: averages over its instances",
    "cluster": "where it runs (optional)",
}


class PartView:
    """The conditions on the block, its metrics, or its cluster."""

    def __init__(self, desk: Desk, part: str) -> None:
        self.desk, self.place = desk, Place(part)
        make = desk.parts.make
        about = f"{EXPLANATIONS[part]} · <code>{PARTS[part]}</code>"
        words = f'<b>{TITLES[part]}</b> <span class="aios-quiet">{about}</span>'
        self.caption = make(HTML, "aios-caption", "aios-grows", value=words)
        self.add = desk.button(
            "Add condition",
            f"Add a condition on {TITLES[part].lower()}",
            lambda: desk.model.add(self.place),
            f"aios-add-{part}",
        )
        self.group = desk.button(
            "Add group",
            f"Add a group of conditions on {TITLES[part].lower()}",
            lambda: desk.model.add_group(self.place),
        )
        self.body = make(VBox, "aios-members")
        head = make(HBox, "aios-head", children=[self.caption, self.add, self.group])
        self.view: ConditionView | GroupView | None = None
        self.box = make(VBox, "aios-group", "aios-part", children=[head, self.body])

    def update(self, root: Node | None) -> None:
        """Show this query."""
        if self.view is not None and root is not None and fits(self.view, root):
            self.view.update(root)  # type: ignore[arg-type]  # fits() has checked
            return
        old, self.view = self.view, None
        if root is not None:
            self.view = make_view(self.desk, self.place, root)
        self.body.children = [self.view.box] if self.view else []
        if old is not None:
            old.close()
