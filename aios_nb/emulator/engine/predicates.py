"""One test per ``find`` operator: does one value satisfy the operand?"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from .bson import MISSING, NUMERIC, MongoError, compare, equal, key, type_name
from .paths import Test

Order = Callable[[Any, Any], bool]

ORDERS: dict[str, Order] = {
    "$lt": operator.lt,
    "$lte": operator.le,
    "$gt": operator.gt,
    "$gte": operator.ge,
}
TYPE_CODES = {1: "double", 2: "string", 3: "object", 4: "array", 8: "bool", 10: "null"}
TYPE_CODES |= {16: "int", 18: "long"}
# Types of BSON that JSON cannot hold: known names that match nothing here.
OTHER_TYPES = ["binData", "undefined", "objectId", "date", "regex", "dbPointer", "javascript"]
OTHER_TYPES += ["symbol", "timestamp", "decimal", "minKey", "maxKey"]
OTHER_CODES = (5, 6, 7, 9, 11, 12, 13, 14, 15, 17, 19, -1, 127)


def equality(operand: Any) -> Test:
    """Equal, and of the same type; null also equals a missing field."""
    kind = type(operand)
    if operand is None:
        return lambda value: value is None or value is MISSING
    if kind is str or kind is bool:
        return lambda value: type(value) is kind and value == operand
    if kind in NUMERIC and operand == operand:
        return lambda value: type(value) in NUMERIC and value == operand
    return lambda value: equal(value, operand)


def ordering(name: str, operand: Any) -> Test:
    """Less or greater within one type ("type bracketing"): 80 never compares with "80"."""
    order, kind = ORDERS[name], type(operand)
    or_equal = name in ("$lte", "$gte")
    if operand is None:
        return (lambda value: value is None or value is MISSING) if or_equal else _never
    if kind in NUMERIC:
        return _number_ordering(order, operand, or_equal=or_equal)
    if kind is str or kind is bool:
        return lambda value: type(value) is kind and order(value, operand)
    return lambda value: type(value) is kind and order(compare(value, operand), 0)


def _number_ordering(order: Order, operand: float, *, or_equal: bool) -> Test:
    if operand != operand:  # NaN compares with itself only
        return lambda value: or_equal and type(value) is float and value != value

    def test(value: Any) -> bool:
        if type(value) is float or type(value) is int:
            return order(value, operand) if value == value else order(-1, 0)  # NaN is the smallest
        return False

    return test


def _never(_: Any) -> bool:
    return False


def membership(name: str, operand: Any) -> Test:
    """Equal to one of a list; a set lookup, since candidate lists come as `id IN [...]`."""
    if not isinstance(operand, list):
        raise MongoError(f"{name} needs an array")
    if set(map(type, operand)) == {str}:
        texts = frozenset(operand)
        return lambda value: type(value) is str and value in texts
    if any(is_operators(item) for item in operand):
        raise MongoError(f"cannot nest $ under {name}")
    keys = {key(item) for item in operand}
    if None in operand:
        keys.add(key(MISSING))
    return lambda value: key(value) in keys


def is_operators(value: Any) -> bool:
    """Tell whether MongoDB reads an object as operators and not as a value to compare with."""
    return isinstance(value, dict) and bool(value) and next(iter(value)).startswith("$")


def having_type(operand: Any) -> Test:
    kinds = {_type_alias(item) for item in (operand if isinstance(operand, list) else [operand])}
    if not kinds:
        raise MongoError("$type must match at least one type", 9)
    if "number" in kinds:
        kinds |= {"int", "long", "double"}
    return lambda value: value is not MISSING and type_name(value) in kinds


def _type_alias(operand: Any) -> str:
    if type(operand) is str:
        if operand not in (*TYPE_CODES.values(), *OTHER_TYPES, "number"):
            raise MongoError(f"Unknown type name alias: {operand}")
        return operand
    if type(operand) not in NUMERIC:
        raise MongoError("type must be represented as a number or a string", 14)
    if operand not in TYPE_CODES and operand not in OTHER_CODES:
        raise MongoError(f"Invalid numerical type code: {operand}")
    return TYPE_CODES.get(int(operand), "none of JSON's")


def having_size(operand: Any) -> Test:
    shown = f'$size: "{operand}"' if type(operand) is str else f"$size: {operand}"
    if type(operand) not in NUMERIC:
        raise MongoError(f"Failed to parse $size. Expected a number in: {shown}", 9)
    if operand != int(operand):
        raise MongoError(f"Failed to parse $size. Expected an integer: {shown}", 9)
    if operand < 0:
        raise MongoError(f"Failed to parse $size. Expected a non-negative number in: {shown}", 9)
    return lambda value: type(value) is list and len(value) == operand


def modulo(operand: Any) -> Test:
    if not isinstance(operand, list):
        raise MongoError("malformed mod, needs to be an array")
    if len(operand) != 2:
        few = "not enough" if len(operand) < 2 else "too many"
        raise MongoError(f"malformed mod, {few} elements")
    if type(operand[0]) not in NUMERIC or type(operand[1]) not in NUMERIC:
        raise MongoError("malformed mod, divisor not a number")
    divisor, rest = int(operand[0]), int(operand[1])
    if divisor == 0:
        raise MongoError("divisor cannot be 0")

    def test(value: Any) -> bool:
        if type(value) not in NUMERIC or value != value or abs(value) == float("inf"):
            return False
        whole = int(value)
        return whole - divisor * int(whole / divisor) == rest  # the sign follows the value

    return test
