"""Which condition of a filter each block passes: the search server's verdict, taken apart."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..refusal import Refusal
from ..world import JSON, World
from .bson import NUMERIC, MongoError, truthy
from .casting import BLOCKS, cast_filter
from .columns import Columns, columns_of
from .expressions import compile_for_frame
from .find import compile_find, compile_test
from .translating import to_find, to_pipeline


@dataclass(frozen=True)
class TruthTable:
    """One column per condition, one entry per block; ``None``: AIOS cannot read the condition."""

    conditions: list[str]
    columns: list[list[bool] | None]

    def summary(self) -> list[JSON]:
        """Return how many blocks pass each condition alone."""
        rows = zip(self.conditions, self.columns, strict=True)
        return [{"condition": c, "passed": None if v is None else sum(v)} for c, v in rows]


def compile_truth(query: Any) -> Callable[[World], TruthTable]:
    """Return a function that holds all blocks against each single condition of a block filter.

    After a search the filter also holds the ids that its other queries found (contract §7.3).
    """
    trees = [(kind, query.get(name)) for name, kind in KINDS.items()]
    leaves = [(kind, leaf) for kind, tree in trees for leaf in _leaves(tree)]
    words = [_in_words(leaf) for _, leaf in leaves]
    compiled = [(kind is _of_metrics, _compiled(kind, leaf)) for kind, leaf in leaves]

    def fill(world: World) -> TruthTable:
        columns = columns_of(world)
        return TruthTable(words, [_column(c, columns[of_metrics]) for of_metrics, c in compiled])

    return fill


def _leaves(tree: Any) -> Iterator[JSON]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict) and "logicalOperator" not in node:
            yield node
        elif isinstance(node, dict) and isinstance(node.get("conditions"), list):
            waiting += reversed(node["conditions"])


Column = Callable[[Columns], list[bool]]


def _compiled(compile_leaf: Callable[[JSON], Column], leaf: JSON) -> Column | None:
    try:
        return compile_leaf(leaf)
    except (MongoError, Refusal):
        return None


def _column(verdicts: Column | None, columns: Columns) -> list[bool] | None:
    try:
        return None if verdicts is None else verdicts(columns)
    except MongoError:
        return None


def _of_block(condition: JSON) -> Column:
    filter_ = to_find(condition)
    matches = compile_find(filter_, BLOCKS)
    # Mongoose drops some conditions, and MongoDB's own operators have no path.
    name, operand = next(iter(cast_filter(filter_, BLOCKS).items()), ("$", None))
    path = tuple(name.split("."))
    test = None if name.startswith("$") else compile_test(operand)

    def column(columns: Columns) -> list[bool]:
        values = None if test is None else columns.ends(path)
        if test is None or values is None:
            return list(map(matches, columns.documents))
        return list(map(test, values))

    return column


def _of_metrics(condition: JSON) -> Column:
    """Return the verdict on a block's metrics; a block without any never passes."""
    pipeline = to_pipeline(condition)
    if len(pipeline) != 2:
        matches = compile_find(pipeline[0]["$match"])
        return lambda columns: [d is not None and matches(d) for d in columns.documents]
    ((name, computed),) = pipeline[0]["$set"].items()
    compute, spare = compile_for_frame(computed)
    compare, more = compile_for_frame(pipeline[1]["$match"]["$expr"])

    def verdict(document: JSON | None) -> bool:
        if document is None:
            return False
        return truthy(compare([{name: compute([document, *spare])}, *more]))

    def column(columns: Columns) -> list[bool]:
        return list(map(verdict, columns.documents))

    return _of_means(condition, verdict) or column


def _of_means(condition: JSON, verdict: Callable[[JSON | None], bool]) -> Column | None:
    """Return the same verdicts, sooner, for a mean held against a number: nearly all conditions."""
    compare, wanted = COMPARISONS.get(condition.get("operator", "")), condition.get("value")
    outer, _, inner = str(condition.get("target")).partition(".")
    is_plain = condition.get("aggOperator") == "avg" and inner and "." not in inner
    if compare is None or not is_plain or type(wanted) not in NUMERIC or wanted != wanted:
        return None

    def column(columns: Columns) -> list[bool]:
        means = columns.means(outer, inner)
        pairs = zip(means, columns.documents, strict=True)
        return [verdict(d) if mean is None else compare(mean, wanted) for mean, d in pairs]

    return column


def _in_words(leaf: JSON) -> str:
    subject = leaf.get("variable") or f"{leaf.get('aggOperator')}({leaf.get('target')})"
    return f"{subject} {leaf.get('operator')} {json.dumps(leaf.get('value'))}"[:200]


COMPARISONS: dict[Any, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
KINDS = {"blockQuery": _of_block, "blockMetricsQuery": _of_metrics}
