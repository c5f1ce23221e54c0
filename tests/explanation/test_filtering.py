"""Every verdict is AIOS's own, and what the verdicts add up to is said."""

from typing import Any

import pytest

from aios_nb import AIOSClient, Condition, FilterRule, MetricCondition, ServiceError
from aios_nb.explanation import Explanation, explain, explain_filter
from aios_nb.query import Group

FLEET = [{"id": "a", "size": 78.4}, {"id": "b", "size": 80}, {"id": "c"}]
SIZE = Condition("size", ">=", 80)
NAME = Condition("id", "IN", ["a", "b"])
TOKENS = MetricCondition("avg", "instances.llm_tokens_per_second", ">", 10)
EVERY = FilterRule(block=Condition("id", "LIKE", "*"))


class Scripted:
    """Answers rules as AIOS would, by a table of who passes which leaf; counts its questions."""

    def __init__(self, **passing: str) -> None:
        self.passing = passing
        self.asked: list[FilterRule] = []

    def __call__(self, rule: FilterRule) -> list[dict[str, Any]]:
        self.asked.append(rule)
        wanted = self._ids(rule.block)
        return [block for block in FLEET if block["id"] in wanted]

    def _ids(self, clause: Any) -> set[str]:
        if not isinstance(clause, Group):
            return set(self.passing[clause.variable])
        sets = [self._ids(member) for member in clause.clauses]
        return set.intersection(*sets) if clause.operator == "AND" else set.union(*sets)


def test_a_near_miss_names_the_value_the_limit_and_what_would_remain() -> None:
    found = explain_filter(
        Scripted(size="b", id="ab"), FilterRule(block=SIZE & NAME), blocks=FLEET, workers=1
    )

    assert ["a: size 78.4 < 80; without this condition 2 blocks remain"] == [
        str(miss) for miss in found.near_misses
    ]


def test_a_block_that_fails_twice_is_no_near_miss_and_has_both_reasons() -> None:
    found = explain_filter(
        Scripted(size="b", id="ab"), FilterRule(block=SIZE & NAME), blocks=FLEET, workers=1
    )
    verdict = found.blocks[-1]

    assert ("c", None) == (verdict.block_id, verdict.near_miss)
    assert ("size is missing (wanted >= 80)", "id is 'c' (wanted IN ['a', 'b'])") == verdict.reasons


def test_counts_say_what_each_clause_removes() -> None:
    found = explain_filter(
        Scripted(size="b", id="ab"), FilterRule(block=SIZE & NAME), blocks=FLEET, workers=1
    )

    assert [(2, 3, 0), (2, 2, 1), (1, 1, 0)] == [
        (clause.removed, clause.candidates_without, clause.only_obstacle_for)
        for clause in found.clauses
    ]


def test_equal_questions_are_asked_once() -> None:
    find = Scripted(size="b")
    explain_filter(find, FilterRule(block=Group("AND", (SIZE, SIZE))), blocks=FLEET, workers=1)

    assert 2 == len(find.asked)


def test_what_aios_refuses_is_told_and_not_raised() -> None:
    def refuse(_: FilterRule) -> list[dict[str, Any]]:
        raise ServiceError("router", 200, "boom")

    found = explain_filter(refuse, FilterRule(block=SIZE), blocks=FLEET)

    assert "router said no (HTTP 200): boom" == found.error == found.clauses[0].error


def test_answers_of_the_guide_are_those_of_each_condition_sent_alone(
    aios: AIOSClient, guides: Explanation
) -> None:
    rules = {clause.place: clause.node.rule("block") for clause in guides.clauses}
    alone = {place: {b["id"] for b in aios.find_candidates(rule)} for place, rule in rules.items()}

    assert alone == {clause.place: set(clause.passing) for clause in guides.clauses}


def test_values_are_those_of_the_documents(guides: Explanation) -> None:
    atlas = next(block for block in guides.blocks if block.block_id == "atlas-14b-chat")

    assert [True, 78.4, 91.6, 3.5, 41.8] == [leaf.actual for leaf in atlas.leaves][1:]


def test_an_or_at_the_top_of_the_block_query_is_called_a_union(aios: AIOSClient) -> None:
    rule = FilterRule(block=Condition("id", "==", "x") | Condition("id", "==", "y"), metrics=TOKENS)
    found = explain_filter(aios.find_candidates, rule, blocks=aios.find_candidates(EVERY))

    assert ["union"] == [caution.code for caution in found.warnings]
    assert set(found.candidates) == set(found.clauses[-1].passing)


def test_an_and_inside_a_metrics_or_is_called_odd(aios: AIOSClient) -> None:
    never = MetricCondition("avg", "instances.llm_tokens_per_second", ">", 1000)
    rule = FilterRule(metrics=Group("OR", (Group("AND", (never, TOKENS)), never)))
    found = explain_filter(aios.find_candidates, rule, blocks=aios.find_candidates(EVERY))

    assert ["odd-group"] == [caution.code for caution in found.warnings]


@pytest.mark.parametrize("operator", ["AND", "OR"])
def test_an_empty_group_is_asked_and_not_guessed(aios: AIOSClient, operator: Any) -> None:
    rule = FilterRule(metrics=Group(operator, ()))
    every = aios.find_candidates(EVERY)
    found = explain_filter(aios.find_candidates, rule, blocks=every)

    assert {b["id"] for b in aios.find_candidates(rule)} == set(found.candidates)
    assert set(found.candidates) == set(found.clauses[0].passing)


def test_a_refused_condition_is_named_and_no_block_is_a_near_miss(aios: AIOSClient) -> None:
    mmlu = Condition("component.componentMetadata.evaluation.benchmarks.MMLU.value", ">=", 80)
    found = explain(aios, FilterRule(block=Condition("id", "LIKE", "c++") & mmlu))

    assert (0, ()) == (len(found.candidates), found.near_misses)
    assert ["filter-refused"] == [caution.code for caution in found.warnings]
    assert "because of blockQuery.conditions[0]:" in str(found.warnings[0])
    assert "could not evaluate the filter" in str(found).splitlines()[0]
    assert [14, 8, None] == [clause.candidates_without for clause in found.clauses]


def test_a_near_miss_is_as_far_as_the_farthest_condition_it_fails() -> None:
    speed = Condition("speed", ">=", 100)
    fleet = [{"id": "a", "size": 79, "speed": 50}, {"id": "b", "size": 40, "speed": 200}]

    def find(rule: FilterRule) -> list[dict[str, Any]]:
        wanted = str(rule.to_wire())
        is_speed_alone = "speed" in wanted and "size" not in wanted
        return fleet[1:] if is_speed_alone else []

    rule = FilterRule(block=Group("OR", (SIZE & speed, Condition("id", "==", "z"))))
    gaps = {
        miss.block_id: miss.gap for miss in explain_filter(find, rule, blocks=fleet).near_misses
    }

    assert {"a": 0.5, "b": 0.5} == gaps


@pytest.mark.parametrize("limit", [10**400, float("1e308")])
def test_a_limit_beyond_all_numbers_is_explained(limit: float) -> None:
    rule = FilterRule(block=Condition("size", ">=", limit))
    found = explain_filter(lambda _: [], rule, blocks=FLEET)

    assert 3 == len(found.near_misses)


def test_a_value_that_is_no_number_has_no_distance() -> None:
    fleet = [{"id": "nan", "size": float("nan")}, {"id": "a", "size": 78.4}]
    found = explain_filter(lambda _: [], FilterRule(block=SIZE), blocks=fleet)

    assert [("a", 0.02), ("nan", None)] == [
        (miss.block_id, miss.gap and round(miss.gap, 4)) for miss in found.near_misses
    ]
