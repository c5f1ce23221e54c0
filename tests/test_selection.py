"""Goals and the selection query."""

from typing import Any

import pytest
from hypothesis import given
from strategies import goals, selection_queries

from aios_nb import Condition, FilterRule, OptimizationGoal, PayloadError, SelectionQuery

RULE = FilterRule(block=Condition("id", "LIKE", "*"))
URI = "attributebasedrouter:2.0-stable"


def query(**changes: Any) -> SelectionQuery:
    return SelectionQuery(**({"policy_rule_uri": URI, "filter_rule": RULE} | changes))


def parameters(value: SelectionQuery) -> Any:
    return value.to_wire()["body"]["values"]["rankingPolicyRule"]["values"]["parameters"]


@given(goals)
def test_any_goal_comes_back_from_the_wire(goal: OptimizationGoal) -> None:

    assert goal == OptimizationGoal.from_wire(goal.to_wire())


@given(selection_queries)
def test_any_selection_query_comes_back_from_the_wire(value: SelectionQuery) -> None:

    assert value == SelectionQuery.from_wire(value.to_wire())


def test_a_goal_without_weight_weighs_one() -> None:

    assert OptimizationGoal("Free_Block", 1.0) == OptimizationGoal.from_wire({"name": "Free_Block"})


@pytest.mark.parametrize("weight", ["0.9", None, True, float("nan"), float("inf")])
def test_a_weight_that_is_no_number_is_refused(weight: Any) -> None:
    with pytest.raises(PayloadError, match=r"weight of goal 'Free_Block' is .* expected a finite"):
        OptimizationGoal("Free_Block", weight)


@pytest.mark.parametrize("name", ["", "  ", None, 7])
def test_a_goal_without_a_name_is_refused(name: Any) -> None:
    with pytest.raises(PayloadError, match="name of an optimization goal"):
        OptimizationGoal(name)


def test_further_parameters_travel_beside_the_known_ones() -> None:
    value = query(parameters={"llm_block_id": "b", "selection_query": {"application_type": "Chat"}})

    assert "b" == parameters(value)["llm_block_id"]
    assert {"application_type": "Chat", "optimization_goals": []} == (
        parameters(value)["selection_query"]
    )


def test_what_is_not_given_is_not_sent() -> None:

    assert {"filterRule", "selection_query"} == set(parameters(query()))


def test_order_of_goals_is_kept() -> None:
    names = ["Fast_Generator", "Free_Block", "Cost_Saver"]
    sent = parameters(query(goals=[OptimizationGoal(name) for name in names]))

    assert names == [goal["name"] for goal in sent["selection_query"]["optimization_goals"]]


def test_the_values_argument_is_not_changed() -> None:
    extra = {"selection_query": {"application_type": "Chat"}}
    query(parameters=extra).to_wire()

    assert {"selection_query": {"application_type": "Chat"}} == extra


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"policy_rule_uri": "attributebasedrouter"}, "expected name:version-release_tag"),
        ({"policy_rule_uri": ""}, "policy_rule_uri is ''"),
        ({"policy_rule_uri": None}, "policy_rule_uri is None"),
        ({"filter_rule": {"matchType": "block"}}, r"from JSON: FilterRule\.from_wire"),
        ({"goals": OptimizationGoal("a")}, "goals is one goal"),
        ({"goals": [{"name": "a"}]}, r"from JSON: OptimizationGoal\.from_wire"),
        ({"metrics_base_url": "metrics:30201"}, "expected a URL such as"),
        ({"user_query": 5}, "user_query is 5; expected a string"),
        ({"parameters": []}, r"parameters is \[\]; expected a JSON object"),
        ({"parameters": {"filterRule": {}}}, "which has an argument: filter_rule="),
        ({"parameters": {"METRICS_BASE_URL": "x"}}, "which has an argument: metrics_base_url="),
        ({"parameters": {"selection_query": []}}, "expected a JSON object"),
        ({"parameters": {"selection_query": {"optimization_goals": []}}}, "given as goals="),
    ],
)
def test_a_query_that_aios_would_misread_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(PayloadError, match=message):
        query(**changes)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("body",), None, "selection_query lacks 'body'|body is None"),
        (("body", "values"), {}, "lacks 'rankingPolicyRule'"),
        (("body", "values", "rankingPolicyRule"), {"policyRuleURI": URI}, "unknown key"),
        (("body", "values", "rankingPolicyRule", "values", "settings"), {}, "unknown key"),
        (
            ("body", "values", "rankingPolicyRule", "values", "parameters"),
            {},
            "parameters lacks 'filterRule'",
        ),
    ],
)
def test_a_document_that_is_no_selection_query_is_refused(
    path: tuple[str, ...], value: Any, message: str
) -> None:
    document = query().to_wire()
    node = document
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value

    with pytest.raises(PayloadError, match=message):
        SelectionQuery.from_wire(document)
