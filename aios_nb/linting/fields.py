"""The field names of a fleet: what a condition may ask for, and what it probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..wire import JSON

Kinds = frozenset[str]
Query = Literal["blockQuery", "blockMetricsQuery", "clusterQuery"]
KINDS = {bool: "boolean", int: "number", float: "number", str: "string", type(None): "null"}
METRICS = "metrics."
CLUSTER = "cluster."
REMEMBERED = 1000  # unknown paths of a session of typing
PREFERRED = "component.componentMetadata."


@dataclass(frozen=True, eq=False)
class Fields:
    """Dotted paths that occur in a fleet's documents, and the kinds of value that stand there.

    Parameters
    ----------
    blocks
        Paths in block documents: ``array``, ``boolean``, ``null``, ``number``, ``object`` or
        ``string`` for each; of an array also the kinds of its elements.
    metrics
        The same for metrics documents, so they start with ``instances``.

    Examples
    --------
    >>> fields = Fields.from_names(["component.componentMetadata.usecase", "metrics.instances.x"])
    >>> fields.nearest("blockQuery", "usecase")
    'component.componentMetadata.usecase'
    """

    blocks: Mapping[str, Kinds]
    metrics: Mapping[str, Kinds]
    _near: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)

    @classmethod
    def from_names(cls, names: Iterable[str]) -> Fields:
        """Return the fields of plain names; metrics start with ``metrics.`` or ``instances``."""
        known = [_without_indices(name) for name in names]
        metrics = {n.removeprefix(METRICS) for n in known if n.startswith((METRICS, "instances"))}
        blocks = {n for n in known if n.removeprefix(METRICS) not in metrics}
        return cls(dict.fromkeys(blocks, Kinds()), dict.fromkeys(metrics, Kinds()))

    def __bool__(self) -> bool:
        return bool(self.blocks or self.metrics)

    def of(self, query: Query) -> Mapping[str, Kinds]:
        """Return the paths that a query of this kind can ask for."""
        if query == "blockMetricsQuery":
            return self.metrics
        if query == "blockQuery":
            return self.blocks
        return {
            name.removeprefix(CLUSTER): kinds
            for name, kinds in self.blocks.items()
            if name.startswith(CLUSTER)
        }

    def has(self, query: Query, path: str) -> bool:
        """Say whether some document has this path; numbers that index arrays are passed over."""
        return _without_indices(path) in self.of(query)

    def kinds(self, query: Query, path: str) -> Kinds:
        """Return the kinds of value at this path; none if it is unknown."""
        return self.of(query).get(_without_indices(path), Kinds())

    def nearest(self, query: Query, path: str) -> str:
        """Return the known path that is most like this one; empty if none is."""
        # Comparing with hundreds of names takes milliseconds, and a form lints at each keystroke.
        key = query, path
        if key not in self._near:
            if len(self._near) >= REMEMBERED:
                self._near.clear()
            known = self.of(query)
            found = nearest(path, known)
            # A benchmark is an object, and its number stands one level deeper.
            is_deeper = known.get(found) == Kinds({"object"}) and f"{found}.value" in known
            self._near[key] = f"{found}.value" if is_deeper else found
        return self._near[key]


def fields_of(blocks: Iterable[JSON]) -> Fields:
    """Return the fields of blocks as ``find_candidates`` returns them, live metrics included.

    Examples
    --------
    >>> fields = fields_of([{"id": "a", "metrics": {"instances": [{"uptime_hours": 3.5}]}}])
    >>> sorted(fields.blocks), sorted(fields.metrics)
    (['id'], ['instances', 'instances.uptime_hours'])
    """
    static: dict[str, set[str]] = {}
    live: dict[str, set[str]] = {}
    for block in blocks:
        for key, value in block.items():
            if key == "metrics" and isinstance(value, dict):
                for name, part in value.items():
                    _collect(part, name, live)
            else:
                _collect(value, key, static)
    return Fields(_frozen(static), _frozen(live))


def _frozen(names: dict[str, set[str]]) -> dict[str, Kinds]:
    return {name: Kinds(kinds) for name, kinds in names.items()}


def nearest(path: str, known: Iterable[str]) -> str:
    """Return the known path most like ``path``: the same end counts before the same letters.

    Examples
    --------
    >>> nearest("component.metadata.usecase", ["component.componentMetadata.usecase", "tags"])
    'component.componentMetadata.usecase'
    """
    import difflib  # 5 ms that only a mistake should cost

    names = sorted(known, key=lambda name: (not name.startswith(PREFERRED), name))
    wanted = path.lower().split(".")
    for length in range(len(wanted), 0, -1):
        tail = ["", *wanted[-length:]]
        found = [n for n in names if f".{n.lower()}".endswith(".".join(tail))]
        if found:
            return _most_like(path, found)
    by_end: dict[str, list[str]] = {}
    for name in names:
        by_end.setdefault(name.rpartition(".")[2].lower(), []).append(name)
    ends = difflib.get_close_matches(wanted[-1], by_end, n=1, cutoff=0.6)
    return _most_like(path, by_end[ends[0]]) if ends else ""


def _most_like(path: str, names: list[str]) -> str:
    import difflib

    preferred = [name for name in names if name.startswith(PREFERRED)] or names
    return max(preferred, key=lambda name: difflib.SequenceMatcher(None, path, name).ratio())


def _collect(value: Any, path: str, found: dict[str, set[str]]) -> None:
    kinds = found.setdefault(path, set())
    if isinstance(value, dict):
        kinds.add("object")
        for key, part in value.items():
            _collect(part, f"{path}.{key}", found)
    elif isinstance(value, list):
        kinds.add("array")
        for part in value:
            _collect(part, path, found)
    else:
        kinds.add(KINDS.get(type(value), "object"))


def _without_indices(path: str) -> str:
    if not any(character.isdigit() for character in path):
        return path
    return ".".join(part for part in path.split(".") if not part.isdigit())
