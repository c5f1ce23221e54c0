"""A property: whatever filter the search server refuses, the linter has an error for it."""

import asyncio
import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aios_nb import lint
from aios_nb.emulator.engine.filtering import filter_documents
from aios_nb.emulator.refusal import Refusal
from aios_nb.emulator.world import World

from .payloads import FIXTURES, JSON, META

WORDS = st.sampled_from(["chat", "*chat*", "c++", "a|b", "(", "[a", "x{2}", "$", "\\", "80", ""])
VALUES = WORDS | st.integers(-5, 100) | st.booleans() | st.none() | st.lists(WORDS, max_size=2)
PATHS = st.sampled_from(
    [
        *("id", f"{META}.usecase", f"{META}.evaluation.benchmarks.MMLU.value", "tags"),
        *("_id", "nodes.count", "regionId", "reputation"),
        *("component.metadata.usecase", "cluster.id", "instances.uptime_hours", "x", ""),
    ]
)
TARGETS = st.sampled_from(
    [
        *("instances.uptime_hours", "instances.llm_tokens_per_second", "instances.type"),
        *("instances.hardware.gpus.totalMem", "instances.queue_length.average_1m"),
        *("instances.latency.latency", "uptime", "instances", "instances.hardware.cpu.percent"),
        *("instances.nothing", "instances.hardware"),
    ]
)
OPERATORS = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "LIKE", "IN", "in", "=", "NOT IN"])
AGGREGATES = st.sampled_from(["avg", "sum", "min", "max", "count", "stdDevPop", "p95", "AVG"])
CONDITIONS = st.fixed_dictionaries({"variable": PATHS, "operator": OPERATORS, "value": VALUES})
MEASURES = st.fixed_dictionaries(
    {"aggOperator": AGGREGATES, "target": TARGETS, "operator": OPERATORS, "value": VALUES}
)


def groups(members: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {
            "logicalOperator": st.sampled_from(["AND", "OR", "and", "NOT"]),
            "conditions": st.lists(members, max_size=3),
        }
    )


def broken(whole: st.SearchStrategy[JSON]) -> st.SearchStrategy[JSON]:
    """Some of the clauses lack a key."""
    keys = st.sampled_from(["variable", "operator", "value", "conditions", "target", "none"])
    return st.builds(lambda c, lost: {k: v for k, v in c.items() if k != lost}, whole, keys)


def clauses(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(leaves | broken(leaves), lambda inner: groups(inner), max_leaves=5)


FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "blockQuery": clauses(CONDITIONS) | st.just({}),
        "blockMetricsQuery": clauses(MEASURES | CONDITIONS) | st.just({}),
        "clusterQuery": clauses(CONDITIONS),
    },
)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    found = World()
    found.load_fleet(FIXTURES)
    yield found
    found.close()


def refusal(world: World, rule: JSON) -> str:
    """Return the search server's words; empty if it answers with blocks."""
    try:
        asyncio.run(filter_documents(world, copy.deepcopy(rule)))
    except Refusal as refused:
        return refused.text
    return ""


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(found=FILTERS)
def test_what_aios_refuses_the_linter_finds(world: World, found: JSON) -> None:
    rule = {"matchType": "block", "filter": found}
    words = refusal(world, rule)

    assert not words or lint(rule).errors, words
