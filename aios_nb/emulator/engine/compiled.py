"""Filters and pipelines that were compiled before: most requests send the same ones again."""

from __future__ import annotations

import marshal
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from ..world import JSON
from .aggregate import Stage, compile_pipeline
from .find import compile_find
from .query_schemas import Schema

MOST, LONGEST_BYTES = 128, 65_536  # of each kind; and of what stands for a query
WITHOUT_REFERENCES = 2  # marshal's format in which equal values are equal bytes


def matcher_of(query: JSON, schema: Schema | None = None) -> Callable[[JSON], bool]:
    """Return what :func:`compile_find` does.

    Raises
    ------
    MongoError
        As there.
    """
    key = _key(query)
    return compile_find(query, schema) if key is None else _matcher(key, schema)


def stages_of(pipeline: Any) -> list[Stage]:
    """Return what :func:`compile_pipeline` does.

    Raises
    ------
    MongoError
        As there.
    """
    key = _key(pipeline)
    return compile_pipeline(pipeline) if key is None else _stages(key)


def _key(query: Any) -> bytes | None:
    try:
        key = marshal.dumps(query, WITHOUT_REFERENCES)
    except ValueError:
        return None  # too deep, or no JSON: whoever compiles says so
    return key if len(key) <= LONGEST_BYTES else None


# A request changes its own query later on (contract §7.3), so a copy is compiled.
@lru_cache(MOST)
def _matcher(key: bytes, schema: Schema | None) -> Callable[[JSON], bool]:
    return compile_find(marshal.loads(key), schema)


@lru_cache(MOST)
def _stages(key: bytes) -> list[Stage]:
    return compile_pipeline(marshal.loads(key))
