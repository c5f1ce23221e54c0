"""Sorting and paging as Mongoose's query options ask for it (contract §5.6)."""

from __future__ import annotations

from typing import Any

from ..refusal import Refusal
from .casting import inspect
from .conversion import CastError, to_number
from .sorting import compile_sort

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
    if keys := _sort_keys(options.get("sort")):
        documents = compile_sort(keys)(documents)
    skip, limit = _count(options, "skip"), _count(options, "limit")
    if skip < 0:
        raise Refusal(f"BSON field 'skip' value must be >= 0, actual value '{skip}'")
    return documents[skip : skip + abs(limit) if limit else None]


def _sort_keys(sort: Any) -> dict[str, int]:
    if isinstance(sort, str):
        return {name.lstrip("-"): -1 if name.startswith("-") else 1 for name in sort.split()}
    if isinstance(sort, list):
        pairs = [pair if isinstance(pair, list) and len(pair) == 2 else [pair, 1] for pair in sort]
        return {str(path): _direction(path, order) for path, order in pairs}
    if isinstance(sort, dict):
        return {path: _direction(path, order) for path, order in sort.items()}
    if sort is None:
        return {}
    raise Refusal("Invalid sort() argument. Must be a string, object, array, or map.")


def _direction(path: str, order: Any) -> int:
    word = order.lower() if isinstance(order, str) else order
    if isinstance(word, bool) or word not in (*UP, *DOWN):
        shown = order if isinstance(order, str) else inspect(order)
        raise Refusal(f"Invalid sort value: {{{path}: {shown} }}")
    return -1 if word in DOWN else 1


def _count(options: JSON, name: str) -> int:
    try:
        number = to_number(options.get(name), name) if options.get(name) is not None else 0
    except CastError as error:
        raise Refusal(error.text) from error
    return int(number or 0)
