"""What can be done with a row as a whole: the buttons of conditions and of groups."""

from __future__ import annotations

from typing import Any

from ..errors import PayloadError
from .desk_view import Desk, at, number_of
from .draft import Place


class RowButtons:
    """Clone, mute, group, move and remove, in words.

    Parameters
    ----------
    desk
        What to work with.
    place
        Which row.
    noun
        ``condition`` or ``group``, for the names.
    before
        Further buttons, shown first.
    """

    def __init__(
        self, desk: Desk, place: Place, *, noun: str, before: tuple[Any, ...] = ()
    ) -> None:
        self._desk, self._place = desk, place
        model, what = desk.model, f"{noun} {number_of(place)}"

        button = desk.button
        self.mute = button("Mute", f"Leave {what} out for now", lambda: model.mute(place))
        self.all = [*before, self.mute]
        if place.path or noun == "condition":  # a whole query needs no second copy
            copy = f"Put a copy after {what}"
            clone = button("Clone", copy, lambda: model.clone(place), "aios-clone")
            self.all.insert(-1, clone)
        if place.path:
            self.all += [
                button("Group", f"Wrap {what} into a group", self._group),
                button("Up", f"Move {what} up", lambda: self._step(-1, "up"), "aios-up"),
                button("Down", f"Move {what} down", lambda: self._step(+1, "down"), "aios-down"),
            ]
        self.all.append(button("Remove", f"Remove {what}", self._remove, "aios-remove"))

    def update(self, *, is_muted: bool) -> None:
        """Show what the mute button would do now."""
        self.mute.description = "Unmute" if is_muted else "Mute"

    def _group(self) -> Place:
        self._desk.model.group(self._place)
        return Place(self._place.part, (*self._place.path, 0))

    def _step(self, by: int, name: str) -> str:
        # The focus follows the row, so that the same key moves it on.
        return f"{at(self._desk.model.step(self._place, by))} .aios-{name}"

    def _remove(self) -> str:
        self._desk.model.remove(self._place)
        part, path = self._place.part, self._place.path
        while path:
            if self._is_there(Place(part, path)):
                return f"{at(Place(part, path))} .aios-remove"
            path = (*path[:-1], path[-1] - 1) if path[-1] else path[:-1]
        return f".aios-add-{part}"

    def _is_there(self, place: Place) -> bool:
        try:
            self._desk.model.draft.node_at(place)
        except PayloadError:
            return False
        return True
