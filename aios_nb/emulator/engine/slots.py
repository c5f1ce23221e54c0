"""The place in a document that a dotted update path names, created on demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .bson import MISSING, MongoError, shown

JSON = dict[str, Any]
FARTHEST = 1_500_000  # MongoDB's own bound on padding an array with nulls
BACKFILL = "can't backfill array to larger than 1500000 elements"


@dataclass
class Slot:
    """A path in ``root``; reading does not create anything, writing creates what lacks."""

    root: JSON
    path: str

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    def owner(self) -> str:
        """Name the document as MongoDB's messages do."""
        return f"{{_id: ObjectId('{self.root.get('_id', '')}')}}"

    def exists(self) -> bool:
        return self._value() is not MISSING

    def get(self, missing: Any) -> Any:
        value = self._value()
        return missing if value is MISSING else value

    def put(self, value: Any) -> None:
        """Write the value.

        Raises
        ------
        MongoError
            The path leads through a scalar.
        """
        holder: Any = self.root
        *way, last = self.path.split(".")
        for part in way:
            below = _child(holder, part)
            if below is MISSING:
                below = {}
                _write(holder, part, below)
            elif not isinstance(below, dict | list):
                raise _no_room(last, part, below)
            holder = below
        _write(holder, last, value)

    def drop(self) -> None:
        """Take the value away; an array's element becomes null, as ``$unset`` does."""
        if not self.exists():
            return
        way, _, last = self.path.rpartition(".")
        holder = Slot(self.root, way)._value() if way else self.root
        if isinstance(holder, dict):
            del holder[last]
        else:
            holder[int(last)] = None

    def _value(self) -> Any:
        value: Any = self.root
        for part in self.path.split("."):
            value = _child(value, part)
        return value


def slot_at(root: JSON, path: str) -> Slot:
    return Slot(root, path)


def _child(holder: Any, part: str) -> Any:
    if isinstance(holder, dict):
        return holder.get(part, MISSING)
    if isinstance(holder, list) and _is_index(part) and int(part) < len(holder):
        return holder[int(part)]
    return MISSING


def _write(holder: Any, part: str, value: Any) -> None:
    if isinstance(holder, dict):
        holder[part] = value
        return
    if not _is_index(part):
        raise _no_room(part, "", holder)
    if int(part) - len(holder) > FARTHEST:
        raise MongoError(BACKFILL, 2)
    holder.extend([None] * (int(part) + 1 - len(holder)))
    holder[int(part)] = value


def _is_index(part: str) -> bool:
    return part.isascii() and part.isdigit()


def _no_room(name: str, holder_name: str, holder: Any) -> MongoError:
    place = f"{{{holder_name}: {shown(holder)}}}"
    return MongoError(f"Cannot create field '{name}' in element {place}", 28)
