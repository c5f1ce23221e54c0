"""``$unwind``: one document per element of an array; ``$replaceRoot``: a part becomes the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .bson import MISSING, MongoError, nullish, type_name
from .expressions import compile_expression
from .field_paths import check_path
from .projecting import with_value

JSON = dict[str, Any]
Stage = Callable[[list[JSON]], list[JSON]]
OPTIONS = ("path", "preserveNullAndEmptyArrays", "includeArrayIndex")


def compile_unwind(_: str, spec: Any) -> Stage:
    """Return the stage; what is no array counts as the only element.

    Raises
    ------
    MongoError
        The specification names no path, or an unknown option.
    """
    options = _options(spec)
    parts = tuple(check_path(_unprefixed(options.get("path"))))
    index = options.get("includeArrayIndex")
    index_parts = tuple(check_path(index)) if index is not None else None
    keeps_empty = bool(options.get("preserveNullAndEmptyArrays", False))

    def unwound(documents: list[JSON]) -> list[JSON]:
        return [
            part
            for document in documents
            for number, part in _parts(document, parts, keeps_empty=keeps_empty)
            for part in [with_value(part, index_parts, number) if index_parts else part]
        ]

    return unwound


def _options(spec: Any) -> JSON:
    if type(spec) is str:
        return {"path": spec}
    if type(spec) is not dict:
        words = "expected either a string or an object as specification for $unwind stage, got"
        raise MongoError(f"{words} {type_name(spec)}", 15981)
    for name in spec:
        if name not in OPTIONS:
            raise MongoError(f"unrecognized option to $unwind stage: {name}", 28811)
    return spec


def _unprefixed(path: Any) -> str:
    if path is None:
        raise MongoError("no path specified to $unwind stage", 28812)
    if type(path) is not str:
        words = "expected a string as the path for $unwind stage, got"
        raise MongoError(f"{words} {type_name(path)}", 28808)
    if not path.startswith("$"):
        words = "path option to $unwind stage should be prefixed with a '$'"
        raise MongoError(f"{words}: {path}", 28818)
    return path[1:]


def _parts(
    document: JSON, parts: tuple[str, ...], *, keeps_empty: bool
) -> Iterator[tuple[int | None, JSON]]:
    value: Any = document
    for part in parts:
        # Only documents lead on: $unwind looks for one array, not inside others.
        value = value.get(part, MISSING) if type(value) is dict else MISSING
    if type(value) is list and value:
        for number, element in enumerate(value):
            yield number, with_value(document, parts, element)
    elif type(value) is not list and not nullish(value):
        yield None, document
    elif keeps_empty:
        yield None, with_value(document, parts, MISSING) if value == [] else document


def compile_replace_root(name: str, spec: Any) -> Callable[[JSON], JSON]:
    """Return a function from a document to the part that replaces it.

    Raises
    ------
    MongoError
        ``$replaceRoot`` without ``newRoot``; later, a part that is no object.
    """
    if name == "$replaceRoot":
        if type(spec) is not dict:
            words = "expected an object as specification for $replaceRoot stage, got"
            raise MongoError(f"{words} {type_name(spec)}", 40229)
        if set(spec) != {"newRoot"}:
            raise MongoError("no newRoot specified for the $replaceRoot stage", 40231)
        spec = spec["newRoot"]
    evaluate = compile_expression(spec)

    def replaced(document: JSON) -> JSON:
        part = evaluate(document)
        if type(part) is not dict:
            words = "'newRoot' expression  must evaluate to an object, but resulting value was"
            shown = "MISSING" if part is MISSING else part
            raise MongoError(
                f"{words}: {shown}. Type of resulting value: '{type_name(part)}'", 40228
            )
        return part

    return replaced
