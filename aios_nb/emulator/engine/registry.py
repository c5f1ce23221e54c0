"""A Mongoose registry over one collection: save, find, update, remove (contract §5.6-§5.8)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..collection import Collection
from ..refusal import Refusal
from .bson import MongoError
from .casting import Schema
from .find import compile_find
from .mongoose import Model, build
from .mongoose_update import cast_update
from .ordering import page
from .updates import apply_update

JSON = dict[str, Any]


def save(collection: Collection, model: Model, body: Any, new_id: str) -> JSON:
    """Store a document as ``new Model(body).save()`` does and return it.

    Raises
    ------
    Refusal
        Validation or a duplicate key; nothing is stored.
    """
    document = build(model, body, new_id)
    _refuse_duplicates(collection, model, document)
    return collection.insert(document)


def find(collection: Iterable[JSON], schema: Schema, query: Any, options: Any = None) -> list[JSON]:
    """Return what ``Model.find(query, null, options)`` returns.

    Raises
    ------
    Refusal
        The filter or an option is rejected, in Mongoose's or MongoDB's words.
    """
    try:
        matches = compile_find({} if query is None else query, casts=schema)
        return page([document for document in collection if matches(document)], options)
    except MongoError as error:
        raise Refusal(error.text) from error


def update(collection: Collection, model: Model, key: str, body: Any) -> JSON | None:
    """Change the document with this ``id`` and return it; ``None``: there is none.

    Raises
    ------
    Refusal
        Cast error, duplicate key, or MongoDB's refusal; nothing is changed.
    """
    operators = cast_update(model, body)  # Mongoose casts before it looks: 400 comes before 404
    old = collection.first(id=key)
    if old is None:
        return None
    try:
        new = apply_update(old, operators)
    except MongoError as error:
        text = f"Plan executor error during findAndModify :: caused by :: {error.text}"
        raise Refusal(text) from error
    _refuse_duplicates(collection, model, new, but=old)
    collection.replace(old, new)
    return new


def _refuse_duplicates(
    collection: Collection, model: Model, document: JSON, but: JSON | None = None
) -> None:
    for path in ("_id", *model.unique):
        value = document.get(path)
        taken = any(other.get(path) == value for other in collection if other is not but)
        if value is not None and taken:
            index = "_id_" if path == "_id" else f"{path}_1"
            shown = f"ObjectId('{value}')" if path == "_id" else f'"{value}"'
            raise Refusal(
                f"E11000 duplicate key error collection: {model.collection} index: {index} "
                f"dup key: {{ {path}: {shown} }}"
            )
