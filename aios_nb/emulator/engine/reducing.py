"""Accumulators as expressions: ``{"$avg": <an array>}``, fast where every metrics query is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .accumulating import ACCUMULATORS, mean_of, sum_of
from .field_paths import Expression, FieldOfEach, Frame, RootField
from .scope import folded

# Those that look at numbers only, as functions of a list of numbers.
OF_NUMBERS: dict[str, Callable[[list[Any]], Any]] = {"$avg": mean_of, "$sum": sum_of}


def accumulator(name: str, arguments: list[Expression]) -> Expression:
    """Return the expression: a single argument may be an array, whose elements count then."""
    reduce = ACCUMULATORS[name]
    if len(arguments) != 1:
        return folded(lambda frame: reduce([a(frame) for a in arguments]), arguments)
    only = arguments[0]

    def evaluate(frame: Frame) -> Any:
        value = only(frame)
        return reduce(value if type(value) is list else [value])

    if isinstance(only, FieldOfEach) and name in OF_NUMBERS and "." not in only.path:
        return _over_instances(OF_NUMBERS[name], only, evaluate)
    return folded(evaluate, arguments)


def _over_instances(
    reduce: Callable[[list[Any]], Any], fields: FieldOfEach, otherwise: Expression
) -> Expression:
    """Return ``reduce`` over one field of all instances without building the list of nulls."""
    if not isinstance(fields.items, RootField):
        return otherwise
    array, field = fields.items.name, fields.path

    def evaluate(frame: Frame) -> Any:
        items = frame[0].get(array)
        if type(items) is not list:
            return otherwise(frame)
        found = []
        try:
            for item in items:
                value = item.get(field)
                if type(value) is float or type(value) is int:
                    found.append(value)
        except AttributeError:  # an element that is no document
            return otherwise(frame)
        return reduce(found)

    return evaluate
