"""The plain operators of aggregation expressions: values in, value out (contract §7.2)."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .bson import MISSING, NUMERIC, MongoError, compare, equal, nullish, truthy, type_name


@dataclass(frozen=True)
class Operator:
    """A function of values and how many it takes (``most`` None: any number)."""

    function: Callable[..., Any]
    least: int
    most: int | None

    def check(self, name: str, count: int) -> None:
        if self.least == self.most != count:
            takes = f"takes exactly {self.least} arguments. {count} were passed in."
            raise MongoError(f"Expression {name} {takes}", 16020)
        if count < self.least or (self.most is not None and count > self.most):
            takes = f"takes at least {self.least} arguments, and at most {self.most}"
            raise MongoError(f"Expression {name} {takes}, but {count} were passed in.", 28667)


def _comparison(test: Callable[[int, int], bool]) -> Operator:
    """Return a comparison by BSON's total order: null < numbers < strings < … < bool."""

    def compared(left: Any, right: Any) -> bool:
        return test(compare(left, right), 0)

    return Operator(compared, 2, 2)


def _size(value: Any) -> int:
    if type(value) is not list:
        kind = type_name(value)
        raise MongoError(f"The argument to $size must be an array, but was of type: {kind}", 17124)
    return len(value)


def _concat_arrays(*values: Any) -> list[Any] | None:
    # In order: a null before a wrong type gives null, silently; after it, the error.
    joined: list[Any] = []
    for value in values:
        if nullish(value):
            return None
        if type(value) is not list:
            kind = type_name(value)
            raise MongoError(f"$concatArrays only supports arrays, not {kind}", 28664)
        joined += value
    return joined


def _in(value: Any, array: Any) -> bool:
    if type(array) is not list:
        kind = type_name(array)
        raise MongoError(f"$in requires an array as a second argument, found: {kind}", 40081)
    return any(equal(value, item) for item in array)


def _element_at(array: Any, index: Any) -> Any:
    if nullish(array) or nullish(index):
        return None
    if type(array) is not list:
        kind = type_name(array)
        raise MongoError(f"$arrayElemAt's first argument must be an array, but is {kind}", 28689)
    if type(index) not in NUMERIC:
        kind = type_name(index)
        words = f"$arrayElemAt's second argument must be a numeric value, but is {kind}"
        raise MongoError(words, 28690)
    if index != index or index in (math.inf, -math.inf) or index != int(index):
        words = "$arrayElemAt's second argument must be representable as a 32-bit integer"
        raise MongoError(f"{words}: {index}", 28691)
    return array[int(index)] if -len(array) <= index < len(array) else MISSING


def _end(name: str, index: int) -> Operator:
    def end(array: Any) -> Any:
        if nullish(array):
            return None
        if type(array) is not list:
            kind = type_name(array)
            raise MongoError(f"{name}'s argument must be an array, but is {kind}", 28689)
        return array[index] if array else MISSING

    return Operator(end, 1, 1)


def _folding(name: str, function: Callable[[Any, Any], Any], start: int, kinds: str) -> Operator:
    def folded(*values: Any) -> Any:
        result: Any = start
        for value in values:
            if nullish(value):
                return None
            if type(value) not in NUMERIC:
                words = f"{name} only supports {kinds} types, not {type_name(value)}"
                raise MongoError(words, 14)
            result = function(result, value)
        return result

    return Operator(folded, 0, None)


def _subtract(left: Any, right: Any) -> Any:
    if nullish(left) or nullish(right):
        return None
    if type(left) not in NUMERIC or type(right) not in NUMERIC:
        raise MongoError(f"can't $subtract {type_name(right)} from {type_name(left)}", 14)
    return left - right


def _divide(left: Any, right: Any) -> float | None:
    if nullish(left) or nullish(right):
        return None
    if type(left) not in NUMERIC or type(right) not in NUMERIC:
        kinds = f"{type_name(left)} and {type_name(right)}"
        raise MongoError(f"$divide only supports numeric types, not {kinds}", 14)
    if right == 0:
        raise MongoError("can't $divide by zero", 2)
    return float(left / right)


OPERATORS: dict[str, Operator] = {
    "$cmp": Operator(compare, 2, 2),
    "$eq": _comparison(operator.eq),
    "$ne": _comparison(operator.ne),
    "$gt": _comparison(operator.gt),
    "$gte": _comparison(operator.ge),
    "$lt": _comparison(operator.lt),
    "$lte": _comparison(operator.le),
    "$not": Operator(lambda value: not truthy(value), 1, 1),
    "$in": Operator(_in, 2, 2),
    "$size": Operator(_size, 1, 1),
    "$isArray": Operator(lambda value: type(value) is list, 1, 1),
    "$type": Operator(type_name, 1, 1),
    "$concatArrays": Operator(_concat_arrays, 0, None),
    "$arrayElemAt": Operator(_element_at, 2, 2),
    "$first": _end("$first", 0),
    "$last": _end("$last", -1),
    "$add": _folding("$add", operator.add, 0, "numeric or date"),
    "$multiply": _folding("$multiply", operator.mul, 1, "numeric"),
    "$subtract": Operator(_subtract, 2, 2),
    "$divide": Operator(_divide, 2, 2),
}
