"""What Mongoose makes of an update: plain fields become ``$set``, values are cast (§5.6, §5.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..refusal import Refusal
from .conversion import CastError, convert, to_number
from .mongoose import Field, Model, Part, Subdocument

JSON = dict[str, Any]
DROPPED = object()
NUMBER_OPERATORS = ("$inc", "$mul")
ARRAY_OPERATORS = ("$push", "$addToSet", "$pull", "$pullAll", "$pop")
UNCAST_OPERATORS = ("$unset", "$rename")
PIPELINE = "Cannot pass an array to query updates unless the `updatePipeline` option is set."


def cast_update(model: Model, body: Any) -> JSON:
    """Return update operators only, without the paths that the schema does not know.

    Raises
    ------
    Refusal
        With Mongoose's CastError.
    """
    if isinstance(body, list):
        raise Refusal(PIPELINE)
    given = body if isinstance(body, dict) else {}
    operators: JSON = {k: v for k, v in given.items() if k.startswith("$")}
    plain = {k: v for k, v in given.items() if not k.startswith("$")}
    if plain:
        set_too = operators.get("$set")
        operators["$set"] = {**(set_too if isinstance(set_too, dict) else {}), **plain}
    try:
        cast = {name: _cast_changes(model, name, value) for name, value in operators.items()}
    except CastError as error:
        raise Refusal(error.text) from error
    return {name: changes for name, changes in cast.items() if changes != {}}


def _cast_changes(model: Model, operator: str, changes: Any) -> Any:
    if not isinstance(changes, dict):
        return changes  # MongoDB refuses it
    fields: Mapping[str, Part] = {**model.fields, "_id": Field(), "__v": Field("number")}
    cast = {}
    for path, value in changes.items():
        new = _cast_at(fields, path, value, operator)
        if new is not DROPPED:
            cast[path] = new
    return cast


def _cast_at(fields: Mapping[str, Part], path: str, value: Any, operator: str) -> Any:
    part, below = _find_part(fields, path)
    if part is None or (below and part.kind in ("string", "number")):
        return DROPPED
    if operator in UNCAST_OPERATORS:
        return value
    if operator in NUMBER_OPERATORS:
        return _cast_number(value, path)
    if operator in ARRAY_OPERATORS:
        return value
    if isinstance(part, Field):
        return value if below else convert(part.kind, value, path)
    return _cast_below(part, value, path, operator)


def _find_part(fields: Mapping[str, Part], path: str) -> tuple[Any, str]:
    """Return what the schema says about a path, and the rest that lies below an untyped one."""
    name, _, rest = path.partition(".")
    part = fields.get(name)
    if part is None or not rest or isinstance(part, Field):
        return part, rest
    return _find_part(part.fields, rest)


def _cast_number(value: Any, path: str) -> Any:
    try:
        return to_number(value, path)
    except CastError:
        raise CastError("number", value, path) from None


def _cast_below(part: Any, value: Any, path: str, operator: str) -> Any:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise CastError("Object", value, path)
    prefix = "" if isinstance(part, Subdocument) else f"{path}."
    cast = {}
    for key, inner in value.items():
        found, below = _find_part(part.fields, key)
        if found is None or below:
            continue
        if isinstance(found, Field):
            cast[key] = convert(found.kind, inner, prefix + key)
        else:
            cast[key] = _cast_below(found, inner, prefix + key, operator)
    return cast
