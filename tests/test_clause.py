"""Conditions, how they join, and their way to the wire and back."""

from typing import Any

import pytest
from hypothesis import given
from strategies import document_clauses, metric_clauses

from aios_nb import Condition, MetricCondition, PayloadError
from aios_nb.clause import Clause, Group

A, B, C, D = (Condition("id", "==", name) for name in "abcd")
UPTIME = MetricCondition("avg", "instances.uptime_hours", ">", 10)


def test_condition_becomes_variable_operator_value() -> None:

    assert {"variable": "id", "operator": "==", "value": "a"} == A.to_wire()


def test_metric_condition_becomes_aggregate_target_operator_value() -> None:
    expected = {
        "aggOperator": "avg",
        "target": "instances.uptime_hours",
        "operator": ">",
        "value": 10,
    }

    assert expected == UPTIME.to_wire()


def test_a_chain_of_ands_is_one_flat_group() -> None:

    assert Group("AND", (A, B, C, D)) == A & B & (C & D)


def test_an_or_inside_ands_keeps_its_nesting() -> None:

    assert Group("AND", (A, B, Group("OR", (C, D)))) == A & B & (C | D)


def test_an_and_inside_ors_keeps_its_nesting() -> None:

    assert Group("OR", (Group("AND", (A, B)), C)) == (A & B) | C


def test_joining_changes_neither_side() -> None:
    left = A & B
    _ = left & C

    assert Group("AND", (A, B)) == left


def test_order_of_conditions_is_kept() -> None:
    ids = [node["value"] for node in (C & A & B).to_wire()["conditions"]]

    assert ["c", "a", "b"] == ids


@pytest.mark.parametrize("clause", [A, UPTIME, A & B])
def test_truth_of_a_clause_raises_because_and_would_drop_one_side(clause: Clause) -> None:
    with pytest.raises(PayloadError, match=r"join clauses with & and \|"):
        bool(clause)
    with pytest.raises(PayloadError):
        _ = clause and B


def test_joining_with_something_else_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        _ = A & "id == 'b'"  # type: ignore[operator]


@given(document_clauses | metric_clauses)
def test_any_clause_comes_back_from_the_wire(clause: Clause) -> None:

    assert clause == Clause.from_wire(clause.to_wire())


def test_values_of_a_list_are_copied_both_ways() -> None:
    ids = ["a"]
    condition = Condition("id", "IN", ids)
    ids.append("b")
    condition.to_wire()["value"].append("c")

    assert ["a"] == condition.to_wire()["value"]


def test_tuple_and_list_make_equal_conditions() -> None:

    assert Condition("id", "IN", ["a"]) == Condition("id", "IN", ("a",))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("id", "=~", "a"), r"unknown operator on 'id': '=~'; use one of ==, !=, <, <=, >, >="),
        (("id", "like", "a"), "did you mean 'LIKE'"),
        (("id", "LIKE", 5), r"LIKE on 'id' got 5; expected a string"),
        (("id", "IN", "abc"), r"IN on 'id' got 'abc'; expected a list"),
        (("", "==", 5), "variable of a condition is ''; expected a string such as"),
        ((5, "==", 5), "variable of a condition is 5"),
        (("id", "==", object()), "is a object, which JSON cannot carry"),
        (("id", ">", float("nan")), "is nan, which JSON cannot carry"),
        (("id", "IN", [1, {2}]), r"value on 'id'\[1\] is a set"),
        (("id", "==", {1: 2}), "has the key 1; expected keys that are strings"),
    ],
)
def test_a_condition_that_aios_could_not_use_is_refused(
    arguments: tuple[Any, ...], message: str
) -> None:
    with pytest.raises(PayloadError, match=message):
        Condition(*arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("avg", "uptime_hours", ">", 10), "has one level; expected at least two, such as"),
        (("p95", "instances.x", ">", 10), "unknown aggregate on 'instances.x': 'p95'"),
        (("AVG", "instances.x", ">", 10), "did you mean 'avg'"),
        (("avg", "instances.x", "=", 10), "unknown operator on 'instances.x': '='"),
        (("avg", "instances.x", "=", 10), "did you mean '=='"),
        (("avg", "instances.x", "LIKE", "*"), "use one of ==, !=, <, <=, >, >="),
    ],
)
def test_a_metric_condition_that_aios_would_take_for_every_block_is_refused(
    arguments: tuple[Any, ...], message: str
) -> None:
    with pytest.raises(PayloadError, match=message):
        MetricCondition(*arguments)


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ({}, "a condition lacks 'variable'"),
        ([], r"a clause is \[\]; expected a JSON object"),
        ({"variabel": 1, "operator": "==", "value": 1}, "did you mean 'variable'"),
        ({"logicalOperator": "NOT", "conditions": []}, "unknown logical operator 'NOT'"),
        ({"logicalOperator": "and", "conditions": []}, "did you mean 'AND'"),
        ({"logicalOperator": "AND"}, "a group lacks 'conditions'"),
        ({"logicalOperator": "AND", "conditions": {}}, "expected a list of clauses"),
        ({"aggOperator": "avg", "operator": ">", "value": 1}, "a metric condition lacks 'target'"),
        ({"variable": "a", "operator": "==", "value": 1, "not": True}, "unknown key 'not'"),
    ],
)
def test_a_node_that_is_no_clause_is_refused(node: Any, message: str) -> None:
    with pytest.raises(PayloadError, match=message):
        Clause.from_wire(node)


def test_from_wire_of_a_kind_refuses_another_kind() -> None:
    with pytest.raises(PayloadError, match="is a Group, not a Condition"):
        Condition.from_wire((A & B).to_wire())


def test_clauses_read_as_sentences() -> None:
    clause = A & (Condition("mmlu", ">=", 80) | Condition("arc", ">=", 90))

    assert "id == 'a' AND (mmlu >= 80 OR arc >= 90)" == str(clause)
