"""``$group``: one document per distinct ``_id``, with accumulated fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .accumulating import ACCUMULATORS
from .bson import MISSING, MongoError, key
from .expressions import compile_expression

JSON = dict[str, Any]
Reduce = Callable[[list[Any]], Any]
Accumulated = tuple[str, Reduce, Callable[[JSON], Any]]


def compile_group(spec: JSON) -> Callable[[list[JSON]], list[JSON]]:
    """Return the stage; groups come in the order in which their first document came.

    Raises
    ------
    MongoError
        No ``_id``, or a field that is not exactly one accumulator.
    """
    if "_id" not in spec:
        raise MongoError("a group specification must include an _id", 15955)
    identify = compile_expression(spec["_id"])
    fields = [_accumulator(name, field) for name, field in spec.items() if name != "_id"]

    def grouped(documents: list[JSON]) -> list[JSON]:
        groups: dict[Any, tuple[Any, list[JSON]]] = {}
        for document in documents:
            identity = _null_if_missing(identify(document))
            groups.setdefault(key(identity), (identity, []))[1].append(document)
        return [_result(identity, members, fields) for identity, members in groups.values()]

    return grouped


def _result(identity: Any, members: list[JSON], fields: list[Accumulated]) -> JSON:
    result = {"_id": identity}
    for name, reduce, evaluate in fields:
        result[name] = reduce([evaluate(document) for document in members])
    return result


def _accumulator(name: str, field: Any) -> Accumulated:
    if "." in name:
        raise MongoError(f"The field name '{name}' cannot contain '.'", 40235)
    if not isinstance(field, dict):
        raise MongoError(f"The field '{name}' must be an accumulator object", 40234)
    if len(field) != 1:
        raise MongoError(f"The field '{name}' must specify one accumulator", 40238)
    operator, operand = next(iter(field.items()))
    if operator not in GROUP_ACCUMULATORS:
        raise MongoError(f"unknown group operator '{operator}'", 15952)
    if operator == "$count":
        if operand != {}:
            raise MongoError("$count takes no arguments, i.e. $count:{}", 1403800)
        operand = {"$literal": 1}
    return name, GROUP_ACCUMULATORS[operator], compile_expression(operand)


def _null_if_missing(value: Any) -> Any:
    return None if value is MISSING else value


def _distinct(values: list[Any]) -> list[Any]:
    return list({key(value): value for value in values if value is not MISSING}.values())


GROUP_ACCUMULATORS: dict[str, Reduce] = {
    **ACCUMULATORS,
    "$count": len,
    "$first": lambda values: _null_if_missing(values[0]),
    "$last": lambda values: _null_if_missing(values[-1]),
    "$push": lambda values: [value for value in values if value is not MISSING],
    "$addToSet": _distinct,
}
