"""The MongoDB filters that find the same documents: one per collection."""

from __future__ import annotations

from typing import Any

from ..wire import JSON
from .draft import Draft
from .tree import ConditionNode, GroupNode, Node, audible

COLLECTIONS = {"block": "blocks", "metrics": "metrics", "cluster": "clusters"}
COMPARISONS = {"!=": "$ne", "<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}


def mongo_filters(draft: Draft) -> JSON:
    """Return one ``find`` filter per collection that the draft asks.

    A block is a candidate if it matches all three. Where AIOS's own pipeline for metrics goes
    astray (a nested AND inside an OR, plain conditions inside an OR), these filters do what the
    query says.

    Examples
    --------
    >>> mongo_filters(Draft(block=ConditionNode("id", "LIKE", "atlas*")))
    {'blocks': {'id': {'$regex': 'atlas.*'}}}
    """
    heard = {COLLECTIONS[part]: audible(root) for part, root in draft.roots()}
    return {name: _filter(root) for name, root in heard.items() if root is not None}


def regex(pattern: str) -> str:
    """Return the regular expression that AIOS makes of a LIKE pattern.

    Examples
    --------
    >>> regex("*v1.0*")
    '.*v1\\\\.0.*'
    """
    return pattern.replace(".", r"\.").replace("*", ".*")


def _filter(node: Node) -> JSON:
    if isinstance(node, GroupNode):
        members = [_filter(member) for member in node.members]
        # MongoDB refuses an empty list; Mongoose drops it, and every document matches.
        return {"$and" if node.operator == "AND" else "$or": members} if members else {}
    return _aggregated(node) if node.aggregate else {node.field: _predicate(node)}


def _predicate(node: ConditionNode) -> Any:
    if node.operator == "LIKE":
        return {"$regex": regex(str(node.value))}
    if node.operator == "IN":
        return {"$in": node.value}
    name = COMPARISONS.get(node.operator)
    return {name: node.value} if name else {"$eq": node.value}


def _aggregated(node: ConditionNode) -> JSON:
    path = f"${node.field}"
    number: JSON = {f"${node.aggregate}": path}
    if node.aggregate == "count":
        number = {"$size": {"$ifNull": [path, []]}}
    operator = COMPARISONS.get(node.operator, "$eq")
    return {"$expr": {operator: [number, node.value]}}
