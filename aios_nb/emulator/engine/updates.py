"""MongoDB's update operators on one document (contract §5.5, §5.6, §5.15)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from .array_updates import add_to_set, pop, pull, pull_all, push
from .bson import MongoError, compare, equal, shown, type_name
from .slots import Slot, slot_at

JSON = dict[str, Any]
Apply = Callable[[Slot, Any], None]
DOLLAR = (
    "is not allowed in the context of an update's replacement document. Consider using an "
    "aggregation pipeline with $replaceWith."
)
IMMUTABLE = "Performing an update on the path '_id' would modify the immutable field '_id'"


def apply_update(document: JSON, update: JSON, *, inserting: bool = False) -> JSON:
    """Return a changed copy of ``document``; the original stays as it is.

    Parameters
    ----------
    update
        Operators only: ``{"$set": {…}, "$inc": {…}}``.
    inserting
        The document is born of an upsert: ``$setOnInsert`` counts.

    Raises
    ------
    MongoError
        Unknown operator, conflicting paths, a value of the wrong type; nothing is changed.
    """
    changed = copy.deepcopy(document)
    _refuse_conflicts(update)
    for operator, changes in update.items():
        if operator == "$setOnInsert" and not inserting:
            continue
        for path, operand in changes.items():
            OPERATORS[operator](slot_at(changed, path), copy.deepcopy(operand))
    if "_id" in document and not equal(document["_id"], changed.get("_id")):
        raise MongoError(IMMUTABLE, 66)
    return changed


def _refuse_conflicts(update: JSON) -> None:
    seen: list[str] = []
    for operator, changes in update.items():
        if operator not in OPERATORS:
            raise MongoError(
                f"Unknown modifier: {operator}. Expected a valid update modifier or "
                "pipeline-style update specified as an array",
                9,
            )
        if not isinstance(changes, dict):
            raise MongoError(
                f"Modifiers operate on fields but we found type {type_name(changes)} instead. "
                f"For example: {{$mod: {{<field>: ...}}}} not {{{operator}: {shown(changes)}}}",
                9,
            )
        for path in changes:
            _refuse_conflict(path, seen)
            seen.append(path)


def _refuse_conflict(path: str, seen: list[str]) -> None:
    if not path:
        raise MongoError("An empty update path is not valid.", 56)
    if not all(path.split(".")):
        words = "contains an empty field name, which is not allowed."
        raise MongoError(f"The update path '{path}' {words}", 56)
    if path.startswith("$"):
        raise MongoError(f"The dollar ($) prefixed field '{path}' in '{path}' {DOLLAR}", 52)
    for other in seen:
        if f"{path}.".startswith(f"{other}.") or f"{other}.".startswith(f"{path}."):
            raise MongoError(f"Updating the path '{path}' would create a conflict at '{other}'", 40)


def _set(slot: Slot, operand: Any) -> None:
    slot.put(operand)


def _unset(slot: Slot, _operand: Any) -> None:
    slot.drop()


def _inc(slot: Slot, operand: Any) -> None:
    slot.put(_number("$inc", slot, 0) + _amount("increment", operand, slot))


def _mul(slot: Slot, operand: Any) -> None:
    slot.put(_number("$mul", slot, 0) * _amount("multiply", operand, slot))


def _number(operator: str, slot: Slot, missing: int) -> Any:
    value = slot.get(missing)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MongoError(
            f"Cannot apply {operator} to a value of non-numeric type. {slot.owner()} has the field "
            f"'{slot.name}' of non-numeric type {type_name(value)}",
            14,
        )
    return value


def _amount(verb: str, operand: Any, slot: Slot) -> Any:
    if isinstance(operand, bool) or not isinstance(operand, int | float):
        words = f"Cannot {verb} with non-numeric argument"
        raise MongoError(f"{words}: {{{slot.path}: {shown(operand)}}}", 14)
    return operand


def _min(slot: Slot, operand: Any) -> None:
    if not slot.exists() or compare(operand, slot.get(None)) < 0:
        slot.put(operand)


def _max(slot: Slot, operand: Any) -> None:
    if not slot.exists() or compare(operand, slot.get(None)) > 0:
        slot.put(operand)


def _rename(slot: Slot, target: Any) -> None:
    if not isinstance(target, str):
        words = "The 'to' field for $rename must be a string"
        raise MongoError(f"{words}: {slot.path}: {shown(target)}", 2)
    if slot.exists():
        value = slot.get(None)
        slot.drop()
        slot_at(slot.root, target).put(value)


OPERATORS: dict[str, Apply] = {
    "$set": _set,
    "$setOnInsert": _set,
    "$unset": _unset,
    "$inc": _inc,
    "$mul": _mul,
    "$min": _min,
    "$max": _max,
    "$rename": _rename,
    "$push": push,
    "$addToSet": add_to_set,
    "$pull": pull,
    "$pullAll": pull_all,
    "$pop": pop,
}
