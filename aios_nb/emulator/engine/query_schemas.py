"""The registries' Mongoose schemas as filters see them: one kind per dotted path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from . import schemas
from .mongoose import Field, Model, Part


@dataclass(frozen=True, eq=False)  # told apart by identity: compiled filters are kept by it
class Schema:
    """The paths that a registry's Mongoose schema knows, by kind.

    Parameters
    ----------
    model
        The model's name, which ends each CastError.
    kinds
        ``string``, ``number``, ``ObjectId``, ``mixed`` (untyped, and so is everything below it)
        or ``strings``, ``objects`` (arrays) by dotted path.
    """

    model: str
    kinds: Mapping[str, str]

    def kind(self, path: str) -> str | None:
        """Return what the schema says about a path; None: it is not in the schema."""
        parts = path.split(".")
        for length in range(len(parts), 0, -1):
            kind = self.kinds.get(".".join(parts[:length]))
            below = parts[length:]
            if kind == "strings" and len(below) == 1 and below[0].isdigit():
                return "string"
            if kind and (not below or kind == "mixed"):
                return kind
        return None


def _kinds(fields: Mapping[str, Part], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, part in fields.items():
        if isinstance(part, Field):
            yield prefix + name, part.kind
        else:
            yield from _kinds(part.fields, f"{prefix}{name}.")


def _seen_by_filters(model: Model) -> Schema:
    return Schema(model.name, {"_id": "ObjectId", "__v": "number"} | dict(_kinds(model.fields)))


BLOCKS = _seen_by_filters(schemas.BLOCK)
CLUSTERS = _seen_by_filters(schemas.CLUSTER)
COMPONENTS = _seen_by_filters(schemas.COMPONENT)
