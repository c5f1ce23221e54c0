"""What a condition can be about: the fields of the live fleet, with type and examples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..wire import JSON
from .draft import PARTS

CHOICE_LIMIT = 8
EXAMPLE_LIMIT = 3
EXAMPLE_LENGTH = 40
# Bookkeeping of MongoDB, never a reason to choose a block.
HIDDEN = {"_id", "__v"}
KINDS = ("text", "number", "boolean", "list", "choice", "mixed")


@dataclass(frozen=True)
class Field:
    """One path in the documents of a fleet.

    Parameters
    ----------
    path
        Dotted, as a condition names it.
    kind
        ``text``, ``number``, ``boolean``, ``list`` (of texts), ``choice`` (few different texts),
        or ``mixed``.
    values
        The different values, first seen first; all of them for a choice, else a few.
    block_count
        How many blocks have it.

    Examples
    --------
    >>> print(Field("id", "text", ("atlas-14b-chat",), 12))
    id: text, 12 blocks, such as 'atlas-14b-chat'
    """

    path: str
    kind: str
    values: tuple[Any, ...]
    block_count: int

    def __str__(self) -> str:
        count = f"{self.block_count} block{'s' * (self.block_count != 1)}"
        examples = ", ".join(map(_short, self.values[:EXAMPLE_LIMIT]))
        return f"{self.path}: {self.kind}, {count}, such as {examples}"


def fields_of(blocks: Iterable[JSON]) -> dict[str, dict[str, Field]]:
    """Return the fields of each query, by path: what blocks are chosen by comes first.

    Parameters
    ----------
    blocks
        Candidates as ``find_candidates`` returns them: metrics under ``metrics``, the cluster's
        document under ``cluster``.

    Returns
    -------
    dict
        ``{"block": {path: Field}, "metrics": …, "cluster": …}``.

    Examples
    --------
    >>> found = fields_of([{"id": "a", "metrics": {"instances": [{"uptime": 3.5}]}}])
    >>> print(found["metrics"]["instances.uptime"])
    instances.uptime: number, 1 block, such as 3.5
    """
    seen: dict[str, dict[str, list[list[Any]]]] = {part: {} for part in PARTS}
    for block in blocks:
        for part, document in _documents(block).items():
            found: dict[str, list[Any]] = {}
            for path, value in _leaves(document):
                found.setdefault(path, []).append(value)
            for path, values in found.items():
                seen[part].setdefault(path, []).append(values)
    return {
        part: {path: _field(path, paths[path]) for path in sorted(paths, key=_rank)}
        for part, paths in seen.items()
    }


def _rank(path: str) -> int:
    """Put first what blocks are chosen by; sorting keeps the documents' order otherwise."""
    return 0 if path.startswith(("component.componentMetadata.", "component.tags")) else 1


def _documents(block: JSON) -> dict[str, Any]:
    own = {key: value for key, value in block.items() if key not in {"metrics", "cluster"}}
    cluster = block.get("cluster", {})
    # A condition on the block may name its cluster too; few do, so only the id is offered.
    own |= {"cluster": {"id": cluster["id"]}} if "id" in cluster else {}
    metrics = {k: v for k, v in block.get("metrics", {}).items() if k != "blockId"}
    return {"block": own, "metrics": metrics, "cluster": cluster}


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield dotted paths and values; arrays of objects are walked through, as AIOS does."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in HIDDEN:
                yield from _leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value and all(isinstance(v, dict) for v in value):
        for inner in value:
            yield from _leaves(inner, path)
    elif value not in (None, [], {}):
        yield path, value


def _field(path: str, per_block: list[list[Any]]) -> Field:
    whole = [value for values in per_block for value in values]
    flat = [part for value in whole for part in (value if isinstance(value, list) else [value])]
    different = _different(flat)
    kind = _kind(whole, flat)
    if kind == "text" and len(different) <= CHOICE_LIMIT and len(different) < len(per_block):
        kind = "choice"
    kept = different if kind in {"choice", "list"} else different[:EXAMPLE_LIMIT]
    return Field(path, kind, tuple(kept), len(per_block))


def _kind(whole: list[Any], flat: list[Any]) -> str:
    if any(isinstance(value, list) for value in whole):
        return "list" if all(isinstance(part, str) for part in flat) else "mixed"
    if all(isinstance(value, bool) for value in flat):
        return "boolean"
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in flat):
        return "number"
    return "text" if all(isinstance(value, str) for value in flat) else "mixed"


def _different(values: Iterable[Any]) -> list[Any]:
    # repr keeps 1 and True apart, and takes dicts too.
    return list({repr(value): value for value in values}.values())


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= EXAMPLE_LENGTH else f"{text[: EXAMPLE_LENGTH - 1]}…"
