"""AIOS's filter language turned into MongoDB's, with the defects that AIOS has (contract §7).

Mirrors what SS/core/similarity_search.py does: ``query_translator_old`` is :func:`to_find`,
``query_translator`` is :func:`to_pipeline`. Python's own words for a wrongly shaped condition are
AIOS's error texts, so conditions are indexed here as they are there, unchecked.
"""

from __future__ import annotations

import json
from typing import Any

from ..refusal import Refusal
from .python_words import in_pythons_words

JSON = dict[str, Any]

TOO_DEEP = "maximum recursion depth exceeded"
FIND_OPERATORS = {
    "!=": "$ne",
    "IN": "$in",
    "<": "$lt",
    "<=": "$lte",
    ">": "$gt",
    ">=": "$gte",
}
EXPRESSION_OPERATORS = {
    "==": "$eq",
    "!=": "$ne",
    ">": "$gt",
    ">=": "$gte",
    "<": "$lt",
    "<=": "$lte",
}


def to_find(node: Any) -> JSON:
    """Return the ``find`` filter for a block, cluster, component or policy query.

    Raises
    ------
    Refusal
        Unsupported operator, or a condition without ``variable``, ``operator`` or ``value``.
    """
    with in_pythons_words():
        try:
            return _find_node(node)
        except RecursionError as error:
            raise Refusal(TOO_DEEP) from error


def to_pipeline(node: Any) -> list[JSON]:
    """Return the aggregation pipeline for a metrics query.

    Raises
    ------
    Refusal
        As :func:`to_find`; unsupported comparisons of aggregates are let through (§7.2).
    """
    with in_pythons_words():
        try:
            return _pipeline_node(node)
        except RecursionError as error:
            raise Refusal(TOO_DEEP) from error


def _find_node(node: Any) -> JSON:
    if "logicalOperator" not in node:
        return _simple_condition(node)
    operator, conditions = node["logicalOperator"], node["conditions"]
    translated: list[Any] = []
    for condition in conditions:
        found = _find_node(condition)
        # Meant to flatten nested groups, but they are named "$and" by now; only a variable of the
        # operator's name is found (similarity_search.py:54).
        if operator in found:
            translated.extend(found[operator])
        else:
            translated.append(found)
    if operator == "AND":
        return {"$and": translated}
    if operator == "OR":
        return {"$or": translated}
    raise Refusal(f"Unsupported logical operator: {operator}")


def _simple_condition(node: Any) -> JSON:
    variable, operator, value = _json_key(node["variable"]), node["operator"], node["value"]
    if operator == "==":
        # An object with operators stays one: {"$gt": 5} runs as MongoDB's own.
        return {variable: value}
    if operator == "LIKE":
        # Unanchored, case-sensitive, and only the dot is escaped.
        return {variable: {"$regex": value.replace(".", r"\.").replace("*", ".*")}}
    if isinstance(operator, str) and operator in FIND_OPERATORS:
        return {variable: {FIND_OPERATORS[operator]: value}}
    raise Refusal(f"Unsupported operator: {operator}")


def _json_key(variable: Any) -> str:
    hash(variable)  # a list or an object cannot be a dict's key: Python's TypeError
    return variable if isinstance(variable, str) else json.dumps(variable)


def _pipeline_node(node: Any) -> list[JSON]:
    if "logicalOperator" in node:
        return _logical_pipeline(node)
    if "aggOperator" in node:
        return _aggregate_condition(node)
    return [{"$match": _simple_condition(node)}]


def _logical_pipeline(node: Any) -> list[JSON]:
    operator, conditions = node["logicalOperator"], node["conditions"]
    if operator == "AND":
        return [stage for condition in conditions for stage in _pipeline_node(condition)]
    if operator == "OR":
        return _either([_pipeline_node(condition) for condition in conditions])
    raise Refusal(f"Unsupported logical operator: {operator}")


def _either(pipelines: list[list[JSON]]) -> list[JSON]:
    """Merge the branches of an OR: all ``$set`` stages, then one ``$match``.

    Only the last ``$match`` of a branch counts, so an AND inside an OR keeps its last condition
    (contract §7.2, similarity_search.py:124-137).
    """
    stages = [stage for pipeline in pipelines for stage in pipeline]
    matches = [[s["$match"] for s in pipeline if "$match" in s] for pipeline in pipelines]
    branches = [_as_expression(found[-1]) for found in matches if found]
    return [
        *(stage for stage in stages if "$set" in stage),
        {"$match": {"$expr": {"$or": branches}}},
    ]


def _as_expression(match: JSON) -> JSON:
    if "$expr" in match:
        expression: JSON = match["$expr"]
        return expression
    # A find condition becomes an equality, whatever its operator was: > ends as a MongoDB error.
    return {"$and": [{"$eq": [f"${name}", value]} for name, value in match.items()]}


def _aggregate_condition(node: Any) -> list[JSON]:
    aggregate, target = node["aggOperator"], node["target"]
    operator, value = node["operator"], node["value"]
    computed = f"_computed_{aggregate}_{target.replace('.', '_')}"
    number = _counted(target) if aggregate == "count" else {f"${aggregate}": _collected(target)}
    # Any other operator becomes Python's None, in JSON the key "null": an object, which is true.
    comparison: Any = EXPRESSION_OPERATORS.get(operator)
    return [
        {"$set": {computed: number}},
        {"$match": {"$expr": {comparison: [f"${computed}", value]}}},
    ]


def _counted(target: str) -> JSON:
    return {"$size": {"$ifNull": [f"${target}", []]}}


def _collected(target: str) -> JSON:
    """Return the ``$map`` over the array that all but the last part of a target names."""
    parts = target.split(".")
    if len(parts) < 2:
        raise Refusal("Aggregate target must have at least two levels")
    items: Any = f"${parts[0]}" if len(parts) == 2 else _joined(parts)
    return {"$map": {"input": items, "as": "item", "in": f"$$item.{parts[-1]}"}}


def _joined(parts: list[str]) -> JSON:
    # Takes the last part but one for an array, which `queue_length` is not (contract §7.2).
    return {
        "$reduce": {
            "input": "$" + ".".join(parts[:-2]),
            "initialValue": [],
            "in": {"$concatArrays": ["$$value", f"$$this.{parts[-2]}"]},
        }
    }
