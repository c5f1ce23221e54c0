"""The filter rule: which clauses it takes, and its way to the wire and back."""

from typing import Any

import pytest
from hypothesis import given
from strategies import filter_rules

from aios_nb import Condition, FilterRule, MetricCondition, PayloadError, clause, query

A = Condition("id", "==", "a")
UPTIME = MetricCondition("avg", "instances.uptime_hours", ">", 10)


@given(filter_rules())
def test_any_filter_rule_comes_back_from_the_wire(rule: FilterRule) -> None:

    assert rule == FilterRule.from_wire(rule.to_wire())


def test_filter_rule_writes_only_the_queries_that_are_there() -> None:
    expected = {"matchType": "block", "filter": {"blockQuery": A.to_wire()}}

    assert expected == FilterRule(block=A).to_wire()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "a filter rule without a clause; give block="),
        ({"block": A, "match_type": "blok"}, "did you mean 'block'"),
        ({"block": {"variable": "id"}}, "block= of a filter rule is .* expected a Condition"),
        ({"block": A & UPTIME}, "holds a metric condition .* give it as metrics="),
        ({"cluster": UPTIME}, "holds a metric condition"),
    ],
)
def test_a_filter_rule_that_aios_would_misread_is_refused(
    arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(PayloadError, match=message):
        FilterRule(**arguments)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"matchType": "block", "filter": {"blockQuery": {}}}, "a condition lacks 'variable'"),
        ({"matchType": "block", "filter": {}}, "without a clause"),
        ({"matchType": "block", "filter": {"blockquery": {}}}, "did you mean 'blockQuery'"),
        ({"filter": {}}, "filterRule lacks 'matchType'"),
        (None, "filterRule is None; expected a JSON object"),
    ],
)
def test_a_document_that_is_no_filter_rule_is_refused(document: Any, message: str) -> None:
    with pytest.raises(PayloadError, match=message):
        FilterRule.from_wire(document)


def test_clauses_can_be_imported_beside_the_rule_that_they_make() -> None:
    names = ("Clause", "Condition", "Group", "MetricCondition")

    assert [getattr(clause, name) for name in names] == [getattr(query, name) for name in names]
