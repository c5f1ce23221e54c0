"""The filter language of contract §7, read off its tables: slow, and for tests only.

It evaluates conditions as the client wrote them, document by document, and never translates them
into MongoDB's language, so that it can share no mistake with the engine.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

JSON = dict[str, Any]
SCHEMA = ("id", "component", "tags")  # paths of a block that Mongoose knows
MISSING = object()


class Broken(Exception):  # noqa: N818 - what AIOS is then, not an error of the reference
    """The query fails: somewhere MongoDB or AIOS raises an error."""


def passes(block: JSON, node: JSON) -> bool:
    """§7.1: does a block pass a blockQuery?"""
    if "logicalOperator" in node:
        results = [passes(block, part) for part in node["conditions"] if not vanishes(part)]
        if not results:
            return True
        return all(results) if node["logicalOperator"] == "AND" else any(results)
    path, operator, wanted = node["variable"], node["operator"], node["value"]
    if operator == "==" and isinstance(wanted, list) and path.split(".")[0] in SCHEMA:
        operator = "IN"  # so does Mongoose with a list on a path of the schema
    values = list(values_at(block, path.split(".")))
    if operator == "!=":
        return not any(same(value, wanted) for value in values)
    return any(holds(value, operator, wanted) for value in values)


def vanishes(node: JSON) -> bool:
    """Mongoose deletes an empty $and or $or, and then what held nothing else."""
    return "logicalOperator" in node and all(map(vanishes, node["conditions"]))


def values_at(value: Any, parts: list[str]) -> Iterator[Any]:
    """Yield all that a condition sees at a path: elements of arrays, then the array itself."""
    if not parts:
        yield from value if isinstance(value, list) else []
        yield value
    elif isinstance(value, list):
        for element in value:
            if isinstance(element, dict):
                yield from values_at(element, parts)
        yield from _values_at_index(value, parts[0], parts[1:])
    elif isinstance(value, dict) and parts[0] in value:
        yield from values_at(value[parts[0]], parts[1:])
    else:
        yield MISSING


def _values_at_index(array: list[Any], part: str, rest: list[str]) -> Iterator[Any]:
    if part in map(str, range(len(array))):
        element = array[int(part)]
        if not rest:
            yield element
        elif isinstance(element, dict | list):
            yield from values_at(element, rest)


def holds(value: Any, operator: str, wanted: Any) -> bool:
    """Hold one value against a condition of §7.1."""
    if operator == "==":
        return same(value, wanted)
    if operator == "IN":
        return any(same(value, item) for item in wanted)
    if operator == "LIKE":
        pattern = wanted.replace(".", "\\.").replace("*", ".*")
        return isinstance(value, str) and re.search(pattern, value) is not None
    if wanted is None:
        return "=" in operator and (value is None or value is MISSING)
    return rank(value) == rank(wanted) and COMPARE[operator](order(value), order(wanted))


def same(value: Any, wanted: Any) -> bool:
    return order(value) == order(wanted) or (wanted is None and value is MISSING)


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}


def rank(value: Any) -> int:
    """Null < numbers < strings < objects < arrays < bool, with missing before them all."""
    if value is MISSING:
        return 0
    kinds = [type(None), (int, float), str, dict, list]
    return (
        6
        if value is True or value is False
        else 1 + next(number for number, kind in enumerate(kinds) if isinstance(value, kind))
    )


def order(value: Any) -> Any:
    """Return what sorts as BSON does."""
    if isinstance(value, list):
        return rank(value), tuple(order(item) for item in value)
    if isinstance(value, dict):
        return rank(value), tuple((rank(v), name, order(v)) for name, v in value.items())
    return (rank(value),) if value is None or value is MISSING else (rank(value), value)


def metrics_pass(document: JSON, node: JSON) -> bool:
    """§7.2: does a metrics document pass a blockMetricsQuery?

    Raises
    ------
    Broken
        MongoDB rejects what AIOS makes of the query.
    """
    check(node)
    return _stage(document, node)


def check(node: JSON, *, in_or: bool = False) -> None:
    """Refuse what MongoDB refuses before it sees a document."""
    if "logicalOperator" in node:
        is_or = node["logicalOperator"] == "OR"
        for condition in node["conditions"]:
            check(condition, in_or=False)
            if is_or and (last := _last(condition)) is not None:
                check(last, in_or=True)
    elif "aggOperator" in node:
        if node["aggOperator"] not in AGGREGATES:
            raise Broken("unknown aggregate")
    elif in_or:
        _operand(node)


def _operand(leaf: JSON) -> Any:
    """Return what a simple condition inside an OR is compared with: its operator is lost.

    All but ``==`` become an expression of their own, which takes two arguments, or none is made.
    """
    operator, value = leaf["operator"], leaf["value"]
    if operator == "==":
        return value
    if operator == "LIKE" or not isinstance(value, list) or len(value) != 2:
        raise Broken("an operator where an operand should be")
    if operator != "IN":
        return COMPARE[operator](order(value[0]), order(value[1]))
    if not isinstance(value[1], list):
        raise Broken("$in without an array")
    return order(value[0]) in map(order, value[1])


def _last(node: JSON) -> JSON | None:
    """Return the only condition of a branch of an OR that counts."""
    if node.get("logicalOperator") != "AND":
        return node
    found = [last for condition in node["conditions"] if (last := _last(condition)) is not None]
    return found[-1] if found else None


def _stage(document: JSON, node: JSON) -> bool:
    if node.get("logicalOperator") == "AND":
        return all(_stage(document, condition) for condition in node["conditions"])
    if node.get("logicalOperator") == "OR":
        for leaf in _leaves(node):
            computed(document, leaf)  # all numbers are made first, needed or not
        branches = [_last(condition) for condition in node["conditions"]]
        return any(_branch(document, branch) for branch in branches if branch is not None)
    return _aggregate(document, node) if "aggOperator" in node else passes_plainly(document, node)


def _branch(document: JSON, node: JSON) -> bool:
    if "logicalOperator" in node or "aggOperator" in node:
        return _stage(document, node)
    value = read(document, node["variable"].split("."))
    return bool(order(value) == order(_operand(node)))  # no look into arrays


def _leaves(node: JSON) -> Iterator[JSON]:
    if "logicalOperator" in node:
        for condition in node["conditions"]:
            yield from _leaves(condition)
    elif "aggOperator" in node:
        yield node


def passes_plainly(document: JSON, node: JSON) -> bool:
    """Hold a simple condition as ``find`` does, without Mongoose in between."""
    values = list(values_at(document, node["variable"].split(".")))
    if node["operator"] == "!=":
        return not any(same(value, node["value"]) for value in values)
    return any(holds(value, node["operator"], node["value"]) for value in values)


def _aggregate(document: JSON, leaf: JSON) -> bool:
    number = computed(document, leaf)
    compare = COMPARE.get(leaf["operator"])
    # An unknown operator becomes an object, and objects are true.
    return True if compare is None else compare(order(number), order(leaf["value"]))


def computed(document: JSON, leaf: JSON) -> Any:
    """Return the number that a metrics condition compares."""
    *array, name = leaf["target"].split(".")
    if leaf["aggOperator"] == "count":
        counted = read(document, [*array, name])
        counted = [] if counted is None or counted is MISSING else counted
        if not isinstance(counted, list):
            raise Broken("$size of something else than an array")
        return len(counted)
    items = read(document, array) if len(array) == 1 else _joined(document, array)
    if items is None or items is MISSING:
        return AGGREGATES[leaf["aggOperator"]]([None])
    if not isinstance(items, list):
        raise Broken("$map over something else than an array")
    return AGGREGATES[leaf["aggOperator"]]([read(item, [name]) for item in items])


def _joined(document: JSON, array: list[str]) -> Any:
    outer, joined = read(document, array[:-1]), []
    if outer is None or outer is MISSING:
        return None
    if not isinstance(outer, list):
        raise Broken("$reduce over something else than an array")
    for item in outer:
        inner = read(item, array[-1:])
        if joined is None or inner is None or inner is MISSING:
            joined = None
        elif not isinstance(inner, list):
            raise Broken("$concatArrays of something else than an array")
        else:
            joined = [*joined, *inner]
    return joined


def read(value: Any, parts: list[str]) -> Any:
    """Return what an aggregation path yields: arrays give what is found in their documents."""
    if not parts:
        return value
    if isinstance(value, list):
        found = [read(item, parts) for item in value if isinstance(item, dict)]
        return [item for item in found if item is not MISSING]
    return (
        read(value[parts[0]], parts[1:])
        if isinstance(value, dict) and parts[0] in value
        else MISSING
    )


def _numbers(values: Iterable[Any]) -> list[Any]:
    return [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]


def _present(values: Iterable[Any]) -> list[Any]:
    return [v for v in values if v is not None and v is not MISSING]


AGGREGATES: dict[str, Callable[[list[Any]], Any]] = {
    "avg": lambda values: sum(n) / len(n) if (n := _numbers(values)) else None,
    "sum": lambda values: sum(_numbers(values)),
    "min": lambda values: min(_present(values), key=order, default=None),
    "max": lambda values: max(_present(values), key=order, default=None),
    "count": lambda values: len(values),
}


def filtered(blocks: list[JSON], metrics: list[JSON], query: JSON) -> list[str]:
    """§7.3: return the ids of the blocks that pass blockQuery and blockMetricsQuery.

    Raises
    ------
    Broken
        AIOS answers with an error.
    """
    if "blockMetricsQuery" not in query:
        return [block["id"] for block in blocks if passes(block, query["blockQuery"])]
    check(query["blockMetricsQuery"])
    alive = {d["blockId"] for d in metrics if metrics_pass(d, query["blockMetricsQuery"])}
    node = query.get("blockQuery")
    if not node:
        return [block["id"] for block in blocks if block["id"] in alive]
    is_union = node.get("logicalOperator") == "OR" and not vanishes(node)
    combine = any if is_union else all
    return [b["id"] for b in blocks if combine([b["id"] in alive, passes(b, node)])]
