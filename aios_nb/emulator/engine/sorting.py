"""How ``$sort`` orders documents: BSON order, arrays by their smallest or largest element."""

from __future__ import annotations

from collections.abc import Callable
from functools import cmp_to_key
from typing import Any

from .bson import MISSING, MongoError, compare
from .paths import elements

JSON = dict[str, Any]


def compile_sort(spec: JSON) -> Callable[[list[JSON]], list[JSON]]:
    """Return a stable sort by several paths, 1 ascending or -1 descending.

    Raises
    ------
    MongoError
        No key, or a direction that is neither.
    """
    if not spec:
        raise MongoError("$sort stage must have at least one sort key", 15976)
    for direction in spec.values():
        if type(direction) not in (int, float) or direction not in (1, -1):
            words = "$sort key ordering must be 1 (for ascending) or -1 (for descending)"
            raise MongoError(words, 15975)

    def ordered(documents: list[JSON]) -> list[JSON]:
        result = list(documents)
        for path, direction in reversed(spec.items()):
            key = _sort_key(path, int(direction))
            result.sort(key=key, reverse=direction == -1)
        return result

    return ordered


def _sort_key(path: str, direction: int) -> Callable[[JSON], Any]:
    as_key = cmp_to_key(compare)
    best = min if direction == 1 else max
    parts = path.split(".")

    def key(document: JSON) -> Any:
        found = list(elements(document, parts, expand=True))
        if len(found) > 1 and type(found[-1]) is list:
            found.pop()  # the array itself, after its elements
        # A missing field sorts as null does; so does an empty array, a step before it upstream.
        values = [None if value is MISSING else value for value in found] or [None]
        return best(map(as_key, values))

    return key
