"""Documents as a Mongo collection keeps them: in insertion order, replaced and never changed."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

JSON = dict[str, Any]


class Keeper(Protocol):
    """Where changes are stored before they are acknowledged (``datastore.py``)."""

    def put(self, kind: str, number: int, document: JSON, extra: Any = None) -> None: ...
    def drop(self, kind: str, number: int) -> None: ...
    def drop_all(self, kind: str) -> None: ...
    def put_fact(self, kind: str, name: str, value: Any) -> None: ...
    def drop_facts(self, kind: str) -> None: ...


class Collection:
    """Documents in insertion order, as a Mongo collection returns them without a sort.

    Documents are replaced, never changed in place, so handing them out needs no copy; whoever
    wants to change one builds a new dict and calls :meth:`replace`.
    """

    def __init__(self, documents: Iterable[JSON] = ()) -> None:
        self._documents: dict[int, JSON] = {}
        self._numbers = itertools.count(1)
        self.version = 0
        self._keeper: Keeper | None = None
        self._kind = ""
        for document in documents:
            self.insert(document)

    def keep_in(self, keeper: Keeper, kind: str) -> None:
        """From now on store every change before it happens."""
        self._keeper, self._kind = keeper, kind

    def restore(self, rows: Iterable[tuple[int, JSON, Any]]) -> None:
        """Take over stored documents instead of the present ones; nothing is stored."""
        self._documents = {number: document for number, document, _ in rows}
        self._numbers = itertools.count(max(self._documents, default=0) + 1)
        self.version += 1

    def __iter__(self) -> Iterator[JSON]:
        return iter(self._documents.values())

    def __len__(self) -> int:
        return len(self._documents)

    def insert(self, document: JSON) -> JSON:
        self._put(next(self._numbers), document)
        return document

    def first(self, **fields: Any) -> JSON | None:
        """Return the oldest document whose top-level fields equal ``fields``."""
        return next((d for d in self if all(d.get(k) == v for k, v in fields.items())), None)

    def replace(self, old: JSON, new: JSON) -> None:
        """Put ``new`` where ``old`` (the very object) stands."""
        self._put(self._number_of(old), new)

    def remove(self, document: JSON) -> None:
        number = self._number_of(document)
        if self._keeper is not None:
            self._keeper.drop(self._kind, number)
        del self._documents[number]
        self.version += 1

    def clear(self) -> None:
        if self._keeper is not None:
            self._keeper.drop_all(self._kind)
        self._documents.clear()
        self.version += 1

    def _put(self, number: int, document: JSON) -> None:
        if self._keeper is not None:
            self._keeper.put(self._kind, number, document, self._beside(document))
        self._documents[number] = document
        self.version += 1

    def _beside(self, document: JSON) -> Any:  # noqa: ARG002 - a subclass has something to say
        """Return what to store beside a document."""
        return None

    def _number_of(self, document: JSON) -> int:
        return next(n for n, d in self._documents.items() if d is document)


class Records(dict[str, Any]):
    """Values by name that are stored like documents: set one, or clear all."""

    _keeper: Keeper | None = None
    _kind = ""

    def keep_in(self, keeper: Keeper, kind: str) -> None:
        """From now on store every change before it happens."""
        self._keeper, self._kind = keeper, kind

    def __setitem__(self, name: str, value: Any) -> None:
        if self._keeper is not None:
            self._keeper.put_fact(self._kind, name, value)
        super().__setitem__(name, value)

    def restore(self, values: JSON) -> None:
        """Take over stored values instead of the present ones; nothing is stored."""
        super().clear()
        super().update(values)

    def clear(self) -> None:
        if self._keeper is not None:
            self._keeper.drop_facts(self._kind)
        super().clear()
