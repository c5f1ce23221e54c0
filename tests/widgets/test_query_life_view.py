"""What a builder keeps and what it gives back: its rows while it is edited, all widgets at its end."""

import gc
from typing import Any

from ipywidgets.widgets import widget

from aios_nb.widgets import QueryBuilder
from aios_nb.widgets.templates import GUIDE

from .query_places import FIRST, MMLU, press, view_at


def open_widgets() -> int:
    gc.collect()  # builders of earlier tests that nobody closed
    return len(widget._instances)


def test_rows_stay_the_same_widgets_when_their_condition_changes(builder: QueryBuilder) -> None:
    before = view_at(builder, MMLU).box
    view_at(builder, MMLU).editor.control.value = 85
    press(builder, FIRST, "Mute")

    assert before is view_at(builder, MMLU).box


def test_no_widget_is_left_behind_by_a_thousand_edits(builder: QueryBuilder) -> None:
    builder.toggles["JSON"].value = True
    edits = ("Clone", "Mute", "Unmute", "Down", "Up", "Remove")
    before = open_widgets()
    for _ in range(100):
        for words in edits:
            press(builder, FIRST, words)
        for value in (">=", "IN", "LIKE"):  # each has another editor
            view_at(builder, FIRST).operator.value = value
        builder.undo.click()
        builder.redo.click()
    builder.model.load(GUIDE.draft)

    assert before == open_widgets()


def test_closing_it_closes_everything(fleet: list[dict[str, Any]]) -> None:
    before = open_widgets()
    builder = QueryBuilder(blocks=fleet)
    for toggle in builder.toggles.values():
        toggle.value = True
        toggle.value = False
    builder.close()

    assert before == open_widgets()
