"""How MongoDB boils values down to one: ``$avg``, ``$sum``, ``$max`` … (contract §7.2)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from .bson import MISSING, NUMERIC, compare, nullish


def numbers_of(values: Sequence[Any]) -> list[Any]:
    return [value for value in values if type(value) in NUMERIC]


def sum_of(numbers: list[Any]) -> Any:
    if len(numbers) == 1:
        return numbers[0]
    if float not in map(type, numbers):
        return sum(numbers)
    try:  # the server adds with compensation: [0.1, 0.2, 0.3] give 0.6
        return math.fsum(numbers)
    except (OverflowError, ValueError):  # infinities
        return sum(numbers)


def mean_of(numbers: list[Any]) -> float | None:
    if len(numbers) == 1:
        return float(numbers[0])
    return float(sum_of(numbers)) / len(numbers) if numbers else None


def total(values: Sequence[Any]) -> Any:
    """Return the sum of the numbers among ``values``, 0 if there are none."""
    return sum_of(numbers_of(values))


def average(values: Sequence[Any]) -> float | None:
    """Return the mean of the numbers among ``values``, None if there are none."""
    return mean_of(numbers_of(values))


def smallest(values: Sequence[Any]) -> Any:
    return _extreme(values, -1)


def largest(values: Sequence[Any]) -> Any:
    return _extreme(values, 1)


def _extreme(values: Sequence[Any], sign: int) -> Any:
    """Return the extreme by BSON order, across types; null and missing do not count."""
    best = MISSING
    for value in values:
        if not nullish(value) and (best is MISSING or compare(value, best) == sign):
            best = value
    return None if best is MISSING else best


def deviation_of_population(values: Sequence[Any]) -> float | None:
    return _deviation(values, spare=0)


def deviation_of_sample(values: Sequence[Any]) -> float | None:
    return _deviation(values, spare=1)


def _deviation(values: Sequence[Any], *, spare: int) -> float | None:
    # Welford's algorithm, as the server has it: one pass, no cancellation.
    count, mean, squares = 0, 0.0, 0.0
    for number in numbers_of(values):
        count += 1
        delta = number - mean
        mean += delta / count
        squares += delta * (number - mean)
    return math.sqrt(squares / (count - spare)) if count > spare else None


# Both expressions and accumulators of $group.
ACCUMULATORS: dict[str, Callable[[Sequence[Any]], Any]] = {
    "$avg": average,
    "$sum": total,
    "$min": smallest,
    "$max": largest,
    "$stdDevPop": deviation_of_population,
    "$stdDevSamp": deviation_of_sample,
}
