"""What the policy cannot use is refused or left out: defects P9-P11 of contract §9.3."""

from __future__ import annotations

import pytest
from attribute_policy import GUIDE, candidate, choose, policy, query, tokens

ONE = [candidate("a", tokens(1))]


def refusal(parameters, candidates=ONE):
    with pytest.raises(policy.PolicyError) as caught:
        choose(candidates, parameters)
    assert isinstance(caught.value, ValueError)
    return str(caught.value)


def test_p9_unknown_goal_is_refused_with_the_known_ones():
    text = refusal(query({"Fast_Generatr": 1}))

    assert "goal is {'name': 'Fast_Generatr', 'weight': 1}" in text
    assert all(name in text for name in policy.GOALS)


@pytest.mark.parametrize(
    "goal", [{}, {"weight": 1}, {"name": None}, {"name": ["Free_Block"]}, "Free_Block", 5, None]
)
def test_p10_goal_without_usable_name_is_refused(goal):
    text = refusal({"selection_query": {"optimization_goals": [goal]}})

    assert f'goal is {goal!r}; expected an object with "name" (one of Cost_Saver,' in text


@pytest.mark.parametrize(
    "weight", ["0.9", float("nan"), float("inf"), -0.1, None, True, [1], 10**400]
)
def test_p10_weight_that_is_no_finite_number_of_at_least_0_is_refused(weight):
    text = refusal(query({"Free_Block": weight}))

    assert "weight of Free_Block is " in text
    assert text.endswith("expected a finite number of at least 0")


@pytest.mark.parametrize("goals", [{}, {"name": "Free_Block"}, "Free_Block", 5, None])
def test_p10_goals_that_are_no_list_are_refused(goals):
    assert "optimization_goals is " in refusal({"selection_query": {"optimization_goals": goals}})


@pytest.mark.parametrize(
    "parameters", [{}, None, {"selection_query": []}, {"selection_query": "x"}]
)
def test_p10_selection_query_that_is_no_object_is_refused(parameters):
    assert "selection_query is " in refusal(parameters)


@pytest.mark.parametrize("application_type", [5, ["Chat"], {"a": 1}])
def test_p10_application_type_that_is_no_word_is_refused(application_type):
    assert "application_type is " in refusal(query(GUIDE, application_type=application_type))


@pytest.mark.parametrize(
    "value", ["41.8", True, float("nan"), float("inf"), None, [], {"x": 1}, 10**400]
)
def test_p10_metric_that_is_no_number_counts_as_missing(value):
    pair = [candidate("a", tokens(value)), candidate("b", tokens(1))]

    assert choose(pair, query({"Fast_Generator": 1}))["id"] == "b"


@pytest.mark.parametrize(
    "candidates", [[], [{}], [{"id": None}], ["a"], {}, {"candidates": []}, None]
)
def test_no_candidates_are_refused(candidates):
    assert "input_data is " in refusal(query(GUIDE), candidates)


@pytest.mark.parametrize("stray", [{}, {"id": 5}, {"id": ""}, None, "a"])
def test_p11_candidate_without_id_is_ignored(stray, capsys):
    assert choose([stray, candidate("b", tokens(1))], query(GUIDE))["id"] == "b"
    assert "received: 2 (1 without id, ignored)" in capsys.readouterr().err


@pytest.mark.parametrize(
    "metrics", [None, [], "x", {"instances": None}, {"instances": {}}, {"instances": [None, 5]}]
)
def test_p11_malformed_metrics_do_not_stop_the_choice(metrics):
    broken = {**candidate("a"), "metrics": metrics}

    assert choose([broken, candidate("b", tokens(1))], query(GUIDE))["id"] == "b"
