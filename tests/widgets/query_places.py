"""Places in the guide's query, the row that a builder shows there, and its buttons."""

from aios_nb.widgets import QueryBuilder
from aios_nb.widgets.condition_view import ConditionView
from aios_nb.widgets.draft import Place
from aios_nb.widgets.group_view import GroupView


def view_at(builder: QueryBuilder, place: Place) -> ConditionView | GroupView:
    view = builder.part_views[place.part].view
    for index in place.path:
        assert isinstance(view, GroupView)
        view = view.views[index]
    assert view is not None
    return view


def press(builder: QueryBuilder, place: Place, words: str) -> None:
    for button in view_at(builder, place).buttons.all:
        if button.description == words:
            button.click()
            return
    raise AssertionError(f"no button {words!r} at {place}")


FIRST, SECOND, OR = Place("block", (0,)), Place("block", (1,)), Place("block", (2,))
MMLU, ARC = Place("block", (2, 0)), Place("block", (2, 1))
