"""Answers a LogQL query from the logbook, in the shapes of Loki's API (contract §5.16)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from ..blotting import blotted_text
from ..logbook import LogLine
from ..refusal import Refusal
from .bson import MongoError
from .log_times import SECOND, number, seconds
from .logql import LogQuery, MetricQuery

JSON = dict[str, Any]
Labels = tuple[tuple[str, str], ...]
MOST_POINTS = 11_000
TOO_FINE = (
    "exceeded maximum resolution of 11,000 points per timeseries. Try increasing the value of the "
    "step parameter"
)


@dataclass(frozen=True)
class Span:
    """When to look: ``start_ns`` counts, ``end_ns`` does not."""

    start_ns: int
    end_ns: int


def find_streams(
    lines: Iterable[LogLine], query: LogQuery, span: Span, *, limit: int, forward: bool
) -> list[JSON]:
    """Return the first or last ``limit`` lines, grouped by their labels."""
    found = [line for line in _matching(lines, query) if span.start_ns <= line.ns < span.end_ns]
    chosen = found[:limit] if forward else found[::-1][:limit]
    streams: dict[Labels, JSON] = {}
    for line in chosen:
        stream = streams.setdefault(_key(line.labels), {"stream": line.labels, "values": []})
        stream["values"].append([str(line.ns), blotted_text(line.text)])
    return list(streams.values())


def sample(lines: Iterable[LogLine], query: MetricQuery, at: Sequence[int]) -> list[JSON]:
    """Return one series per label set: its value at each of the times, where there is one.

    Raises
    ------
    Refusal
        More points per series than Loki gives.
    """
    if len(at) > MOST_POINTS:
        raise Refusal(TOO_FINE, 400)
    groups: dict[Labels, list[dict[int, float]]] = {}
    for labels, values in _series(lines, query, at):
        groups.setdefault(_group(labels, query), []).append(values)
    merge = MERGES[query.aggregation or "sum"]
    answer = []
    for labels, members in groups.items():
        merged = {t: merge([m[t] for m in members if t in m]) for t in at if _any(members, t)}
        if merged:
            points = [[seconds(t), number(value)] for t, value in merged.items()]
            answer.append({"metric": dict(labels), "values": points})
    return answer


def times(span: Span, step_ns: int) -> range:
    return range(span.start_ns, span.end_ns + 1, step_ns)


def _matching(lines: Iterable[LogLine], query: LogQuery) -> Iterator[LogLine]:
    selected: dict[int, bool] = {}  # containers share their label sets
    try:
        for line in lines:
            number = id(line.labels)
            if number not in selected:
                selected[number] = query.selects(line.labels)
            if selected[number] and query.keeps(line.text):
                yield line
    except MongoError as error:
        raise Refusal(error.text, 400) from error


def _series(
    lines: Iterable[LogLine], query: MetricQuery, at: Sequence[int]
) -> Iterator[tuple[Labels, dict[int, float]]]:
    by_stream: dict[Labels, list[LogLine]] = {}
    for line in _matching(lines, query.logs):
        by_stream.setdefault(_key(line.labels), []).append(line)
    per_s = query.range_ns / SECOND if query.function.endswith("rate") else 1
    for labels, members in by_stream.items():
        moments = [line.ns for line in members]
        sizes = [_size(line, query.function) for line in members]
        totals = [0, *accumulate(sizes)]
        values = {}
        for time in at:
            first, last = bisect_right(moments, time - query.range_ns), bisect_right(moments, time)
            if last > first:
                values[time] = (totals[last] - totals[first]) / per_s
        yield labels, values


def _size(line: LogLine, function: str) -> int:
    return len(line.text.encode()) if function.startswith("bytes") else 1


def _group(labels: Labels, query: MetricQuery) -> Labels:
    if query.aggregation is None:
        return labels
    return tuple((name, value) for name, value in labels if (name in query.by) != query.without)


def _key(labels: dict[str, str]) -> Labels:
    return tuple(sorted(labels.items()))


def _any(members: list[dict[int, float]], time: int) -> bool:
    return any(time in member for member in members)


MERGES: dict[str, Callable[[list[float]], float]] = {
    "sum": sum,
    "avg": lambda values: sum(values) / len(values),
    "min": min,
    "max": max,
    "count": len,
}
