"""Which condition of a filter each block passes: the search server's verdict, taken apart."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..refusal import Refusal
from ..world import JSON, World
from .bson import MISSING, MongoError, truthy
from .casting import BLOCKS, cast_filter
from .expressions import compile_for_frame
from .find import compile_find, compile_test
from .memory import metrics_by_block
from .translating import to_find, to_pipeline

NOWHERE: JSON = {}  # stands for a sub-document that is missing on the way
Values = list[Any]


@dataclass(frozen=True)
class TruthTable:
    """One column per condition, one entry per block; ``None``: AIOS cannot read the condition."""

    conditions: list[str]
    columns: list[list[bool] | None]

    def summary(self) -> list[JSON]:
        """Return how many blocks pass each condition alone."""
        rows = zip(self.conditions, self.columns, strict=True)
        return [{"condition": c, "passed": None if v is None else sum(v)} for c, v in rows]


def conditions_of(query: Any) -> list[tuple[str, JSON]]:
    """Return the single conditions of a block filter, each with the name of its query."""
    names = ("blockQuery", "blockMetricsQuery")
    trees = [(name, query.get(name)) for name in names] if isinstance(query, dict) else []
    return [(name, leaf) for name, tree in trees for leaf in _leaves(tree)]


def truth_table(world: World, conditions: list[tuple[str, JSON]]) -> TruthTable:
    """Hold all blocks against each condition alone."""
    blocks = list(world.blocks)
    metrics = metrics_by_block(world.metrics)
    fields = {"blockQuery": _Fields(blocks)}
    if any(name == "blockMetricsQuery" for name, _ in conditions):
        fields["blockMetricsQuery"] = _Fields([metrics.get(b["id"]) for b in blocks])
    columns = [_column(name, json.dumps(leaf), fields[name]) for name, leaf in conditions]
    return TruthTable([_in_words(leaf) for _, leaf in conditions], columns)


def _leaves(tree: Any) -> Iterator[JSON]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict) and "logicalOperator" not in node:
            yield node
        elif isinstance(node, dict) and isinstance(node.get("conditions"), list):
            waiting += reversed(node["conditions"])


class _Fields:
    """Documents, and the values at paths of them: conditions share most of their paths."""

    def __init__(self, documents: Values) -> None:
        self.documents = documents
        self._found: dict[tuple[str, ...], Values] = {(): documents}

    def at(self, path: tuple[str, ...]) -> Values:
        """Return the value at ``path`` of each document.

        Raises
        ------
        AttributeError
            There is something else than sub-documents on the way.
        """
        if path not in self._found:
            above, name = self.at(path[:-1]), path[-1]
            self._found[path] = [value.get(name, NOWHERE) for value in above]
        return self._found[path]

    def ends(self, path: tuple[str, ...]) -> Values:
        """Return the same with ``MISSING`` where there is no value."""
        name = path[-1]
        return [value.get(name, MISSING) for value in self.at(path[:-1])]


def _column(query: str, leaf: str, fields: _Fields) -> list[bool] | None:
    try:
        return _compiled(query, leaf)(fields)
    except (MongoError, Refusal):
        return None


@lru_cache(256)
def _compiled(query: str, leaf: str) -> Callable[[_Fields], list[bool]]:
    condition = json.loads(leaf)
    return _of_block(condition) if query == "blockQuery" else _of_metrics(condition)


def _of_block(condition: JSON) -> Callable[[_Fields], list[bool]]:
    filter_ = to_find(condition)
    matches = compile_find(filter_, BLOCKS)
    ((name, operand),) = cast_filter(filter_, BLOCKS).items()
    path = tuple(name.split("."))
    test = None if name.startswith("$") else compile_test(operand)

    def column(fields: _Fields) -> list[bool]:
        values: Values = [[]]
        if test is not None:
            try:
                values = fields.ends(path)
            except AttributeError:
                values = [[]]
        if test is None or list in set(map(type, values)):
            return list(map(matches, fields.documents))
        return list(map(test, values))

    return column


def _of_metrics(condition: JSON) -> Callable[[_Fields], list[bool]]:
    """Return the verdict on a block's metrics; a block without any never passes."""
    pipeline = to_pipeline(condition)
    if len(pipeline) != 2:
        matches = compile_find(pipeline[0]["$match"])
        return lambda fields: [d is not None and matches(d) for d in fields.documents]
    ((name, computed),) = pipeline[0]["$set"].items()
    compute, spare = compile_for_frame(computed)
    compare, more = compile_for_frame(pipeline[1]["$match"]["$expr"])
    return lambda fields: [
        d is not None and truthy(compare([{name: compute([d, *spare])}, *more]))
        for d in fields.documents
    ]


def _in_words(leaf: JSON) -> str:
    subject = leaf.get("variable") or f"{leaf.get('aggOperator')}({leaf.get('target')})"
    return f"{subject} {leaf.get('operator')} {json.dumps(leaf.get('value'))}"[:200]
