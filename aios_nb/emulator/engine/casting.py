"""What Mongoose does to a filter before MongoDB sees it (contract §5.6, §5.7).

Followed by execution of Mongoose 8.24 over the registries' schemas.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .bson import MongoError
from .javascript import inspect, plain, to_number, type_of
from .query_schemas import BLOCKS, CLUSTERS, COMPONENTS, Schema

__all__ = ["BLOCKS", "CLUSTERS", "COMPONENTS", "Schema", "cast_filter", "inspect"]

JSON = dict[str, Any]
LOGICAL = ("$and", "$or", "$nor")
SINGLE = ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte")
LISTS = ("$in", "$nin", "$all")
# Operators that a typed path takes besides SINGLE and LISTS; Mongoose leaves their values alone.
UNCAST = ("$type", "$options")
NUMBER_ONLY = ("$mod", "$bitsAllClear", "$bitsAllSet", "$bitsAnyClear", "$bitsAnySet")


def cast_filter(query: Any, schema: Schema) -> JSON:
    """Return the filter that Mongoose sends: values cast, empty condition lists gone.

    Raises
    ------
    MongoError
        With Mongoose's words, for instance ``Cast to string failed for value …``.
    """
    if not isinstance(query, dict):
        words = f'got "{plain(query)}" (type {type_of(query).lower()})'
        raise MongoError(f'Parameter "filter" to find() must be an object, {words}', 0)
    cast: JSON = {}
    for path, value in query.items():
        if path in LOGICAL:
            conditions = _cast_conditions(path, value, schema)
            if conditions:  # Mongoose deletes an empty list: it matches everything
                cast[path] = conditions
        elif path.startswith("$"):
            cast[path] = value
        else:
            cast[path] = _cast_condition(path, value, schema)
    return cast


def _cast_conditions(operator: str, conditions: Any, schema: Schema) -> list[JSON]:
    if not isinstance(conditions, list):
        raise cast_error("Array", conditions, operator, schema)
    kept: list[JSON] = []
    # Last to first, as Mongoose does: of several faults the last one is named.
    for number, condition in reversed(list(enumerate(conditions))):
        if not isinstance(condition, dict | list):
            raise cast_error("Object", condition, f"{operator}.{number}", schema)
        if isinstance(condition, list):
            raise MongoError("Query filter must be an object, got an array ", 0)
        cast = cast_filter(condition, schema)
        if cast or not condition:
            kept.append(cast)
    return kept[::-1]


def _cast_condition(path: str, value: Any, schema: Schema) -> Any:
    kind = schema.kind(path)
    if kind is None or value is None:
        return value
    if kind == "objects":
        return _listed(value)
    if isinstance(value, list) and kind != "strings":
        # `== [a, b]` on a path of the schema becomes "one of", even where the path is untyped.
        return {"$in": _cast_each(kind, value, path, schema)}
    if kind == "mixed":
        return value
    if isinstance(value, dict) and any(name.startswith("$") for name in value):
        return {n: _cast_operand(kind, n, v, path, schema) for n, v in value.items()}
    return _cast_value(kind, value, path, schema)


def _listed(value: Any) -> Any:
    """Make a list of what ``$in`` and its like are given for an array of sub-documents."""
    if not isinstance(value, dict):
        return value
    return {
        name: [operand] if name in LISTS and not isinstance(operand, list) else operand
        for name, operand in value.items()
    }


def _cast_operand(kind: str, operator: str, value: Any, path: str, schema: Schema) -> Any:
    if operator in UNCAST or (operator == "$elemMatch" and kind != "strings"):
        return value
    if operator == "$not":
        if not isinstance(value, dict):
            return value
        return {n: _cast_operand(kind, n, v, path, schema) for n, v in value.items()}
    if operator == "$exists":
        return value if value is None else _boolean(value, path, schema)
    if operator in LISTS:
        return _cast_each(kind, value if isinstance(value, list) else [value], path, schema)
    if operator in SINGLE or (operator == "$regex" and kind in ("string", "strings")):
        return _cast_value(kind, value, path, schema)
    return _cast_special(kind, operator, value, path, schema)


def _cast_special(kind: str, operator: str, value: Any, path: str, schema: Schema) -> Any:
    if kind == "strings" and operator in ("$size", "$elemMatch"):
        return _cast_value("number", value, path, schema) if operator == "$size" else value
    if kind == "number" and operator in NUMBER_ONLY:
        return value
    if kind == "number":
        raise cast_error("number", value, path, schema)
    owner = {"string": " with String.", "strings": " with Array."}.get(kind, "")
    raise MongoError(f"Can't use {operator}{owner}", 0)


def _cast_each(kind: str, values: list[Any], path: str, schema: Schema) -> list[Any]:
    if kind == "mixed":
        return values
    if kind == "string" and set(map(type, values)) == {str}:
        return values  # thousands of ids, as blockMetricsQuery appends them
    return [_cast_value(kind, value, path, schema) for value in values]


def _cast_value(kind: str, value: Any, path: str, schema: Schema) -> Any:
    if value is None:
        return None
    if kind == "strings" and isinstance(value, list):
        return [None if item is None else _string(item, path, schema) for item in value]
    return CASTS[kind](value, path, schema)


def _string(value: Any, path: str, schema: Schema) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        raise cast_error("string", value, path, schema)
    return plain(value)


def _number(value: Any, path: str, schema: Schema) -> float | int | None:
    if value == "":
        return None
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    try:
        return to_number(value.strip())
    except (AttributeError, ValueError):
        raise cast_error("Number", value, path, schema) from None


def _object_id(value: Any, path: str, schema: Schema) -> str:
    if isinstance(value, str) and re.fullmatch("[0-9a-fA-F]{24}", value):
        return value
    raise cast_error("ObjectId", value, path, schema)


CASTS: dict[str, Callable[[Any, str, Schema], Any]] = {
    "string": _string,
    "strings": _string,
    "number": _number,
    "ObjectId": _object_id,
}


def _boolean(value: Any, path: str, schema: Schema) -> bool:
    for answer, words in ((True, ("true", "1", "yes")), (False, ("false", "0", "no"))):
        if value is answer or value == int(answer) or value in words:
            return answer
    raise cast_error("boolean", value, path, schema)


def cast_error(kind: str, value: Any, path: str, schema: Schema) -> MongoError:
    """Return Mongoose's CastError."""
    shown = f'"{value}"' if isinstance(value, str) else f'"{inspect(value)}"'
    words = f"Cast to {kind} failed for value {shown} (type {type_of(value)})"
    above, _, last = path.rpartition(".")
    if last.isdigit() and schema.kind(above) == "strings":
        path = above  # Mongoose casts an element by the schema of its array
    return MongoError(f'{words} at path "{path}" for model "{schema.model}"', 0)
