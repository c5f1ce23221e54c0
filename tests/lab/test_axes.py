"""A name in a sweep means a goal or one condition of the query, and nothing else changes."""

from dataclasses import replace
from typing import Any

import numpy
import pytest

from aios_nb import Condition, FilterRule, MetricCondition, PayloadError, SelectionQuery
from aios_nb.lab.axes import Axis, axis_of, conditions

UPTIME = MetricCondition("avg", "instances.uptime_hours", ">", 10)


def test_a_goal_is_swept_by_its_weight(query: SelectionQuery) -> None:
    axis = axis_of(query, "Fast_Generator", [0, 1])
    changed = axis.set(query, 0.25)

    assert ("weight", 0.9) == (axis.kind, axis.own)
    assert {"Fast_Generator": 0.25, "Free_Block": 0.1} == {g.name: g.weight for g in changed.goals}
    assert query.filter_rule == changed.filter_rule


@pytest.mark.parametrize("name", ["MMLU", "uptime_hours", "instances.uptime_hours"])
def test_a_condition_is_found_by_its_path_or_a_part_of_it(query: SelectionQuery, name: str) -> None:
    axis = axis_of(query, name, [1, 2])
    before, after = (list(conditions(q.filter_rule)) for q in (query, axis.set(query, 1.5)))

    assert "threshold" == axis.kind
    assert [1.5] == [b.value for a, b in zip(before, after, strict=True) if a != b]


def test_a_condition_that_stands_alone_is_found() -> None:
    query = SelectionQuery("p:1-s", FilterRule(metrics=UPTIME))

    assert 3 == axis_of(query, "uptime_hours", [1, 2]).set(query, 3).filter_rule.metrics.value  # type: ignore[union-attr]


def test_an_unknown_name_is_answered_with_the_nearest(query: SelectionQuery) -> None:
    with pytest.raises(PayloadError, match=r"'MMLO' is neither .* did you mean 'MMLU'"):
        axis_of(query, "MMLO", [1, 2])


def test_a_name_in_several_conditions_is_refused(query: SelectionQuery) -> None:
    twice = replace(query, filter_rule=FilterRule(metrics=UPTIME & replace(UPTIME, value=1)))

    with pytest.raises(PayloadError, match="'uptime_hours' stands in several conditions"):
        axis_of(twice, "uptime_hours", [1, 2])


@pytest.mark.parametrize("values", [(), (1.0,), (1, 1), ("a", "b"), (True, False)])
def test_a_sweep_needs_two_numbers(values: Any) -> None:
    with pytest.raises(PayloadError, match="expected"):
        Axis("Fast_Generator", values)


def test_values_are_swept_in_ascending_order_and_once() -> None:

    assert (0, 1, 2) == Axis("Fast_Generator", (2, 0, 1, 0)).values


def test_a_text_as_value_is_no_own_number() -> None:
    query = SelectionQuery("p:1-s", FilterRule(block=Condition("id", "LIKE", "*")))

    assert axis_of(query, "id", [1, 2]).own is None


@pytest.mark.parametrize("values", [0.5, "abc", [0, float("nan")], [True, 2], [None, 1]])
def test_values_that_are_no_numbers_are_refused(query: SelectionQuery, values: Any) -> None:
    with pytest.raises(PayloadError, match="of 'Fast_Generator'"):
        axis_of(query, "Fast_Generator", values)


def test_numpys_numbers_become_pythons_own(query: SelectionQuery) -> None:
    whole = axis_of(query, "MMLU", numpy.arange(70, 90, 10))
    parts = axis_of(query, "Fast_Generator", numpy.linspace(0, 1, 3))

    assert [(70, 80), (0.0, 0.5, 1.0)] == [whole.values, parts.values]
    assert {int, float} == {type(v) for v in (*whole.values, *parts.values)}
