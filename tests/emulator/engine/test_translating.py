"""What the search server makes of conditions before any database sees them (§7.1, §7.2)."""

from typing import Any

import pytest

from aios_nb.emulator.engine.translating import to_find, to_pipeline
from aios_nb.emulator.refusal import Refusal

JSON = dict[str, Any]


def simple(operator: Any = "==", value: Any = 1, variable: Any = "x") -> JSON:
    return {"variable": variable, "operator": operator, "value": value}


def metric(**changes: Any) -> JSON:
    leaf = {"aggOperator": "avg", "target": "instances.u", "operator": ">", "value": 1}
    return {**leaf, **changes}


def node(operator: Any, *conditions: Any) -> JSON:
    return {"logicalOperator": operator, "conditions": list(conditions)}


def without(leaf: JSON, name: str) -> JSON:
    return {key: value for key, value in leaf.items() if key != name}


def mapped(items: Any, field: str) -> JSON:
    return {"$map": {"input": items, "as": "item", "in": f"$$item.{field}"}}


@pytest.mark.parametrize(
    ("condition", "filter_"),
    [
        (simple("=="), {"x": 1}),
        (simple("!="), {"x": {"$ne": 1}}),
        (simple("IN", [1]), {"x": {"$in": [1]}}),
        (simple("IN", 1), {"x": {"$in": 1}}),
        (simple("<"), {"x": {"$lt": 1}}),
        (simple("<="), {"x": {"$lte": 1}}),
        (simple(">"), {"x": {"$gt": 1}}),
        (simple(">="), {"x": {"$gte": 1}}),
        (simple("LIKE", "a.b*c+"), {"x": {"$regex": r"a\.b.*c+"}}),
        (simple(variable=None), {"null": 1}),
        (simple(variable=5), {"5": 1}),
        (node("AND", simple(), node("AND")), {"$and": [{"x": 1}, {"$and": []}]}),
        (node("OR", simple()), {"$or": [{"x": 1}]}),
        (node("OR", simple(variable="OR", value=[{"x": 2}])), {"$or": [{"x": 2}]}),
    ],
)
def test_a_block_query_becomes_a_find_filter(condition: JSON, filter_: JSON) -> None:

    assert filter_ == to_find(condition)


def expression(operator: Any, computed: str = "$_computed_avg_instances_u", value: Any = 1) -> JSON:
    return {"$match": {"$expr": {operator: [computed, value]}}}


SET = {"$set": {"_computed_avg_instances_u": {"$avg": mapped("$instances", "u")}}}


@pytest.mark.parametrize(
    ("operator", "mongos"),
    [
        ("==", "$eq"),
        ("!=", "$ne"),
        (">", "$gt"),
        (">=", "$gte"),
        ("<", "$lt"),
        ("<=", "$lte"),
        ("=", None),
        ("LIKE", None),
        (None, None),
    ],
)
def test_a_metric_condition_becomes_two_stages(operator: Any, mongos: str | None) -> None:

    assert [SET, expression(mongos)] == to_pipeline(metric(operator=operator))


@pytest.mark.parametrize(
    ("leaf", "number"),
    [
        (metric(aggOperator="count", target="a"), {"$size": {"$ifNull": ["$a", []]}}),
        (metric(aggOperator="p95", target="a.b"), {"$p95": mapped("$a", "b")}),
        (
            metric(aggOperator="sum", target="a.b.c.d"),
            {
                "$sum": mapped(
                    {
                        "$reduce": {
                            "input": "$a.b",
                            "initialValue": [],
                            "in": {"$concatArrays": ["$$value", "$$this.c"]},
                        }
                    },
                    "d",
                )
            },
        ),
    ],
)
def test_a_target_is_collected_by_its_length(leaf: JSON, number: JSON) -> None:
    name = f"_computed_{leaf['aggOperator']}_{leaf['target'].replace('.', '_')}"

    assert {"$set": {name: number}} == to_pipeline(leaf)[0]


PLAIN = {"$match": {"x": 1}}


@pytest.mark.parametrize(
    ("query", "pipeline"),
    [
        (simple(), [PLAIN]),
        (node("AND", simple(), metric()), [PLAIN, SET, expression("$gt")]),
        (node("AND"), []),
        (node("OR"), [{"$match": {"$expr": {"$or": []}}}]),
        (
            node("OR", metric(), simple()),
            [
                SET,
                {
                    "$match": {
                        "$expr": {
                            "$or": [
                                {"$gt": ["$_computed_avg_instances_u", 1]},
                                {"$and": [{"$eq": ["$x", 1]}]},
                            ]
                        }
                    }
                },
            ],
        ),
        (
            node("OR", node("AND", metric(), simple()), node("AND")),
            [SET, {"$match": {"$expr": {"$or": [{"$and": [{"$eq": ["$x", 1]}]}]}}}],
        ),
        (
            node("OR", simple("LIKE", "a")),
            [{"$match": {"$expr": {"$or": [{"$and": [{"$eq": ["$x", {"$regex": "a"}]}]}]}}}],
        ),
    ],
)
def test_groups_of_metric_conditions(query: JSON, pipeline: list[JSON]) -> None:

    assert pipeline == to_pipeline(query)


BOTH = [
    ({}, "'variable'"),
    (without(simple(), "variable"), "'variable'"),
    (without(simple(), "operator"), "'operator'"),
    (without(simple(), "value"), "'value'"),
    ({"logicalOperator": "AND"}, "'conditions'"),
    (simple("in"), "Unsupported operator: in"),
    (simple("like"), "Unsupported operator: like"),
    (simple("="), "Unsupported operator: ="),
    (simple("NOT IN"), "Unsupported operator: NOT IN"),
    (simple(None), "Unsupported operator: None"),
    (node("NOT"), "Unsupported logical operator: NOT"),
    (node("and"), "Unsupported logical operator: and"),
    (simple("LIKE", 5), "'int' object has no attribute 'replace'"),
    (simple("LIKE", None), "'NoneType' object has no attribute 'replace'"),
    (simple(variable=["x"]), "unhashable type: 'list'"),
    (None, "argument of type 'NoneType' is not iterable"),
    ([simple()], "list indices must be integers or slices, not str"),
    ("x == 1", "string indices must be integers, not 'str'"),
    ({"logicalOperator": "AND", "conditions": None}, "'NoneType' object is not iterable"),
]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        *BOTH,
        (metric(), "'variable'"),
        (node(["AND"], simple()), "unhashable type: 'list'"),
        (node(["AND"]), "Unsupported logical operator: ['AND']"),
    ],
)
def test_a_wrong_block_query_is_refused_in_aios_words(query: Any, text: str) -> None:

    with pytest.raises(Refusal) as caught:
        to_find(query)
    assert text == caught.value.text


@pytest.mark.parametrize(
    ("query", "text"),
    [
        *BOTH,
        (metric(target="instances"), "Aggregate target must have at least two levels"),
        (without(metric(), "target"), "'target'"),
        (without(metric(), "operator"), "'operator'"),
        (without(metric(), "value"), "'value'"),
        (metric(target=5), "'int' object has no attribute 'replace'"),
        (metric(operator=[">"]), "unhashable type: 'list'"),
    ],
)
def test_a_wrong_metrics_query_is_refused_in_aios_words(query: Any, text: str) -> None:

    with pytest.raises(Refusal) as caught:
        to_pipeline(query)
    assert text == caught.value.text


@pytest.mark.parametrize("translate", [to_find, to_pipeline])
def test_a_query_too_deep_for_python_is_refused(translate: Any) -> None:
    query = simple()
    for _ in range(2000):
        query = node("AND", query)

    with pytest.raises(Refusal, match="maximum recursion depth exceeded"):
        translate(query)
