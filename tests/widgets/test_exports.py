"""Exports find what AIOS finds: they are run, not read."""

import json
import shlex
from typing import Any

import pytest
from hypothesis import given
from strategies import filter_rules

from aios_nb import AIOSClient, Condition, FilterRule, MetricCondition
from aios_nb.query import Group
from aios_nb.widgets.draft import Draft
from aios_nb.widgets.exports import EXPORTS, curl_command, json_text
from aios_nb.widgets.mongo_export import mongo_filters
from aios_nb.widgets.pandas_export import pandas_mask
from aios_nb.widgets.python_export import python_call
from aios_nb.widgets.templates import GUIDE, MULTI_MODAL, ROUTER
from aios_nb.widgets.tree import ConditionNode

METADATA = "component.componentMetadata"
RULES = {
    "guide": GUIDE.draft.to_rule(),
    "router": ROUTER.draft.to_rule(),
    "multi-modal": MULTI_MODAL.draft.to_rule(),
    "tags": FilterRule(block=Condition("component.tags", "==", "multi-modal")),
    "not": FilterRule(block=Condition(f"{METADATA}.framework", "!=", "llama-cpp-python")),
    "in": FilterRule(block=Condition("id", "IN", ["atlas-14b-chat", "nobody"])),
    "missing": FilterRule(block=Condition("no.such.path", ">=", 1)),
    "below": FilterRule(metrics=MetricCondition("avg", "instances.llm_tokens_per_second", "<", 10)),
    "lowest": FilterRule(metrics=MetricCondition("min", "instances.uptime_hours", ">=", 2)),
    "spread": FilterRule(metrics=MetricCondition("stdDevPop", "instances.uptime_hours", "<=", 5)),
    "cluster": FilterRule(cluster=Condition("id", "LIKE", "edge")),
}


def execute(code: str, **names: Any) -> dict[str, Any]:
    exec(code, names)
    return names


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_pandas_mask_chooses_the_blocks_that_aios_chooses(
    rule: FilterRule, aios: AIOSClient, fleet: list[dict[str, Any]]
) -> None:
    mask = execute(pandas_mask(Draft.from_rule(rule)), blocks=fleet)["mask"]

    assert [b["id"] for b in aios.find_candidates(rule)] == list(mask.index[mask])


@pytest.mark.parametrize("name", ["guide", "multi-modal", "tags", "not", "in", "missing"])
def test_the_mongo_filter_finds_the_blocks_that_the_block_query_finds(
    name: str, aios: AIOSClient
) -> None:
    alone = FilterRule(block=RULES[name].block)
    found = aios.query_blocks(mongo_filters(Draft.from_rule(alone))["blocks"])

    assert [b["id"] for b in aios.find_candidates(alone)] == [b["id"] for b in found]


@given(filter_rules())
def test_the_python_call_builds_the_very_rule(rule: FilterRule) -> None:
    names = execute(python_call(Draft.from_rule(rule)))

    assert json.dumps(rule.to_wire()) == json.dumps(names["filter_rule"].to_wire())


def test_the_python_call_imports_what_it_uses_and_no_more() -> None:
    code = python_call(Draft(block=ConditionNode("id", "==", "a")))

    assert "from aios_nb import Condition, FilterRule" == code.splitlines()[0]


def test_a_nest_that_operators_cannot_build_is_written_with_group() -> None:
    rule = FilterRule(block=Group("AND", (Condition("id", "==", "a"),)))
    code = python_call(Draft.from_rule(rule))

    assert "from aios_nb.query import Group" in code
    assert rule == execute(code)["filter_rule"]


def test_the_curl_command_carries_the_rule_through_the_shell() -> None:
    draft = Draft(block=ConditionNode("id", "==", "it's $HOME"))
    words = shlex.split(curl_command(draft, router="http://127.0.0.1:1"))

    assert "http://127.0.0.1:1/api/filter" in words
    assert draft.to_wire() == json.loads(words[-1])["body"]["values"]


def test_json_is_the_filter_rule() -> None:

    assert GUIDE.draft.to_wire() == json.loads(json_text(GUIDE.draft))


def test_a_muted_condition_is_in_no_export() -> None:
    draft = Draft(
        block=ConditionNode("id", "==", "a"),
        metrics=ConditionNode("instances.secret", ">", 1, "avg", is_muted=True),
    )

    assert [] == [name for name, export in EXPORTS.items() if "secret" in export(draft)]
