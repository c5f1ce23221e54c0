"""What was compiled before is what would be compiled now, and stays so when the request changes."""

import copy
from typing import Any

import pytest

from aios_nb.emulator.engine.aggregate import run_pipeline, run_stages
from aios_nb.emulator.engine.bson import MongoError
from aios_nb.emulator.engine.compiled import LONGEST_BYTES, matcher_of, stages_of
from aios_nb.emulator.engine.query_schemas import BLOCKS, CLUSTERS

DOCUMENTS = [{"id": "a", "size": 1, "tags": ["x", "y"]}, {"id": "b", "size": 2.5, "tags": []}]
PIPELINES: list[list[dict[str, Any]]] = [
    [{"$match": {"size": {"$gt": 1}}}],
    [{"$set": {"twice": {"$multiply": ["$size", 2]}}}, {"$match": {"twice": 2}}],
    [{"$group": {"_id": None, "sum": {"$sum": "$size"}, "all": {"$push": "$id"}}}],
    [{"$sort": {"size": -1}}, {"$skip": 1}, {"$limit": 1}],
    [{"$unwind": "$tags"}, {"$project": {"tags": 1}}, {"$count": "n"}],
]


def test_an_equal_filter_is_compiled_once() -> None:
    query = {"size": {"$in": [1, 2.5, None]}}

    assert matcher_of(query, BLOCKS) is matcher_of(copy.deepcopy(query), BLOCKS)


def test_filters_that_only_python_calls_equal_are_kept_apart() -> None:
    assert matcher_of({"a": 1}) is not matcher_of({"a": True})
    assert matcher_of({"id": 5}, BLOCKS) is not matcher_of({"id": 5}, CLUSTERS)
    assert [True, False] == [
        m({"id": "5"}) for m in (matcher_of({"id": 5}, BLOCKS), matcher_of({"id": 5}))
    ]


def test_a_filter_that_changes_afterwards_is_another() -> None:
    query: dict[str, Any] = {"id": {"$in": ["a"]}}
    first = matcher_of(query)
    query["id"]["$in"].append("b")

    assert [True, False] == list(map(first, DOCUMENTS))
    assert [True, True] == list(map(matcher_of(query), DOCUMENTS))


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_a_pipeline_gives_the_same_however_often_it_runs(pipeline: list[dict[str, Any]]) -> None:
    wanted = run_pipeline(pipeline, DOCUMENTS)

    assert stages_of(pipeline) is stages_of(copy.deepcopy(pipeline))
    assert [wanted, wanted] == [run_stages(stages_of(pipeline), DOCUMENTS) for _ in range(2)]


def test_what_is_refused_is_refused_each_time() -> None:
    for _ in range(2):
        with pytest.raises(MongoError, match=r"\$nope"):
            stages_of([{"$nope": 1}])


def test_what_is_long_or_deep_is_compiled_and_not_kept() -> None:
    long = {"id": {"$in": ["a", "x" * LONGEST_BYTES]}}
    deep: dict[str, Any] = {}
    for _ in range(3_000):
        deep = {"$and": [deep]}

    assert [True, False] == list(map(matcher_of(long), DOCUMENTS))
    assert matcher_of(long) is not matcher_of(long)
    with pytest.raises(MongoError):
        matcher_of(deep)
