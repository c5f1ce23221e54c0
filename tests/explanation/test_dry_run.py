"""What is explained is what happens: dry run, live run and explanation name the same block."""

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aios_nb import (
    AIOSClient,
    Condition,
    FilterRule,
    InferenceRequest,
    MetricCondition,
    OptimizationGoal,
    PolicyPackage,
    SelectionQuery,
    ServiceError,
    connect,
)
from aios_nb.answers import LogLine
from aios_nb.explanation import explain
from aios_nb.explanation.goals import GOALS
from aios_nb.query import Clause, Group

ROOT = Path(__file__).parents[2]
JSON = dict[str, Any]
TEMPLATE = json.loads((ROOT / "fixtures" / "blocks" / "atlas-14b-chat.json").read_text())
METADATA = "component.componentMetadata"
ADDRESSED = "INFO:core.ai_server:block_id:"
NAMES = ("ash", "beech", "cedar", "dogwood", "elm", "fir", "gum")

# Few different values, so that ties and gaps are frequent.
measures = st.fixed_dictionaries(
    {},
    optional={
        "llm_tokens_per_second": st.sampled_from([0.0, 6.4, 22.5, 41.8]),
        "llm_active_sessions": st.integers(0, 3),
        "queue_length": st.fixed_dictionaries({"average_1m": st.sampled_from([0.0, 1.0, 2.5])}),
        "tasks_processed": st.fixed_dictionaries({"average_1m": st.sampled_from([0.0, 1.0])}),
        "end_to_end_latency": st.sampled_from([11.6, 60.0]),
        "end_to_end_fps": st.sampled_from([0.1, 0.5]),
        "end_to_end_count_total": st.integers(0, 50),
    },
)
documents = st.fixed_dictionaries(
    {
        "usecase": st.sampled_from(["chat-completion", "embedding", "chat-completion, vision"]),
        "mmlu": st.sampled_from([None, 71.2, 79.9, 80.0, 85.5]),
        "uptime_hours": st.sampled_from([None, 2.0, 11.0]),
        "instances": st.sampled_from([0, 1, 1, 2]).flatmap(
            lambda size: st.lists(measures, min_size=size, max_size=size)
        ),
    }
)
fleets = st.dictionaries(st.sampled_from(NAMES), documents, min_size=1)
document_leaves = st.sampled_from(
    [
        Condition("id", "LIKE", "*e*"),
        Condition(f"{METADATA}.usecase", "LIKE", "*chat*"),
        Condition(f"{METADATA}.evaluation.benchmarks.MMLU.value", ">=", 80),
        Condition(f"{METADATA}.evaluation.benchmarks.MMLU.value", "!=", 80),
    ]
)
metric_leaves = st.builds(
    MetricCondition,
    aggregate=st.sampled_from(["avg", "max", "sum"]),
    target=st.sampled_from(["instances.uptime_hours", "instances.llm_tokens_per_second"]),
    operator=st.sampled_from([">", "<"]),
    value=st.sampled_from([1, 10]),
)


def groups(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Clause]:
    members = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.builds(Group, operator=st.sampled_from(["AND", "OR"]), clauses=members)


rules = st.builds(
    FilterRule,
    block=st.recursive(document_leaves, groups, max_leaves=4),
    metrics=st.none() | st.recursive(metric_leaves, groups, max_leaves=3),
)
goals = st.lists(
    st.builds(OptimizationGoal, st.sampled_from(sorted(GOALS)), st.sampled_from([0, 0.1, 0.9, 2])),
    max_size=3,
)


@pytest.fixture(scope="module")
def aios() -> Iterator[AIOSClient]:
    """Return an emulator of its own: these tests exchange the fleet."""
    with connect("emulator", time_scale=0.0, wait_limit_s=3.0) as client:
        folder = ROOT / "notebooks" / "policies" / "attributebasedrouter"
        client.deploy_policy(PolicyPackage.from_folder(folder))
        yield client


def put(aios: AIOSClient, fleet: dict[str, JSON]) -> None:
    world = aios.emulator.world
    world.blocks.clear()
    world.metrics.clear()
    for name, facts in fleet.items():
        block = copy.deepcopy(TEMPLATE) | {"id": name}
        benchmarks = {} if facts["mmlu"] is None else {"MMLU": {"value": facts["mmlu"]}}
        metadata = block["component"]["componentMetadata"]
        metadata |= {"usecase": facts["usecase"], "evaluation": {"benchmarks": benchmarks}}
        world.blocks.insert(block)
        uptime = facts["uptime_hours"]
        executor = {"instanceId": "executor"} | ({"uptime_hours": uptime} if uptime else {})
        real = [{"instanceId": f"in-{n}"} | entry for n, entry in enumerate(facts["instances"])]
        world.metrics.insert({"blockId": name, "instances": [executor, *real]})


def selected(aios: AIOSClient, query: SelectionQuery) -> str | None:
    try:
        return str(aios.select_block(query)["id"])
    except ServiceError:
        return None


def used(aios: AIOSClient, query: SelectionQuery) -> str | None:
    """Return the block that a live request went to, whether or not it could answer."""
    earlier = last_addressed(aios)
    with suppress(ServiceError):
        return aios.infer(InferenceRequest(message="Hello", selection_query=query)).block_id
    later = last_addressed(aios)
    return later.line.removeprefix(ADDRESSED).split(",")[0] if later and later != earlier else None


def last_addressed(aios: AIOSClient) -> LogLine | None:
    """Return the ad-hoc server's line about the block that it last sent a request to."""
    lines = aios.read_logs(f'{{container="inference-server"}} |= "{ADDRESSED}"', limit=1)
    return lines[-1] if lines else None


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(fleet=fleets, rule=rules, wanted=goals)
def test_dry_run_live_run_and_explanation_name_the_same_block(
    aios: AIOSClient, fleet: dict[str, JSON], rule: FilterRule, wanted: list[OptimizationGoal]
) -> None:
    put(aios, fleet)
    base = aios.endpoints.metrics_base_url
    query = SelectionQuery("attributebasedrouter:1.0-stable", rule, wanted, base)
    found = explain(aios, query)

    assert [selected(aios, query)] * 3 == [
        found.winner,
        found.recomputed_winner,
        used(aios, query),
    ]
    assert not {c.code for c in found.warnings} & {"winners-differ", "scores-differ"}
    assert [b["id"] for b in aios.find_candidates(rule)] == list(found.candidates)
    assert "moving-fleet" not in {c.code for c in found.warnings}
