"""AIOS shows its users Python's own words for a wrong shape; doing as it does yields the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..refusal import Refusal


@contextmanager
def in_pythons_words(status: int | None = None) -> Iterator[None]:
    """Turn the exceptions of indexing a wrongly shaped document into AIOS's answer.

    Wrap only the lines that index what a client sent: an exception from anywhere else is a bug.

    Raises
    ------
    Refusal
        With the words of the KeyError, TypeError or AttributeError, e.g. ``'values'`` or
        ``'list' object has no attribute 'get'``.
    """
    try:
        yield
    except (KeyError, TypeError, AttributeError) as error:
        raise Refusal(str(error), status) from error
