"""MongoDB's update operators on arrays (contract §5.6: $push …)."""

from __future__ import annotations

from typing import Any

from .bson import MongoError, equal, type_name
from .find import compile_find
from .slots import Slot

JSON = dict[str, Any]
PUSH_CLAUSES = ("$each", "$position", "$slice")


def push(slot: Slot, operand: Any) -> None:
    array = _array(slot)
    if not (isinstance(operand, dict) and "$each" in operand):
        slot.put([*array, operand])
        return
    unknown = next((name for name in operand if name not in PUSH_CLAUSES), None)
    if unknown is not None:
        raise MongoError(f"Unrecognized clause in $push: {unknown}", 2)
    each, place = _each(operand, "$push"), _whole(operand, "$position", len(array))
    merged = [*array[:place], *each, *array[place:]]
    if "$slice" in operand:
        keep = _whole(operand, "$slice", 0)
        merged = merged[:keep] if keep >= 0 else merged[keep:]
    slot.put(merged)


def _whole(operand: JSON, name: str, missing: int) -> int:
    number = operand.get(name, missing)
    if type(number) is not int:
        words = f"The value for {name} must be an integer value but was given type"
        raise MongoError(f"{words}: {type_name(number)}", 2)
    return number


def add_to_set(slot: Slot, operand: Any) -> None:
    array = list(_array(slot))
    each = isinstance(operand, dict) and "$each" in operand
    for value in _each(operand, "$addToSet") if each else [operand]:
        if not any(equal(value, old) for old in array):
            array.append(value)
    slot.put(array)


def _each(operand: JSON, operator: str) -> list[Any]:
    each = operand["$each"]
    if not isinstance(each, list):
        words = f"The argument to $each in {operator} must be an array but it was of type"
        if operator == "$push":
            raise MongoError(f"{words}: {type_name(each)}", 2)
        raise MongoError(f"{words} {type_name(each)}", 14)
    return each


def pull(slot: Slot, operand: Any) -> None:
    if slot.exists():
        array = _array(slot)
        slot.put([value for value in array if not _pulled(value, operand)])


def _pulled(value: Any, operand: Any) -> bool:
    if not isinstance(operand, dict):
        return equal(value, operand)
    if any(name.startswith("$") for name in operand):
        return compile_find({"element": operand})({"element": value})
    return isinstance(value, dict) and compile_find(operand)(value)


def pull_all(slot: Slot, operand: Any) -> None:
    if not isinstance(operand, list):
        words = "$pullAll requires an array argument but was given a"
        raise MongoError(f"{words} {type_name(operand)}", 2)
    if slot.exists():
        array = _array(slot)
        slot.put([value for value in array if not any(equal(value, one) for one in operand)])


def pop(slot: Slot, operand: Any) -> None:
    if operand not in (1, -1):
        raise MongoError(f"$pop expects 1 or -1, found: {operand}", 9)
    if slot.exists():
        array = _array(slot)
        slot.put(array[:-1] if operand == 1 else array[1:])


def _array(slot: Slot) -> list[Any]:
    value = slot.get([])
    if not isinstance(value, list):
        kind = type_name(value)
        words = f"The field '{slot.path}' must be an array but is of type {kind} in document"
        raise MongoError(f"{words} {slot.owner()}", 2)
    return value
