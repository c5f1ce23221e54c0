"""The documents that all children hold, so that a call only names them by their places."""

from __future__ import annotations

import gc
import marshal
from collections.abc import Callable
from typing import Any

from .pages import own, page_runs


class Documents:
    """What the emulator has sent ahead (``policy_holdings.py`` is its end)."""

    def __init__(self) -> None:
        self.by_place: dict[int, Any] = {}
        self._runs: list[tuple[int, int]] = []

    def hold(self, descriptor: int) -> None:
        """Take documents from a file, instead of or beside those that are here."""
        gc.disable()
        with open(descriptor, "rb") as file:
            first, is_fresh, documents = marshal.load(file)
        if is_fresh:
            self.by_place.clear()
        self.by_place.update(enumerate(documents, first))
        self._runs = page_runs(self.by_place.values())
        gc.freeze()
        gc.enable()

    def own(self, *, is_over: Callable[[], bool]) -> None:
        """Make the memory of all of them this process's own, before a call looks at them."""
        own(self._runs, is_over=is_over)
