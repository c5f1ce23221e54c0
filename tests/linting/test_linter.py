"""Which things can be linted, which kind JSON is taken for, and places that a form can use."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aios_nb import (
    Condition,
    FilterRule,
    InferenceRequest,
    PayloadError,
    PolicyPackage,
    SelectionQuery,
    lint,
)
from aios_nb.linting.linter import kind_of_payload

from .payloads import JSON, META, blocks, every, query, registration, request, says, some

SOURCE = (
    "class AIOSv1PolicyRule:\n"
    "    def __init__(self, rule_id, settings, parameters): ...\n"
    "    def eval(self, parameters, input_data, context): return input_data[0]\n"
)
RULE = FilterRule(block=Condition("id", "LIKE", "*"))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@pytest.mark.parametrize(
    ("thing", "subject"),
    [
        (RULE, "filter rule"),
        (SelectionQuery("p:1-s", RULE), "selection query"),
        (InferenceRequest(message="x", model="a"), "inference request"),
        (PolicyPackage.from_source("first", SOURCE), "first.zip"),
        (blocks(says()), "filter rule"),
        (query(), "selection query"),
        (request(), "inference request"),
        (registration(), "policy registration"),
        ({"messages": []}, "chat completion"),
        ({"prompt": "x"}, "completion"),
        ({"data": {}, "model": "a"}, "inference request"),
        ({"blockQuery": {}}, "filter rule"),
    ],
)
def test_a_thing_is_known_for_what_it_is(thing: object, subject: str) -> None:

    assert subject == lint(thing).subject


@pytest.mark.parametrize("thing", [[], None, "x", {}, {"hello": 1}, 5])
def test_what_is_none_of_these_is_refused(thing: object) -> None:
    with pytest.raises(PayloadError, match="expected an inference request, a selection query"):
        lint(thing)


def test_one_name_for_fields_is_refused() -> None:
    with pytest.raises(PayloadError, match="expected several names"):
        lint(RULE, fields="id")


def test_values_that_say_what_is_meant_have_nothing_to_report() -> None:

    assert [] == list(lint(InferenceRequest(message="x", model="atlas-14b-chat")))


def test_a_place_is_the_path_of_the_mistake() -> None:
    rule = blocks(every(says(), some(says(), says(META + ".usecase", "LIKE", 5)), says("id")))

    (finding,) = lint(rule)

    assert "filter.blockQuery.conditions[1].conditions[1].value" == finding.place


def test_the_payload_stays_as_it_was() -> None:
    payload, expected = request(model=""), request(model="")
    lint(payload)

    assert expected == payload


def test_depth_costs_no_stack() -> None:
    node: JSON = says("id", "in", ["a"])
    for _ in range(5000):
        node = every(node)

    (finding,) = lint(blocks(node))
    lint(query(filterRule=blocks(node, blockMetricsQuery=node)))

    assert 5000 == finding.place.count("conditions[0]")


@pytest.mark.parametrize("key", ["session_id", "filter", "body", "messages", "prompt", "code"])
@given(value=json_values, more=json_values)
def test_no_json_at_all_makes_the_linter_stumble(key: str, value: object, more: object) -> None:
    payload = {key: value, "data": more, "seq_no": value, "filter": more, "graph": value}

    assert lint(payload).subject == kind_of_payload(payload)


@given(node=json_values, metric=json_values, goals=json_values, wishes=json_values)
def test_no_filter_and_no_goal_makes_the_linter_stumble(
    node: object, metric: object, goals: object, wishes: object
) -> None:
    rule = {"matchType": node, "filter": {"blockQuery": node, "blockMetricsQuery": metric}}
    deep = blocks(every(says(value=node), {"logicalOperator": node, "conditions": [metric, node]}))
    leaf = {"variable": node, "operator": metric, "value": goals}
    aggregate = {"aggOperator": node, "target": metric, "operator": goals, "value": wishes}
    told = [
        query(filterRule=r, selection_query={"optimization_goals": goals}) for r in (rule, deep)
    ]
    odd = {"matchType": "block", "filter": {"blockQuery": leaf, "blockMetricsQuery": aggregate}}

    for payload in (*told, query(filterRule=odd, selection_query=wishes), query(filterRule=node)):
        assert "selection query" == lint(payload).subject


@pytest.mark.parametrize("thing", ["request.json", Path("request.json")])
def test_the_name_of_a_file_is_told_where_files_are_linted(thing: Any) -> None:
    with pytest.raises(PayloadError, match="aios-nb lint FILE"):
        lint(thing)


@pytest.mark.parametrize("fields", [[{"id": "a"}], 3, "id"])
def test_fields_that_are_none_are_refused_with_the_way_to_get_them(fields: Any) -> None:
    with pytest.raises(PayloadError, match=r"what fields_of\(blocks\) returns"):
        lint(FilterRule(block=Condition("id", "==", "a")), fields=fields)
