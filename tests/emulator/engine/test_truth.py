"""Each condition alone gives each block the verdict that AIOS's own queries give it."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aios_nb.emulator import journal
from aios_nb.emulator.engine.aggregate import run_pipeline
from aios_nb.emulator.engine.bson import MongoError
from aios_nb.emulator.engine.casting import BLOCKS
from aios_nb.emulator.engine.find import compile_find
from aios_nb.emulator.engine.selecting import find_candidates
from aios_nb.emulator.engine.translating import to_find, to_pipeline
from aios_nb.emulator.engine.truth import compile_truth
from aios_nb.emulator.world import World

FIXTURES = Path(__file__).parents[3] / "fixtures"


@pytest.fixture
def world() -> Any:
    world = World()
    world.load_fleet(FIXTURES)
    yield world
    world.close()


def guides_filter() -> dict[str, Any]:
    request = json.loads((FIXTURES / "guide" / "request.json").read_text())
    values = request["selection_query"]["body"]["values"]["rankingPolicyRule"]["values"]
    return values["parameters"]["filterRule"]["filter"]


def by_query(world: World, query: str, condition: dict[str, Any]) -> list[bool]:
    if query == "blockQuery":
        return list(map(compile_find(to_find(condition), BLOCKS), world.blocks))
    passed = {d["blockId"] for d in run_pipeline(to_pipeline(condition), world.metrics)}
    return [block["id"] in passed for block in world.blocks]


def test_the_guides_conditions_have_the_verdicts_of_the_queries(world: World) -> None:
    block, metrics = (guides_filter()[name] for name in ("blockQuery", "blockMetricsQuery"))
    *both, either = block["conditions"]
    leaves = [("blockQuery", leaf) for leaf in (*both, *either["conditions"])]
    leaves += [("blockMetricsQuery", leaf) for leaf in metrics["conditions"]]

    assert [by_query(world, *leaf) for leaf in leaves] == compile_truth(guides_filter())(
        world
    ).columns


@pytest.mark.parametrize(
    ("variable", "operator", "value"),
    [
        ("tags", "==", "gpu"),
        ("cluster.nodes.nodeData.id", "LIKE", "*gpu*"),
        ("no.such.path", "==", None),
        ("no.such.path", "!=", 1),
        ("component.componentMetadata.usecase.deeper", "==", 1),
        ("id", "IN", ["finch-8b-chat", "birch-15b-code"]),
        ("minInstances", ">=", "1"),
        ("$and", "==", []),
        ("$or", "==", [{"id": "odd"}]),
    ],
)
def test_odd_paths_and_values_have_the_verdicts_of_the_query(
    world: World, variable: str, operator: str, value: Any
) -> None:
    condition = {"variable": variable, "operator": operator, "value": value}
    world.blocks.insert({"id": "odd", "component": [{"componentMetadata": 3}], "tags": "gpu"})

    table = compile_truth({"blockQuery": condition})(world)

    assert [by_query(world, "blockQuery", condition)] == table.columns


def test_a_condition_on_one_metric_needs_no_aggregate(world: World) -> None:
    condition = {"variable": "instances.llm_active_sessions", "operator": ">", "value": 0}

    table = compile_truth({"blockMetricsQuery": condition})(world)

    assert [by_query(world, "blockMetricsQuery", condition)] == table.columns


def test_what_aios_cannot_read_has_no_verdict(world: World) -> None:
    table = compile_truth({"blockQuery": {"variable": "id", "operator": "=~", "value": 1}})(world)

    assert [{"condition": "id =~ 1", "passed": None}] == table.summary()


def test_a_search_without_candidates_tells_how_many_blocks_pass_each_condition(
    world: World,
) -> None:
    condition = {"variable": "id", "operator": "==", "value": "nobody"}

    async def decision() -> dict[str, Any]:
        facts = journal.open_decision()
        await find_candidates(world, {"matchType": "block", "filter": {"blockQuery": condition}})
        return facts

    assert [{"condition": 'id == "nobody"', "passed": 0}] == asyncio.run(decision())["conditions"]


NUMBERS = st.one_of(
    st.integers(-3, 3),
    st.floats(allow_nan=True, allow_infinity=True, width=16),
    st.sampled_from([None, True, "2", [1], {}]),
)
INSTANCES = st.one_of(
    st.lists(st.one_of(st.fixed_dictionaries({}, optional={"load": NUMBERS}), NUMBERS)),
    NUMBERS,
)


@given(INSTANCES, st.sampled_from(["avg", "max"]), st.sampled_from([">", ">=", "<", "<="]), NUMBERS)
def test_a_mean_has_the_verdict_of_the_pipeline_whatever_the_instances_hold(
    instances: Any, aggregate: str, operator: str, value: Any
) -> None:
    condition = {"aggOperator": aggregate, "target": "instances.load"}
    condition |= {"operator": operator, "value": value}
    world = World()
    world.blocks.insert({"id": "a"})
    world.metrics.insert({"blockId": "a", "instances": instances})
    column = compile_truth({"blockMetricsQuery": condition})(world).columns[0]
    world.close()

    try:
        expected = by_query(world, "blockMetricsQuery", condition)
    except MongoError:
        expected = None
    assert expected == column
