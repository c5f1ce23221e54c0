"""Metrics documents that stay as fresh as in a cluster, where every instance keeps pushing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .collection import JSON, Collection

PUSH_INTERVAL_S = 30.0  # contract §6.7: an instance pushes every 30 s
STALE_AFTER_S = 60.0  # contract §5.5: health calls a sample older than this stale


class Clock:
    """The time that metrics live by: the machine's, or held still and moved by hand."""

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._held: float | None = None

    @property
    def is_frozen(self) -> bool:
        return self._held is not None

    def now(self) -> float:
        """Return seconds since the epoch."""
        return self._source() if self._held is None else self._held

    def freeze(self) -> None:
        self._held = self.now()

    def advance(self, seconds: float) -> None:
        """Freeze, if need be, and move on: nobody pushes meanwhile, so metrics grow old."""
        self._held = self.now() + seconds

    def resume(self) -> None:
        self._held = None


class Metrics(Collection):
    """One metrics document per block; loaded instances push, written ones stay as written.

    A fleet's files hold the time stamps of the day they were made. :meth:`load` moves them all by
    one offset that makes the newest *now*. An instance at most 60 s behind the newest one is alive
    and is stamped anew every 30 s, when somebody looks; an older one has stopped and goes stale.
    Only the ``timestamp`` of a live instance changes in place: its document, and every candidate
    list that refers to it, stays the same object.
    """

    def __init__(self, documents: Iterable[JSON] = (), *, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self._alive: list[JSON] = []
        self._wiped: list[JSON] = []
        self._pushed = self.clock.now()
        super().__init__(documents)

    def __iter__(self) -> Iterator[JSON]:
        self._push_if_due()
        return super().__iter__()

    def load(self, documents: Iterable[JSON]) -> None:
        """Replace everything by a fleet's documents, as if their newest sample came just now."""
        self.clear()
        documents = list(documents)
        stamped = [i for d in documents for i in _instances(d) if _is_stamped(i)]
        newest = max((i["timestamp"] for i in stamped), default=0.0)
        self._pushed = self.clock.now()
        for instance in stamped:
            instance["timestamp"] += self._pushed - newest
        limit = self._pushed - STALE_AFTER_S
        self._alive = [i for i in stamped if i["timestamp"] >= limit]
        for document in documents:
            self.insert(document)

    def restore(self, rows: Iterable[tuple[int, JSON, Any]]) -> None:
        """Take over stored documents; instances that pushed when they were stored push again."""
        kept = list(rows)
        super().restore(kept)
        pushing = [(_instances(document), places or ()) for _, document, places in kept]
        self._alive = [found[place] for found, places in pushing for place in places]
        self._pushed = self.clock.now()
        for instance in self._alive:
            instance["timestamp"] = self._pushed

    def wipe(self, block_id: str | None = None, *, keep_executor: bool = False) -> int:
        """Take the instances away, as AIOS's store does every 1800 s (§6.7); return how many."""
        wiped = 0
        for document in self._of(block_id):
            kept = [i for i in _instances(document) if keep_executor and _is_executor(i)]
            wiped += len(_instances(document)) - len(kept)
            bare = {**document, "instances": kept}
            if self.has_instance(document):
                self._wiped.append(bare)
            self.replace(document, bare)
        present = set(map(id, self))
        self._wiped = [bare for bare in self._wiped if id(bare) in present]
        return wiped

    def has_instance(self, document: JSON) -> bool:
        """Return whether the block can answer: a wipe takes its numbers, and not its instances."""
        lives = not all(_is_executor(i) for i in _instances(document))
        return lives or any(document is bare for bare in self._wiped)

    def make_stale(self, block_id: str | None = None, *, age_s: float = 120.0) -> int:
        """Let instances stop pushing, the last sample ``age_s`` old; return how many."""
        stamped = [i for d in self._of(block_id) for i in _instances(d) if _is_stamped(i)]
        stopped = {id(i) for i in stamped}
        self._alive = [i for i in self._alive if id(i) not in stopped]
        for instance in stamped:
            instance["timestamp"] = self.clock.now() - age_s
        for document in self._of(block_id):
            self.replace(document, document)
        return len(stamped)

    def clear(self) -> None:
        self._alive, self._wiped = [], []
        super().clear()

    def _of(self, block_id: str | None) -> list[JSON]:
        return [d for d in self if block_id is None or d.get("blockId") == block_id]

    def _beside(self, document: JSON) -> list[int]:
        """Return the places of the instances that push."""
        alive = {id(i) for i in self._alive}
        return [place for place, i in enumerate(_instances(document)) if id(i) in alive]

    def _push_if_due(self) -> None:
        now = self.clock.now()
        if self.clock.is_frozen or now - self._pushed < PUSH_INTERVAL_S:
            return
        self._pushed = now
        self.version += 1
        for instance in self._alive:
            instance["timestamp"] = now


def _instances(document: JSON) -> list[JSON]:
    found = document.get("instances")
    return [i for i in found if isinstance(i, dict)] if isinstance(found, list) else []


def _is_stamped(instance: JSON) -> bool:
    stamp = instance.get("timestamp")
    return isinstance(stamp, int | float) and not isinstance(stamp, bool)


def _is_executor(instance: JSON) -> bool:
    return instance.get("instanceId") == "executor"
