"""The documents of a registry by column: conditions and requests share most of their paths."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from ..world import JSON, Collection, World
from .accumulating import mean_of
from .bson import MISSING, NUMERIC
from .memory import metrics_by_block

MOST_COLUMNS = 512  # kept at a time: paths come from requests, which may name ever new ones
NOWHERE: JSON = {}  # stands for a sub-document that is missing on the way
Path = tuple[str, ...]
Values = list[Any]


class Columns:
    """The values at paths of documents that do not change, one entry per document."""

    def __init__(self, documents: Values) -> None:
        self.documents = documents
        self._above: dict[Path, Values] = {(): documents}
        self._ends: dict[Path, Values | None] = {}
        self._means: dict[Path, list[float | None]] = {}

    def __len__(self) -> int:
        """Return how many columns are kept."""
        return len(self._above) + len(self._ends) + len(self._means)

    def ends(self, path: Path) -> Values | None:
        """Return the value at ``path`` of each document, ``MISSING`` where there is none.

        None: some document has an array at the path, or something else than sub-documents on the
        way, where ``find`` looks further than one value.
        """
        if path not in self._ends:
            self._make_room()
            self._ends[path] = self._read(path)
        return self._ends[path]

    def means(self, array: str, name: str) -> list[float | None]:
        """Return the mean of the numbers at ``name`` in the ``array`` of each document.

        None where there is no array of sub-documents, no number in it, or no mean (NaN).
        """
        path = array, name
        if path not in self._means:
            self._make_room()
            self._means[path] = [_mean(document, *path) for document in self.documents]
        return self._means[path]

    def _read(self, path: Path) -> Values | None:
        try:
            values = [value.get(path[-1], MISSING) for value in self._at(path[:-1])]
        except AttributeError:
            return None
        return None if list in set(map(type, values)) else values

    def _at(self, path: Path) -> Values:
        if path not in self._above:
            above, name = self._at(path[:-1]), path[-1]
            self._above[path] = [value.get(name, NOWHERE) for value in above]
        return self._above[path]

    def _make_room(self) -> None:
        if len(self) >= MOST_COLUMNS:
            self._above = {(): self.documents}
            self._ends.clear()
            self._means.clear()


def _mean(document: Any, array: str, name: str) -> float | None:
    try:
        values = [entry.get(name) for entry in document[array]]
    except (AttributeError, KeyError, TypeError):
        return None
    mean = mean_of([value for value in values if type(value) in NUMERIC])
    return mean if mean == mean else None


_kept: WeakKeyDictionary[Collection, tuple[tuple[int, int], Columns, Columns]] = WeakKeyDictionary()


def columns_of(world: World) -> tuple[Columns, Columns]:
    """Return the blocks, and the metrics document or None of each, until one of them changes."""
    iter(world.metrics)  # live instances push when somebody looks
    metrics = metrics_by_block(world.metrics)
    versions = world.blocks.version, world.metrics.version
    kept = _kept.get(world.blocks)
    if kept is None or kept[0] != versions:
        old = kept[1] if kept is not None and kept[0][0] == versions[0] else None
        blocks = old or Columns(list(world.blocks))
        of_blocks = Columns([metrics.get(block["id"]) for block in blocks.documents])
        kept = _kept[world.blocks] = versions, blocks, of_blocks
    return kept[1:]
