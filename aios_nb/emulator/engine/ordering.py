"""Sorting and paging as Mongoose's query options ask for it (contract §5.6)."""

from __future__ import annotations

from functools import cmp_to_key
from typing import Any

from ..refusal import Refusal
from .bson import MISSING, compare
from .casting import inspect
from .conversion import CastError, to_number
from .paths import elements

JSON = dict[str, Any]
UP = (1, "1", "asc", "ascending")
DOWN = (-1, "-1", "desc", "descending")


def page(documents: list[JSON], options: Any) -> list[JSON]:
    """Return the documents that ``sort``, ``skip`` and ``limit`` leave; other options are ignored.

    Raises
    ------
    Refusal
        An option is malformed.
    """
    if options is None:
        return documents
    if not isinstance(options, dict):
        raise Refusal(f'Options must be an object, got "{options}"')
    for path, falling in reversed(_sort_keys(options.get("sort"))):
        key = cmp_to_key(compare)
        documents = sorted(
            documents,
            key=lambda d, path=path, falling=falling: key(_sort_value(d, path, falling)),  # type: ignore[misc]
            reverse=falling,
        )
    skip, limit = _count(options, "skip"), _count(options, "limit")
    if skip < 0:
        raise Refusal(f"BSON field 'skip' value must be >= 0, actual value '{skip}'")
    return documents[skip : skip + abs(limit) if limit else None]


def _sort_keys(sort: Any) -> list[tuple[str, bool]]:
    if isinstance(sort, str):
        return [(name.lstrip("-"), name.startswith("-")) for name in sort.split()]
    if isinstance(sort, list):
        pairs = [pair if isinstance(pair, list) else [pair, 1] for pair in sort]
        return [_direction(pair[0], pair[-1]) for pair in pairs]
    if isinstance(sort, dict):
        return [_direction(path, order) for path, order in sort.items()]
    if sort is None:
        return []
    raise Refusal("Invalid sort() argument. Must be a string, object, array, or map.")


def _direction(path: str, order: Any) -> tuple[str, bool]:
    word = order.lower() if isinstance(order, str) else order
    if isinstance(word, bool) or word not in (*UP, *DOWN):
        shown = order if isinstance(order, str) else inspect(order)
        raise Refusal(f"Invalid sort value: {{{path}: {shown} }}")
    return path, word in DOWN


def _sort_value(document: JSON, path: str, falling: bool) -> Any:
    # MongoDB sorts an array by its smallest element, or by its largest if the order is falling.
    found = [v for v in elements(document, path.split("."), expand=True) if type(v) is not list]
    values = [None if v is MISSING else v for v in found] or [None]
    return sorted(values, key=cmp_to_key(compare))[-1 if falling else 0]


def _count(options: JSON, name: str) -> int:
    try:
        number = to_number(options.get(name), name) if options.get(name) is not None else 0
    except CastError as error:
        raise Refusal(error.text) from error
    return int(number or 0)
