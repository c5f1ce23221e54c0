"""The engine against the slow reference of §7: any query, any documents."""

import asyncio
import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from aios_nb.emulator.engine.filtering import filter_documents
from aios_nb.emulator.refusal import Refusal
from aios_nb.emulator.world import World

from .slow_filter import AGGREGATES, COMPARE, SCHEMA, Broken, filtered

JSON = dict[str, Any]

scalars = st.sampled_from([None, True, False, 0, 1, 2.5, -3, "", "1", "a", "ab", "b.a"])
names = st.sampled_from(["a", "b", "0", "1"])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=5,
)
comparisons = st.sampled_from(sorted(COMPARE))


@st.composite
def paths(draw: Any, first: str) -> str:
    return ".".join([first, *draw(st.lists(names, max_size=3))])


@st.composite
def conditions(draw: Any, firsts: tuple[str, ...]) -> JSON:
    path = draw(paths(draw(st.sampled_from(firsts))))
    operator = draw(comparisons | st.sampled_from(["IN", "LIKE"]))
    if operator == "LIKE":
        value: Any = draw(st.sampled_from(["a", "*a", "a*b", "^a", "b.a", "a|1", "", "*"]))
    else:
        value = draw(st.lists(values, max_size=3) if operator == "IN" else values)
    return {"variable": path, "operator": operator, "value": value}


@st.composite
def ids(draw: Any) -> JSON:
    value = st.sampled_from(["x", "y", "z"])
    if draw(st.booleans()):
        value = st.lists(value, max_size=2)
        return {"variable": "id", "operator": "IN", "value": draw(value)}
    return {"variable": "id", "operator": draw(comparisons), "value": draw(value)}


@st.composite
def metric_conditions(draw: Any) -> JSON:
    targets = ["i.a", "i.b", "i.a.b", "i.b.a", "a.b", "i.a.a.b"]
    aggregate = draw(st.sampled_from([*AGGREGATES, "p95"]))
    return {
        "aggOperator": aggregate,
        "target": draw(
            st.sampled_from(["i", "blockId", *targets] if aggregate == "count" else targets)
        ),
        "operator": draw(comparisons | st.sampled_from(["=", "IN", "like"])),
        "value": draw(scalars | values),
    }


def grouped(leaves: st.SearchStrategy[JSON]) -> st.SearchStrategy[JSON]:
    def group(inner: st.SearchStrategy[JSON]) -> st.SearchStrategy[JSON]:
        operator = st.sampled_from(["AND", "OR"])
        members = st.lists(inner, max_size=3)
        return st.fixed_dictionaries({"logicalOperator": operator, "conditions": members})

    return st.recursive(leaves, group, max_leaves=5)


block_queries = grouped(conditions((*SCHEMA[1:], "unknown")) | ids())
# Plain conditions on metrics hold no operators: `{"$gt": 1}` as a value is another matter.
metrics_queries = grouped(metric_conditions() | conditions(("i", "blockId")))
instances = st.dictionaries(
    names, scalars | st.lists(st.dictionaries(names, scalars, max_size=2), max_size=2), max_size=3
)
metrics = st.fixed_dictionaries({}, optional={"i": st.lists(instances, max_size=3), "a": values})
blocks = st.fixed_dictionaries(
    {}, optional={"component": values, "tags": values, "unknown": values}
)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    empty = World()
    yield empty
    empty.close()


@pytest.mark.parametrize("with_metrics", [False, True])
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    documents=st.lists(blocks, min_size=1, max_size=3),
    measured=st.lists(metrics, min_size=3, max_size=3),
    block_query=block_queries,
    metrics_query=metrics_queries,
)
@example(
    documents=[{"tags": [["a"]]}],
    measured=[{}, {}, {}],
    block_query={"variable": "tags.0", "operator": "==", "value": "a"},
    metrics_query={"logicalOperator": "OR", "conditions": []},
)
def test_the_engine_filters_as_the_slow_reference_does(
    world: World,
    with_metrics: bool,
    documents: list[JSON],
    measured: list[JSON],
    block_query: JSON,
    metrics_query: JSON,
) -> None:
    named = [{"id": name, **d} for name, d in zip("xyz", documents, strict=False)]
    metered = [{"blockId": name, **d} for name, d in zip("xyz", measured, strict=True)]
    query = {"blockQuery": block_query}
    if with_metrics:
        query["blockMetricsQuery"] = metrics_query

    assert by_reference(named, metered, query) == by_engine(world, named, metered, query)


def by_reference(documents: list[JSON], measured: list[JSON], query: JSON) -> list[str] | str:
    try:
        return filtered(documents, measured, query)
    except Broken:
        return "refused"


def by_engine(
    world: World, documents: list[JSON], measured: list[JSON], query: JSON
) -> list[str] | str:
    for collection, content in ((world.blocks, documents), (world.metrics, measured)):
        collection.clear()
        for document in content:
            collection.insert(document)
    rule = {"matchType": "block", "filter": copy.deepcopy(query)}
    try:
        found = asyncio.run(filter_documents(world, rule))
    except Refusal:
        return "refused"
    assert isinstance(found, list)
    return [block["id"] for block in found]
