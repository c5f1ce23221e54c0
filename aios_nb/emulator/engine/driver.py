"""What pymongo checks before it asks the server, in its own words (contract §5.3, §5.5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from ..refusal import Refusal
from .bson import MongoError
from .find import compile_find

JSON = dict[str, Any]
T = TypeVar("T")
MAPPING = (
    "must be an instance of dict, bson.son.SON, or any other type that inherits from "
    "collections.Mapping"
)
DOCUMENT = (
    "document must be an instance of dict, bson.son.SON, bson.raw_bson.RawBSONDocument, or a type "
    "that inherits from collections.MutableMapping"
)
TOO_LARGE = "MongoDB can only handle up to 8-byte ints"
ONLY_OPERATORS = "update only works with $ operators"


def encodable(value: T) -> T:
    """Return a value that BSON can hold.

    Raises
    ------
    Refusal
        It has a whole number beyond 64 bits.
    """
    if isinstance(value, dict):
        for inner in value.values():
            encodable(inner)
    elif isinstance(value, list):
        for inner in value:
            encodable(inner)
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise Refusal(TOO_LARGE)
    return value


def find(documents: Iterable[JSON], query: Any) -> list[JSON]:
    """Return the documents that match; a null filter matches all.

    Raises
    ------
    Refusal
        pymongo rejects the filter's type.
    MongoError
        The server rejects the filter.
    """
    if query is not None and not isinstance(query, dict):
        raise Refusal(f"filter {MAPPING}")
    encodable(query)
    matches = compile_find(query or {})
    return [document for document in documents if matches(document)]


def pipeline_of(body: Any) -> list[Any]:
    """Return a pipeline that pymongo sends on.

    Raises
    ------
    Refusal
        It is not a list.
    """
    if not isinstance(body, list):
        raise Refusal("pipeline must be a list")
    encodable(body)
    return body


def document_of(body: Any) -> JSON:
    """Return a document that pymongo inserts.

    Raises
    ------
    Refusal
        It is not an object.
    """
    if not isinstance(body, dict):
        raise Refusal(DOCUMENT)
    return encodable(body)


def update_of(body: Any) -> JSON:
    """Return an update that pymongo sends on.

    Raises
    ------
    Refusal
        It is no object, is empty, or starts with a plain field.
    """
    if not isinstance(body, dict):
        raise Refusal(f"update {MAPPING}")
    if not body:
        raise Refusal("update cannot be empty")
    if not next(iter(body)).startswith("$"):
        raise Refusal(ONLY_OPERATORS)
    return encodable(body)


__all__ = ["MongoError", "document_of", "encodable", "find", "pipeline_of", "update_of"]
