"""Operators of expressions that run over an array with variables of their own (contract §7.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .bson import MISSING, MongoError, nullish, truthy, type_name
from .field_paths import Expression, FieldOfEach, Frame
from .scope import Parse, Scope, check_parameters


def _map(operand: Any, scope: Scope, parse: Parse) -> Expression:
    _check_object("$map", operand, 16878)
    codes = {"input": 16880, "in": 16882}
    check_parameters("$map", operand, codes, unknown=16879, optional=("as",))
    items = parse(operand["input"], scope)
    variable, path = operand.get("as", "this"), operand["in"]
    inner, slot = scope.with_variable(variable)
    body = parse(path, inner)
    if type(path) is str and path.startswith(f"$${variable}."):
        return FieldOfEach(items, path.removeprefix(f"$${variable}."))
    results = _for_each(slot, body)

    def mapped(frame: Frame) -> list[Any] | None:
        values = items(frame)
        if nullish(values):
            return None
        _check_array("input to $map must be an array not", values, 16883)
        return results(frame, values)

    return mapped


def _for_each(slot: int, body: Expression) -> Callable[[Frame, list[Any]], list[Any]]:
    def evaluate(frame: Frame, items: list[Any]) -> list[Any]:
        results = []
        for item in items:
            frame[slot] = item
            value = body(frame)
            results.append(None if value is MISSING else value)
        return results

    return evaluate


def _filter(operand: Any, scope: Scope, parse: Parse) -> Expression:
    _check_object("$filter", operand, 28646)
    codes = {"input": 28648, "cond": 28650}
    check_parameters("$filter", operand, codes, unknown=28647, optional=("as",))
    items = parse(operand["input"], scope)
    inner, slot = scope.with_variable(operand.get("as", "this"))
    verdicts = _for_each(slot, parse(operand["cond"], inner))

    def filtered(frame: Frame) -> list[Any] | None:
        values = items(frame)
        if nullish(values):
            return None
        _check_array("input to $filter must be an array not", values, 28651)
        pairs = zip(values, verdicts(frame, values), strict=True)
        return [value for value, verdict in pairs if truthy(verdict)]

    return filtered


def _reduce(operand: Any, scope: Scope, parse: Parse) -> Expression:
    _check_object("$reduce", operand, 40075)
    codes = {"input": 40077, "initialValue": 40078, "in": 40079}
    for parameter in operand:
        if parameter not in codes:
            raise MongoError(f"$reduce found an unknown argument: {parameter}", 40076)
    for parameter, code in codes.items():
        if parameter not in operand:
            raise MongoError(f"$reduce requires '{parameter}' to be specified", code)
    items, start = parse(operand["input"], scope), parse(operand["initialValue"], scope)
    inner, this = scope.with_variable("this")
    inner, value = inner.with_variable("value")
    step = parse(operand["in"], inner)

    def reduced(frame: Frame) -> Any:
        values = items(frame)
        if nullish(values):
            return None
        _check_array("$reduce requires that 'input' be an array, found:", values, 40080)
        result = start(frame)
        for item in values:
            frame[this], frame[value] = item, result
            result = step(frame)
        return result

    return reduced


def _check_object(name: str, operand: Any, code: int) -> None:
    if type(operand) is not dict:
        if name == "$reduce":
            words = f"$reduce requires an object as an argument, found: {type_name(operand)}"
            raise MongoError(words, code)
        raise MongoError(f"{name} only supports an object as its argument", code)


def _check_array(words: str, value: Any, code: int) -> None:
    if type(value) is not list:
        raise MongoError(f"{words} {type_name(value)}", code)


ARRAY_FORMS: dict[str, Callable[[Any, Scope, Parse], Expression]] = {
    "$map": _map,
    "$filter": _filter,
    "$reduce": _reduce,
}
