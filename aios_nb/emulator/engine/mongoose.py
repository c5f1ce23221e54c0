"""What Mongoose does to a document on its way into a registry (contract §5.6, §6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..refusal import Refusal
from .conversion import CastError, convert, is_object_id

JSON = dict[str, Any]


@dataclass(frozen=True)
class Field:
    """One typed path; ``mixed`` takes anything, ``strings`` and ``objects`` are arrays."""

    kind: str = "mixed"
    required: bool = False
    options: tuple[str, ...] = ()
    default: Callable[[], Any] | None = None


@dataclass(frozen=True)
class Nested:
    """Paths below a plain key: errors name the full path."""

    fields: Mapping[str, Part]


@dataclass(frozen=True)
class Subdocument:
    """A schema of its own: its errors are told twice, inside and at the parent."""

    fields: Mapping[str, Part]
    required: bool = False


Part = Field | Nested | Subdocument


@dataclass(frozen=True)
class Model:
    """A collection's name, as errors show it, and its schema."""

    name: str
    collection: str
    fields: Mapping[str, Part]
    unique: tuple[str, ...] = ()
    hidden: frozenset[str] = field(default=frozenset({"_id", "__v"}))


def build(model: Model, body: Any, new_id: str) -> JSON:
    """Return the document that ``new Model(body).save()`` stores.

    Raises
    ------
    Refusal
        ``<Model> validation failed: <path>: <reason>, …`` with Mongoose's reasons.
    """
    given = body if isinstance(body, dict) else {}
    errors: dict[str, str] = {}
    filled = _fill(model.fields, given, "", errors)
    _check(model.fields, filled, "", errors)
    identity = given.get("_id", new_id)
    if not is_object_id(identity):
        errors["_id"] = CastError("ObjectId", identity, "_id", because="BSONError").text
    if errors:
        told = ", ".join(f"{path}: {reason}" for path, reason in errors.items())
        raise Refusal(f"{model.name} validation failed: {told}")
    return {"_id": identity, **minimize(filled), "__v": given.get("__v", 0)}


def minimize(document: JSON) -> JSON:
    """Return ``document`` without empty objects, at every depth; empty arrays stay.

    An empty object that is an array's element stays too (mongoose/lib/helpers/clone.js).
    """
    return _minimized(document) or {}


def _minimized(value: Any, *, in_array: bool = False) -> Any:
    if isinstance(value, list):
        return [_minimized(element, in_array=True) for element in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, old in value.items():
        new = _minimized(old)
        if new is not None or old is None:
            kept[key] = new
    return kept if kept or in_array else None


def answered_on_save(document: JSON) -> JSON:
    """Return the document as ``save()`` answers it: the generated keys come last."""
    tail = ("_id", "__v")
    body = {key: value for key, value in document.items() if key not in tail}
    return {**body, **{key: document[key] for key in tail if key in document}}


def _fill(fields: Mapping[str, Part], given: JSON, prefix: str, errors: dict[str, str]) -> JSON:
    filled: JSON = {}
    for key, value in given.items():
        part = fields.get(key)
        if part is not None:  # strict mode: what the schema does not name is dropped
            _fill_one(part, key, value, (filled, prefix, errors))
    for key, part in fields.items():
        if key not in filled and isinstance(part, Field) and part.default is not None:
            filled[key] = part.default()
        if key not in filled and isinstance(part, Nested):
            filled[key] = _fill(part.fields, {}, f"{prefix}{key}.", errors)
    return filled


def _fill_one(part: Part, key: str, value: Any, into: tuple[JSON, str, dict[str, str]]) -> None:
    filled, prefix, errors = into
    path = prefix + key
    if isinstance(part, Field):
        try:
            filled[key] = convert(part.kind, value, path)
        except CastError as error:
            errors[path] = error.text
    elif isinstance(value, dict):
        inner = "" if isinstance(part, Subdocument) else f"{path}."
        below: dict[str, str] = {}
        filled[key] = _fill(part.fields, value, inner, below)
        _adopt(part, path, below, errors)
    elif value is not None:
        errors[path] = _not_an_object(part, path, value)


def _not_an_object(part: Part, path: str, value: Any) -> str:
    if isinstance(part, Subdocument):
        return CastError("Object", value, path, because="ObjectExpectedError").text
    return f"Tried to set nested object field `{path}` to primitive value `{value}`"


def _adopt(part: Part, path: str, below: dict[str, str], errors: dict[str, str]) -> None:
    if isinstance(part, Nested):
        errors.update(below)
    elif below:
        errors.update({f"{path}.{name}": reason for name, reason in below.items()})
        told = ", ".join(f"{name}: {reason}" for name, reason in below.items())
        errors[path] = f"Validation failed: {told}"


def _check(fields: Mapping[str, Part], filled: JSON, prefix: str, errors: dict[str, str]) -> None:
    for key, part in fields.items():
        path, value = prefix + key, filled.get(key)
        if path in errors and isinstance(part, Field):
            continue
        if isinstance(part, Nested):
            _check(part.fields, value or {}, f"{path}.", errors)
        elif isinstance(part, Subdocument) and isinstance(value, dict):
            below: dict[str, str] = {}
            _check(part.fields, value, "", below)
            _adopt(part, path, below, errors)
        elif part.required and path not in errors and _is_missing(value):
            errors[path] = f"Path `{path}` is required."
        elif isinstance(part, Field) and part.options and value not in (*part.options, None):
            errors[path] = f"`{value}` is not a valid enum value for path `{path}`."


def _is_missing(value: Any) -> bool:
    return value is None or value == ""
