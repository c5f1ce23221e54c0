"""Blocks with their metrics, as the search server hands them to a policy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from ..indenting import Kept
from ..world import JSON, Collection, World
from .memory import metrics_by_block

MOST_KEPT = 4_096  # texts of candidates, of some 10 kB each


@dataclass
class _Joined:
    """What was joined while neither registry changed."""

    versions: tuple[int, int]
    metrics: dict[str, JSON]
    by_block: dict[int, JSON] = field(default_factory=dict)
    kept: dict[int, Kept] = field(default_factory=dict)  # by id of what was joined


_joined: WeakKeyDictionary[Collection, _Joined] = WeakKeyDictionary()


def with_metrics(world: World, blocks: list[JSON]) -> list[JSON]:
    """Return each block of the registry as ``{**block, "metrics": <its document or {}>}``.

    A block gives the same object again until a block or a metrics document changes, so whoever
    passes it on can tell what was passed before.
    """
    now = _now(world)
    return [now.by_block.get(id(block)) or _join(block, now) for block in blocks]


def with_texts(world: World, found: Any) -> Any:
    """Return the same, its candidates with the texts that they had in earlier answers."""
    if not isinstance(found, list):
        return found
    kept = _now(world).kept
    return [kept.get(id(part), part) for part in found]


def _now(world: World) -> _Joined:
    iter(world.metrics)  # live instances push when somebody looks
    versions = world.blocks.version, world.metrics.version
    joined = _joined.get(world.blocks)
    if joined is None or joined.versions != versions:
        joined = _joined[world.blocks] = _Joined(versions, metrics_by_block(world.metrics))
    return joined


def _join(block: JSON, now: _Joined) -> JSON:
    document = now.metrics.get(block["id"], {})
    known = {name: value for name, value in document.items() if name != "_id"}
    joined = now.by_block[id(block)] = {**block, "metrics": known}
    if len(now.kept) < MOST_KEPT:
        now.kept[id(joined)] = Kept(joined)
    return joined
