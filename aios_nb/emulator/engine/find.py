"""MongoDB's ``find``: a filter compiled to one function over documents (contract §7.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from . import predicates
from .bson import MISSING, MongoError, truthy
from .casting import BLOCKS, Schema, cast_filter
from .expressions import compile_for_frame
from .paths import Matcher, Place, Test, anywhere, here, place
from .patterns import compile_pattern

JSON = dict[str, Any]
IGNORED = ("$comment",)
TOO_DEEP = "BSONObj exceeds maximum nested object depth: 200"


def compile_find(
    query: JSON, casts: Schema | Mapping[str, type] | None = None
) -> Callable[[JSON], bool]:
    """Return a function that tells whether a document matches a filter.

    Parameters
    ----------
    casts
        The filter passes Mongoose first: the schema that it casts by. A mapping such as
        ``{"id": str}`` stands for the blocks registry's schema. None: the driver is used directly.

    Raises
    ------
    MongoError
        Mongoose or MongoDB rejects the filter; matching may raise it too (``$expr``).
    """
    try:
        if casts is not None:
            query = cast_filter(query, casts if isinstance(casts, Schema) else BLOCKS)
        return _compile(query)
    except RecursionError as error:
        raise MongoError(TOO_DEEP, 15) from error


def compile_test(operand: Any) -> Test:
    """Return what ``{path: operand}`` asks of one value at the path that is no array."""
    if predicates.is_operators(operand):
        return _compile_operators(here, operand)
    return predicates.equality(operand)


def _compile(query: JSON) -> Matcher:
    matchers: list[Matcher] = []
    for name, operand in query.items():
        if name in LOGICAL:
            matchers.append(_compile_logical(name, operand))
        elif name == "$expr":
            matchers.append(_compile_expr(operand))
        elif name.startswith("$") and name not in IGNORED:
            advice = (
                "If you have a field name that starts with a '$' symbol, "
                "consider using $getField or $setField."
            )
            raise MongoError(f"unknown top level operator: {name}. {advice}")
        elif name not in IGNORED:
            matchers.append(_compile_path(name, operand))
    return all_of(matchers)


def all_of(matchers: list[Matcher]) -> Matcher:
    if len(matchers) == 1:
        return matchers[0]
    if len(matchers) == 2:
        first, second = matchers
        return lambda document: first(document) and second(document)

    def matches(document: JSON) -> bool:
        for matcher in matchers:  # noqa: SIM110  # a generator costs twice as much
            if not matcher(document):
                return False
        return True

    return matches


def any_of(matchers: list[Matcher]) -> Matcher:
    def matches(document: JSON) -> bool:
        for matcher in matchers:  # noqa: SIM110  # a generator costs twice as much
            if matcher(document):
                return True
        return False

    return matches


def none_of(matchers: list[Matcher]) -> Matcher:
    some = any_of(matchers)
    return lambda document: not some(document)


LOGICAL: dict[str, Callable[[list[Matcher]], Matcher]] = {
    "$and": all_of,
    "$or": any_of,
    "$nor": none_of,
}


def _compile_logical(name: str, conditions: Any) -> Matcher:
    if not isinstance(conditions, list):
        raise MongoError(f"{name} must be an array")
    if not conditions:
        raise MongoError("$and/$or/$nor must be a nonempty array")
    if not all(isinstance(condition, dict) for condition in conditions):
        raise MongoError("$or/$and/$nor entries need to be full objects")
    # The order is free, in MongoDB too: short paths first, so `id IN [...]` spares the others.
    return LOGICAL[name]([_compile(condition) for condition in sorted(conditions, key=_cost)])


def _cost(condition: JSON) -> int:
    names = condition.keys()
    return (
        100 if any(name.startswith("$") for name in names) else max(map(_depth, names), default=0)
    )


def _depth(path: str) -> int:
    return path.count(".")


def _compile_expr(expression: Any) -> Matcher:
    evaluate, spare = compile_for_frame(expression)

    def matches(document: JSON) -> bool:
        value = evaluate([document, *spare])
        return value is True or (value is not False and truthy(value))

    return matches


def _compile_path(path: str, operand: Any) -> Matcher:
    if predicates.is_operators(operand):
        return _compile_operators(place(path), operand)
    return anywhere(path, predicates.equality(operand))


def _compile_operators(at: Place, operators: JSON) -> Matcher:
    return all_of(
        [
            _compile_operator(at, name, operand, operators)
            for name, operand in operators.items()
            if not (name == "$options" and "$regex" in operators)
        ]
    )


def _compile_operator(at: Place, name: str, operand: Any, siblings: JSON) -> Matcher:
    if name in VALUE_TESTS:
        return at(VALUE_TESTS[name](operand), expand=True)
    if name in NEGATED:
        positive = at(NEGATED[name](operand), expand=True)
        return lambda document: not positive(document)
    if name == "$regex":
        return at(compile_pattern(operand, siblings.get("$options", "")), expand=True)
    if name in PATH_MATCHERS:
        return PATH_MATCHERS[name](at, operand)
    if name == "$options":
        raise MongoError("$options needs a $regex")
    raise MongoError(f"unknown operator: {name}")


VALUE_TESTS: dict[str, Callable[[Any], Test]] = {
    "$eq": predicates.equality,
    "$lt": partial(predicates.ordering, "$lt"),
    "$lte": partial(predicates.ordering, "$lte"),
    "$gt": partial(predicates.ordering, "$gt"),
    "$gte": partial(predicates.ordering, "$gte"),
    "$in": partial(predicates.membership, "$in"),
    "$type": predicates.having_type,
    "$mod": predicates.modulo,
}
NEGATED: dict[str, Callable[[Any], Test]] = {
    "$ne": predicates.equality,
    "$nin": partial(predicates.membership, "$nin"),
}


def _exists(at: Place, operand: Any) -> Matcher:
    present = at(lambda value: value is not MISSING, expand=False)
    if truthy(operand):
        return present
    return lambda document: not present(document)


def _size(at: Place, operand: Any) -> Matcher:
    return at(predicates.having_size(operand), expand=False)


def _not(at: Place, operand: Any) -> Matcher:
    if not isinstance(operand, dict):
        raise MongoError("$not needs a regex or a document")
    if not operand:
        raise MongoError("$not cannot be empty")
    positive = _compile_operators(at, operand)
    return lambda document: not positive(document)


def _all(at: Place, operand: Any) -> Matcher:
    if not isinstance(operand, list):
        raise MongoError("$all needs an array")
    if not operand:
        return lambda _: False
    return all_of([_all_item(at, item) for item in operand])


def _all_item(at: Place, item: Any) -> Matcher:
    if not predicates.is_operators(item):
        return at(predicates.equality(item), expand=True)
    if next(iter(item)) != "$elemMatch":
        raise MongoError("no $ expressions in $all")
    return _elem_match(at, item["$elemMatch"])


def _elem_match(at: Place, operand: Any) -> Matcher:
    if not isinstance(operand, dict):
        raise MongoError("$elemMatch needs an Object")
    holds = _element_test(operand)
    return at(lambda value: type(value) is list and any(map(holds, value)), expand=False)


def _element_test(operand: JSON) -> Test:
    if predicates.is_operators(operand) and next(iter(operand)) not in LOGICAL:
        return _compile_operators(here, operand)
    matcher = _compile(operand)

    def test(value: Any) -> bool:
        if type(value) is list:  # an array is a document whose keys are its indexes
            value = {str(number): item for number, item in enumerate(value)}
        return type(value) is dict and matcher(value)

    return test


PATH_MATCHERS: dict[str, Callable[[Place, Any], Matcher]] = {
    "$exists": _exists,
    "$size": _size,
    "$not": _not,
    "$all": _all,
    "$elemMatch": _elem_match,
}
