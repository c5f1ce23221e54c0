"""Stages that change the fields of each document: ``$set``, ``$project``, ``$unset``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .bson import MISSING, NUMERIC, MongoError, type_name
from .expressions import compile_expression, compile_for_frame
from .field_paths import check_path

JSON = dict[str, Any]
Change = Callable[[JSON], JSON]
Parts = tuple[str, ...]
Assignment = tuple[Parts, Callable[[JSON], Any]]


def compile_set(name: str, spec: Any) -> Change:
    """Return a function to a copy of a document with the computed fields."""
    _check_spec(name, spec, 40272)
    leaves = list(_leaves(spec))
    if len(leaves) == 1 and len(leaves[0][0]) == 1:
        return SetField(leaves[0][0][0], leaves[0][1])
    assignments = [(path, compile_expression(value)) for path, value in leaves]
    return lambda document: _assigned(document, assignments)


class SetField:
    """Sets one top-level field: a class, so that a run of such stages can share one copy."""

    def __init__(self, name: str, spec: Any) -> None:
        self.name = name
        self.expression, self.spare = compile_for_frame(spec)

    def __call__(self, document: JSON) -> JSON:
        return set_fields([self])(document)


def set_fields(fields: list[SetField]) -> Change:
    """Return one function for a run of stages, each of which sees the fields set before it."""
    pairs = [(field.name, field.expression) for field in fields]
    spare = max((field.spare for field in fields), key=len)

    def change(document: JSON) -> JSON:
        changed = document.copy()
        frame = [changed, *spare]
        for name, expression in pairs:
            value = expression(frame)
            if value is MISSING:
                changed.pop(name, None)
            else:
                changed[name] = value
        return changed

    return change


def _assigned(document: JSON, assignments: list[Assignment]) -> JSON:
    # All are computed from the document as it came.
    values = [(parts, evaluate(document)) for parts, evaluate in assignments]
    for parts, value in values:
        document = with_value(document, parts, value)
    return document


def with_value(document: Any, parts: Parts, value: Any) -> Any:
    """Return a copy with ``value`` at a path: in every element of an array, over a scalar.

    MISSING takes the field away.
    """
    if not parts:
        return value
    if type(document) is list:
        return [with_value(element, parts, value) for element in document]
    fields = dict(document) if type(document) is dict else {}
    changed = with_value(fields.get(parts[0], MISSING), parts[1:], value)
    if changed is MISSING:
        fields.pop(parts[0], None)
    else:
        fields[parts[0]] = changed
    return fields


def _leaves(spec: JSON, prefix: Parts = ()) -> Iterator[tuple[Parts, Any]]:
    """Yield path and value of each field; a sub-document without operators is more path."""
    for name, value in spec.items():
        path = (*prefix, *check_path(name))
        if isinstance(value, dict) and value and not str(next(iter(value))).startswith("$"):
            yield from _leaves(value, path)
        else:
            yield path, value


def _check_spec(name: str, spec: Any, code: int) -> None:
    if not isinstance(spec, dict):
        words = f"{name} specification stage must be an object, got {type_name(spec)}"
        raise MongoError(words, code)
    if not spec:
        raise MongoError("specification must have at least one field", 40177)


def compile_unset(_: str, spec: Any) -> Change:
    names = spec if isinstance(spec, list) else [spec]
    if not names or not all(type(name) is str for name in names):
        words = "$unset specification must be a string or an array of strings"
        raise MongoError(words, 31002)
    return _without([tuple(check_path(name)) for name in names])


def compile_project(name: str, spec: Any) -> Change:
    """Return a function to the document that keeps, drops or computes fields."""
    _check_spec(name, spec, 15969)
    leaves = dict(_leaves(spec))
    with_id = leaves.pop(("_id",), True)
    if leaves and all(_is_flag(value) and not value for value in leaves.values()):
        paths = list(leaves) if with_id else [*leaves, ("_id",)]
        return _without(paths)
    if not leaves and not with_id:
        return _without([("_id",)])
    for path, value in leaves.items():
        if _is_flag(value) and not value:
            words = f"Cannot do exclusion on field {'.'.join(path)} in inclusion projection"
            raise MongoError(words, 31254)
    return _inclusion(leaves, with_id=with_id)


def _is_flag(value: Any) -> bool:
    return type(value) in NUMERIC or type(value) is bool


def _inclusion(leaves: dict[Parts, Any], *, with_id: Any) -> Change:
    kept = [path for path, value in leaves.items() if _is_flag(value)]
    computed = {path: value for path, value in leaves.items() if not _is_flag(value)}
    if not _is_flag(with_id):
        computed[("_id",)] = with_id
    elif with_id:
        kept.append(("_id",))
    assignments = [(path, compile_expression(value)) for path, value in computed.items()]

    def change(document: JSON) -> JSON:
        values = [(path, evaluate(document)) for path, evaluate in assignments]
        result = _only(document, kept)
        for path, value in values:
            result = with_value(result, path, value)
        return result  # type: ignore[no-any-return]  # a dict, since the document is one

    return change


def _only(value: Any, paths: list[Parts]) -> Any:
    """Return the part of a document that the paths name, in the document's own order."""
    if type(value) is list:
        return [_only(item, paths) for item in value if type(item) in (dict, list)]
    result = {}
    for name, item in value.items():
        below = [path[1:] for path in paths if path[0] == name]
        if () in below:
            result[name] = item
        elif below and type(item) in (dict, list):
            result[name] = _only(item, below)
    return result


def _without(paths: list[Parts]) -> Change:
    def change(document: JSON) -> JSON:
        result: Any = document
        for path in paths:
            result = _dropped(result, path)
        return result  # type: ignore[no-any-return]  # a dict, since the document is one

    return change


def _dropped(value: Any, path: Parts) -> Any:
    if type(value) is list:
        return [_dropped(item, path) for item in value]
    if type(value) is not dict or path[0] not in value:
        return value
    if len(path) == 1:
        return {name: item for name, item in value.items() if name != path[0]}
    return {**value, path[0]: _dropped(value[path[0]], path[1:])}
