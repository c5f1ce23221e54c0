"""What lives in the memory of AIOS's processes and in no database: chats, graphs, reply queues."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from ..world import JSON, Collection, World
from .packets import Answer


@dataclass
class Mailbox:
    """One reply queue in the ad-hoc server's Redis (contract §12.4)."""

    left: deque[Answer] = field(default_factory=deque)
    waiters: deque[asyncio.Future[Answer]] = field(default_factory=deque)


@dataclass
class Memory:
    """The volatile state of one emulator, forgotten when another fleet is loaded."""

    fleet: Any
    chats: Counter[tuple[str, str]] = field(default_factory=Counter)
    graphs: dict[str, JSON] = field(default_factory=dict)
    mailboxes: dict[str, Mailbox] = field(default_factory=dict)
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


_memories: WeakKeyDictionary[Collection, Memory] = WeakKeyDictionary()
_indexes: WeakKeyDictionary[Collection, tuple[int, str, dict[str, JSON]]] = WeakKeyDictionary()
_metrics: WeakKeyDictionary[Collection, tuple[int, dict[str, JSON]]] = WeakKeyDictionary()


def memory_of(world: World) -> Memory:
    """Return the memory that goes with the fleet in ``world``."""
    memory = _memories.get(world.blocks)
    # Loading a fleet always brings a new dict of replies: the blocks start anew then.
    if memory is None or memory.fleet is not world.replies:
        memory = _memories[world.blocks] = Memory(world.replies)
    return memory


def find(collection: Collection, key: str, value: str) -> JSON | None:
    """Return what ``collection.first(**{key: value})`` does, at the cost of a dict look-up."""
    version, indexed, index = _indexes.get(collection, (-1, "", {}))
    if version != collection.version or indexed != key:
        index = _index(collection, key)
        _indexes[collection] = collection.version, key, index
    return index.get(value)


def metrics_by_block(metrics: Collection) -> dict[str, JSON]:
    """Return the metrics documents by block; of two for one block the later, as AIOS does."""
    version, latest = _metrics.get(metrics, (-1, {}))
    if version != metrics.version:
        named = ((document.get("blockId"), document) for document in metrics)
        latest = {name: document for name, document in named if isinstance(name, str)}
        _metrics[metrics] = metrics.version, latest
    return latest


def _index(documents: Iterable[JSON], key: str) -> dict[str, JSON]:
    index: dict[str, JSON] = {}
    for document in documents:
        if isinstance(name := document.get(key), str):
            index.setdefault(name, document)
    return index
