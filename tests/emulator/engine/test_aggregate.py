"""§7.2 on metrics documents: the numbers, BSON's order in `$expr`, and the server's errors."""

from typing import Any

import pytest

from aios_nb.emulator.engine.aggregate import run_pipeline
from aios_nb.emulator.engine.bson import MongoError
from aios_nb.emulator.engine.translating import to_pipeline

JSON = dict[str, Any]
EXECUTOR = {"uptime": 11, "latency": {"latency": 0.1}}
FAST = {"tps": 30, "queue": {"avg": 2}, "hardware": {"gpus": [{"mem": 8}, {"mem": 24}]}}
SLOW = {"tps": 10, "hardware": {"gpus": []}}
TWO = {"blockId": "two", "instances": [EXECUTOR, FAST, SLOW]}
IDLE = {"blockId": "idle", "instances": [EXECUTOR]}
EMPTY = {"blockId": "empty", "instances": []}
LACKING = {"blockId": "lacking"}
DOCUMENTS = [TWO, IDLE, EMPTY, LACKING]
EVERY = ["two", "idle", "empty", "lacking"]


def metric(aggregate: str, target: str, operator: Any, value: Any) -> JSON:
    return {"aggOperator": aggregate, "target": target, "operator": operator, "value": value}


def simple(variable: str, operator: str, value: Any) -> JSON:
    return {"variable": variable, "operator": operator, "value": value}


def node(operator: str, *conditions: Any) -> JSON:
    return {"logicalOperator": operator, "conditions": list(conditions)}


def passed(query: JSON, documents: list[JSON] = DOCUMENTS) -> list[str]:
    return [document["blockId"] for document in run_pipeline(to_pipeline(query), documents)]


def number(aggregate: str, target: str, document: JSON = TWO) -> Any:
    pipeline = to_pipeline(metric(aggregate, target, "=", 0))
    result = run_pipeline(pipeline, [document])[0]
    return result[f"_computed_{aggregate}_{target.replace('.', '_')}"]


@pytest.mark.parametrize(
    ("aggregate", "target", "value"),
    [
        ("avg", "instances.tps", 20.0),
        ("sum", "instances.tps", 40),
        ("min", "instances.tps", 10),
        ("max", "instances.tps", 30),
        ("avg", "instances.uptime", 11.0),
        ("stdDevPop", "instances.tps", 10.0),
        ("count", "instances", 3),
        ("count", "nothing", 0),
        ("count", "instances.tps", 2),
        ("avg", "instances.nothing", None),
        ("min", "instances.nothing", None),
        ("max", "instances.nothing", None),
        ("sum", "instances.nothing", 0),
        ("avg", "nothing.at_all", None),
        ("sum", "nothing.at_all", 0),
        ("max", "instances.hardware.gpus.mem", 24),
        ("avg", "instances.queue.avg", None),
    ],
)
def test_how_a_number_is_made(aggregate: str, target: str, value: Any) -> None:

    assert value == number(aggregate, target)


@pytest.mark.parametrize(
    ("aggregate", "values", "expected"),
    [
        ("avg", [None, "9", 4, True], 4.0),
        ("sum", [None, "9", 4, True], 4),
        ("min", [None, "9", 4, True], 4),
        ("max", [None, "9", 4, True], True),
        ("max", [None, "9", 4], "9"),
        ("sum", [0.1, 0.2, 0.3], 0.6),
        ("sum", [], 0),
        ("avg", [], None),
    ],
)
def test_numbers_only_in_avg_and_sum_but_all_types_in_min_and_max(
    aggregate: str, values: list[Any], expected: Any
) -> None:
    document = {"blockId": "a", "instances": [{"u": value} for value in values]}

    assert expected == number(aggregate, "instances.u", document)


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        (">", 15, ["two"]),
        (">=", 20, ["two"]),
        ("==", 20, ["two"]),
        ("<", 15, ["idle", "empty", "lacking"]),
        ("<=", 15, ["idle", "empty", "lacking"]),
        ("!=", 20, ["idle", "empty", "lacking"]),
        ("==", None, ["idle", "empty", "lacking"]),
        ("!=", None, ["two"]),
        (">", None, ["two"]),
        ("<", "10", EVERY),
        (">", "10", []),
        ("<", True, EVERY),
        ("<", {"a": 1}, EVERY),
        ("<", [], EVERY),
        ("=", 15, EVERY),
        ("IN", [15], EVERY),
        ("LIKE", "15", EVERY),
        ("gt", 15, EVERY),
    ],
)
def test_comparisons_follow_bsons_total_order(
    operator: str, value: Any, expected: list[str]
) -> None:

    assert expected == passed(metric("avg", "instances.tps", operator, value))


A = metric("avg", "instances.tps", ">", 15)
B = metric("max", "instances.uptime", ">=", 11)
C = metric("count", "instances", "==", 0)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (node("AND", A, B), ["two"]),
        (node("OR", A, C), ["two", "empty", "lacking"]),
        (node("AND"), EVERY),
        (node("OR"), []),
        (node("OR", node("AND", A, B), C), ["two", "idle", "empty", "lacking"]),
        (node("OR", node("AND", C, A), A), ["two"]),
        (node("AND", node("OR", A, C), B), ["two"]),
        (node("OR", node("OR", A), node("AND")), ["two"]),
        (node("OR", A, A), ["two"]),
        (node("OR", simple("blockId", "==", "idle")), ["idle"]),
        (node("OR", simple("instances.tps", "==", 30)), []),
        (node("AND", simple("instances.tps", ">", 15)), ["two"]),
        (simple("instances.tps", "==", None), ["two", "idle", "lacking"]),
        (simple("instances.uptime", "<", 12), ["two", "idle"]),
        (simple("blockId", "LIKE", "*t"), ["two", "empty"]),
        (simple("blockId", "IN", ["two", "idle"]), ["two", "idle"]),
    ],
)
def test_groups_keep_what_aios_keeps(query: JSON, expected: list[str]) -> None:

    assert expected == passed(query)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (metric("p95", "instances.tps", ">", 1), 168),
        (metric("count", "blockId", ">", 1), 17124),
        (metric("avg", "instances.latency.latency", ">", 1), 28664),
        (metric("avg", "blockId.x", ">", 1), 16883),
        (node("OR", simple("blockId", ">", "a")), 16020),
        (node("OR", simple("blockId", "!=", "a")), 16020),
        (node("OR", simple("blockId", "LIKE", "a")), 168),
        (node("OR", simple("blockId", "IN", ["a"])), 16020),
        (node("OR", simple("blockId", "IN", ["a", "b"])), 40081),
        (node("AND", simple("blockId", "LIKE", "c++")), 51091),
    ],
)
def test_what_the_server_rejects(query: JSON, code: int) -> None:

    with pytest.raises(MongoError) as caught:
        passed(query)
    assert code == caught.value.code


def test_a_real_instance_first_turns_null_into_an_error() -> None:
    query = metric("avg", "instances.queue.avg", ">", 0)
    turned = {"blockId": "turned", "instances": [FAST, EXECUTOR]}

    assert [] == passed(query)
    with pytest.raises(MongoError) as caught:
        passed(query, [turned])
    assert 28664 == caught.value.code
    assert "$concatArrays only supports arrays, not object" in caught.value.text


def test_documents_that_an_earlier_condition_drops_cannot_fail() -> None:
    fails = metric("avg", "instances.latency.latency", ">", 1)

    assert [] == passed(node("AND", simple("blockId", "==", "nobody"), fails))


def test_targets_that_differ_in_a_dot_share_one_number() -> None:
    document = {"blockId": "a", "x": [{"y_z": 1}], "x_y": [{"z": 9}]}
    query = node("OR", metric("max", "x.y_z", "==", 1), metric("max", "x_y.z", "==", 1))

    assert [] == passed(query, [document])


def test_computed_numbers_stay_in_the_results_and_not_in_the_store() -> None:
    document = {"blockId": "a", "instances": [{"tps": 3}]}
    result = run_pipeline(to_pipeline(metric("avg", "instances.tps", ">", 1)), [document])

    assert [{**document, "_computed_avg_instances_tps": 3.0}] == result
    assert {"blockId", "instances"} == set(document)


@pytest.mark.parametrize(
    ("pipeline", "expected"),
    [
        ([{"$count": "n"}], [{"n": 4}]),
        ([{"$limit": 1}, {"$project": {"blockId": 1}}], [{"blockId": "two"}]),
        ([{"$skip": 3}], [LACKING]),
        ([{"$sort": {"blockId": 1}}, {"$limit": 1}], [EMPTY]),
        ([{"$match": {"blockId": "two"}}, {"$unset": "instances"}], [{"blockId": "two"}]),
        (
            [{"$unwind": "$instances"}, {"$group": {"_id": "$blockId", "n": {"$sum": 1}}}],
            [{"_id": "two", "n": 3}, {"_id": "idle", "n": 1}],
        ),
        (
            [
                {"$match": {"blockId": {"$in": ["idle", "lacking"]}}},
                {"$unwind": {"path": "$instances", "preserveNullAndEmptyArrays": True}},
                {"$project": {"u": "$instances.uptime"}},
            ],
            [{"u": 11}, {}],
        ),
        (
            [
                {"$match": {"blockId": "idle"}},
                {"$unwind": {"path": "$instances", "includeArrayIndex": "n"}},
                {"$project": {"n": 1}},
            ],
            [{"n": 0}],
        ),
        (
            [
                {"$match": {"blockId": "idle"}},
                {"$unwind": "$instances"},
                {"$replaceWith": "$instances"},
            ],
            [EXECUTOR],
        ),
    ],
)
def test_stages_that_aios_never_sends_but_users_do(pipeline: list[JSON], expected: Any) -> None:

    assert expected == run_pipeline(pipeline, DOCUMENTS)


@pytest.mark.parametrize(
    ("stage", "code"),
    [
        ({"$unwind": "instances"}, 28818),
        ({"$unwind": 5}, 15981),
        ({"$unwind": {"preserveNullAndEmptyArrays": True}}, 28812),
        ({"$unwind": {"path": "$a", "other": 1}}, 28811),
        ({"$unwind": {"path": 5}}, 28808),
        ({"$replaceRoot": {}}, 40231),
        ({"$replaceRoot": 5}, 40229),
        ({"$replaceWith": "$blockId"}, 40228),
        ({"$nonsense": 1}, 40324),
        ({"$limit": 0}, 15958),
        ({"$match": 5}, 15959),
        ({}, 40323),
    ],
)
def test_stages_that_the_server_rejects(stage: JSON, code: int) -> None:

    with pytest.raises(MongoError) as caught:
        run_pipeline([stage], DOCUMENTS)
    assert code == caught.value.code
