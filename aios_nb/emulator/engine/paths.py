"""How ``find`` walks a dotted path: through arrays of sub-documents, by key and by index."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from .bson import MISSING

Test = Callable[[Any], bool]
Matcher = Callable[[Any], bool]


class Place(Protocol):
    """Where an operator looks: turns a test of one value into a matcher."""

    def __call__(self, test: Test, *, expand: bool) -> Matcher: ...


def elements(value: Any, parts: Sequence[str], *, expand: bool) -> Iterator[Any]:
    """Yield every value that ``find`` would hold against a condition, MISSING included.

    Parameters
    ----------
    expand
        An array at the end of the path also yields each of its elements (all operators do so but
        ``$exists``, ``$size`` and ``$elemMatch``).
    """
    for number, part in enumerate(parts):
        if type(value) is list:
            yield from _through_array(value, parts[number:], expand=expand)
            return
        value = value.get(part, MISSING) if type(value) is dict else MISSING
        if value is MISSING:
            yield MISSING
            return
    if expand and type(value) is list:
        yield from value
    yield value


def _through_array(array: list[Any], parts: Sequence[str], *, expand: bool) -> Iterator[Any]:
    # A digit is both a key of the sub-documents and an index of the array; scalars yield nothing,
    # so {"a.b": null} does not match {"a": [1]}.
    for position, element in enumerate(array):
        if type(element) is dict:
            yield from elements(element, parts, expand=expand)
        if parts[0] == str(position):
            yield from _at_index(element, parts[1:], expand=expand)


def _at_index(element: Any, rest: Sequence[str], *, expand: bool) -> Iterator[Any]:
    if not rest:
        yield element  # not expanded: {"a.0": 1} does not match {"a": [[1]]}
    elif type(element) is dict:
        yield from elements(element, rest, expand=expand)
    elif type(element) is list:
        yield from _through_array(element, rest, expand=expand)


def anywhere(path: str, test: Test) -> Matcher:
    """Return a matcher: does ``test`` hold for any value at ``path``?

    Documents without arrays on the path, nearly all in practice, take the fast way: plain
    subscripts, where a list (or a scalar) on the way raises TypeError.
    """
    parts = path.split(".")
    if_missing = test(MISSING)

    def matches(document: dict[str, Any]) -> bool:
        value: Any = document
        try:
            for part in parts:
                value = value[part]
        except KeyError:
            return if_missing
        except TypeError:
            return any(map(test, elements(document, parts, expand=True)))
        if type(value) is list:
            return any(map(test, value)) or test(value)
        return test(value)

    return matches


def at_end(path: str, test: Test) -> Matcher:
    """Return a matcher like :func:`anywhere`, that takes an array at the end as one value."""
    parts = path.split(".")
    return lambda document: any(map(test, elements(document, parts, expand=False)))


def place(path: str) -> Place:
    """Return the place that a dotted path of a document names."""

    def at_path(test: Test, *, expand: bool) -> Matcher:
        return anywhere(path, test) if expand else at_end(path, test)

    return at_path


def here(test: Test, *, expand: bool) -> Matcher:  # noqa: ARG001  # the signature of a Place
    """Hold the test against the value itself: an element under ``$elemMatch`` stands alone."""
    return test
