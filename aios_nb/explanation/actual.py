"""What a block really holds where a condition looks: shown beside AIOS's verdict, never judging."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..query import Clause, Condition, MetricCondition
from ..wire import JSON
from ..wording import is_number


def actual_value(query: str, clause: Clause, block: JSON) -> Any:
    """Return the value that a condition meets in a block, ``None`` if there is none.

    Several values (one per instance, say) come as a list.

    Parameters
    ----------
    query
        Which query of the filter rule the condition stands in: block, metrics or cluster.
    clause
        A condition; of a group there is no value.
    block
        A candidate as AIOS returns it, its metrics attached.
    """
    if isinstance(clause, MetricCondition):
        return _aggregate(clause, block.get("metrics") or {})
    if not isinstance(clause, Condition):
        return None
    document = block if query == "block" else block.get(query) or {}
    found = list(_values(document, clause.variable.split(".")))
    return found[0] if len(found) == 1 else found or None


def _values(value: Any, path: Sequence[str]) -> Iterable[Any]:
    """Yield what stands at a dotted path; lists on the way are walked through, as Mongo does."""
    if not path:
        yield value
    elif isinstance(value, dict):
        if path[0] in value:
            yield from _values(value[path[0]], path[1:])
    elif isinstance(value, list):
        if path[0].isdigit() and int(path[0]) < len(value):
            yield from _values(value[int(path[0])], path[1:])
        for entry in value:
            if isinstance(entry, dict):
                yield from _values(entry, path)


def _aggregate(condition: MetricCondition, metrics: JSON) -> Any:
    path = condition.target.split(".")
    if condition.aggregate == "count":
        return len(list(_values(metrics, path)))
    entries: Any = metrics.get(path[0])
    # Deeper targets work through lists only (contract §7.2): an object on the way gives nothing.
    for part in path[1:-1]:
        lists = [e.get(part) for e in entries or [] if isinstance(e, dict)]
        if not all(isinstance(inner, list) for inner in lists):
            return None
        entries = [entry for inner in lists for entry in inner or []]
    if not isinstance(entries, list):
        return None
    found = [e.get(path[-1]) for e in entries if isinstance(e, dict)]
    return _combined(condition.aggregate, [value for value in found if value is not None])


def _combined(aggregate: str, values: list[Any]) -> Any:
    numbers = [value for value in values if is_number(value)]
    if aggregate == "sum":
        return sum(numbers)
    if len(numbers) < (2 if aggregate == "stdDevSamp" else 1):
        return None
    return _AGGREGATES[aggregate](numbers)


_AGGREGATES: dict[str, Callable[[list[Any]], Any]] = {
    "avg": statistics.fmean,
    "min": min,
    "max": max,
    "stdDevPop": statistics.pstdev,
    "stdDevSamp": statistics.stdev,
}
