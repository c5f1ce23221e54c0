"""Documents as a Mongo collection keeps them: in insertion order, replaced and never changed."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

JSON = dict[str, Any]


class Collection:
    """Documents in insertion order, as a Mongo collection returns them without a sort.

    Documents are replaced, never changed in place, so handing them out needs no copy; whoever
    wants to change one builds a new dict and calls :meth:`replace`.
    """

    def __init__(self, documents: Iterable[JSON] = ()) -> None:
        self._documents: dict[int, JSON] = {}
        self._numbers = itertools.count(1)
        self.version = 0
        for document in documents:
            self.insert(document)

    def __iter__(self) -> Iterator[JSON]:
        return iter(self._documents.values())

    def __len__(self) -> int:
        return len(self._documents)

    def insert(self, document: JSON) -> JSON:
        self._documents[next(self._numbers)] = document
        self.version += 1
        return document

    def first(self, **fields: Any) -> JSON | None:
        """Return the oldest document whose top-level fields equal ``fields``."""
        return next((d for d in self if all(d.get(k) == v for k, v in fields.items())), None)

    def replace(self, old: JSON, new: JSON) -> None:
        """Put ``new`` where ``old`` (the very object) stands."""
        self._documents[self._number_of(old)] = new
        self.version += 1

    def remove(self, document: JSON) -> None:
        del self._documents[self._number_of(document)]
        self.version += 1

    def clear(self) -> None:
        self._documents.clear()
        self.version += 1

    def _number_of(self, document: JSON) -> int:
        return next(n for n, d in self._documents.items() if d is document)
