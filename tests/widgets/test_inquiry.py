"""AIOS is asked no more than an edit made unknown, and again as soon as its answers do not fit."""

import threading
from collections.abc import Sequence
from typing import Any

import pytest

from aios_nb import Condition, FilterRule
from aios_nb.errors import ServiceError
from aios_nb.query import Group
from aios_nb.widgets.inquiry import EVERY_BLOCK, FRESH_S, Inquiry

LARGE, FAST = Condition("size", ">=", 2), Condition("speed", ">=", 5)


class Fleet:
    """Answers as AIOS does, and remembers what it was asked."""

    def __init__(self, *blocks: dict[str, Any]) -> None:
        self.blocks = list(blocks)
        self.asked: list[FilterRule] = []

    def find(self, rule: FilterRule) -> Sequence[dict[str, Any]]:
        self.asked.append(rule)
        return [block for block in self.blocks if rule == EVERY_BLOCK or passes(rule, block)]


def passes(rule: FilterRule, block: dict[str, Any]) -> bool:
    assert isinstance(rule.block, Group)
    clauses = [clause for clause in rule.block.clauses if isinstance(clause, Condition)]
    return all(block[clause.variable] >= clause.value for clause in clauses)


def both(large: Condition = LARGE, fast: Condition = FAST) -> FilterRule:
    return FilterRule(block=Group("AND", (large, fast)))


def look(inquiry: Inquiry, rule: FilterRule) -> tuple[list[int], tuple[str, ...]]:
    """Return how many blocks each part of a rule removes, and the candidates."""
    found = inquiry.explain(rule, inquiry.count(rule, wanted), wanted)
    return [clause.removed for clause in found.clauses], found.candidates


def wanted() -> None:
    """Say that the answer is still wanted."""


@pytest.fixture
def fleet() -> Fleet:
    return Fleet(
        {"id": "a", "size": 1, "speed": 9},
        {"id": "b", "size": 2, "speed": 9},
        {"id": "c", "size": 3, "speed": 1},
    )


def test_after_an_edit_only_the_whole_and_the_changed_condition_are_asked(fleet: Fleet) -> None:
    inquiry = Inquiry(fleet.find)
    look(inquiry, both())
    fleet.asked.clear()
    slow = Condition("speed", ">=", 1)

    assert ([1, 1, 0], ("b", "c")) == look(inquiry, both(fast=slow))
    assert [both(fast=slow), FilterRule(block=Group("AND", (slow,)))] == fleet.asked


def test_answers_that_do_not_fit_the_whole_are_asked_anew(fleet: Fleet) -> None:
    inquiry = Inquiry(fleet.find)
    look(inquiry, both())
    fleet.blocks[0] = {"id": "a", "size": 5, "speed": 9}

    assert ([1, 0, 1], ("a", "b")) == look(inquiry, both())


def test_after_a_while_everything_is_asked_anew(fleet: Fleet) -> None:
    inquiry = Inquiry(fleet.find, fresh_s=0)
    look(inquiry, both())
    fleet.asked.clear()
    look(inquiry, both())
    alone = {FilterRule(block=Group("AND", (clause,))) for clause in (LARGE, FAST)}

    assert alone | {both(), EVERY_BLOCK} == set(fleet.asked)


def test_what_is_forgotten_is_asked_anew(fleet: Fleet) -> None:
    inquiry = Inquiry(fleet.find, fresh_s=FRESH_S)
    look(inquiry, both())
    before = len(fleet.asked)
    inquiry.forget()
    look(inquiry, both())

    assert before == len(fleet.asked) - before


def test_a_block_that_has_come_meanwhile_is_counted(fleet: Fleet) -> None:
    inquiry = Inquiry(fleet.find)
    look(inquiry, both())
    fleet.blocks.append({"id": "d", "size": 4, "speed": 9})

    assert ("b", "d") == look(inquiry, both())[1]
    assert 4 == len(inquiry.fleet)


def test_a_fleet_that_was_given_is_never_asked_for(fleet: Fleet) -> None:
    inquiry = Inquiry(fleet.find, blocks=fleet.blocks, fresh_s=0)
    inquiry.forget()
    look(inquiry, both())

    assert EVERY_BLOCK not in fleet.asked


def test_the_first_count_and_the_fleet_are_asked_side_by_side(fleet: Fleet) -> None:
    meet = threading.Barrier(2)

    def find(rule: FilterRule) -> Sequence[dict[str, Any]]:
        meet.wait(5)
        return fleet.find(rule)

    inquiry = Inquiry(find)

    assert ["b"] == [block["id"] for block in inquiry.count(both(), wanted)]
    assert 3 == len(inquiry.fleet)


def test_what_aios_refuses_is_told_and_asked_again(fleet: Fleet) -> None:
    def find(rule: FilterRule) -> Sequence[dict[str, Any]]:
        if rule == both():
            fleet.asked.append(rule)
            raise ServiceError("router", 200, "boom")
        return fleet.find(rule)

    inquiry = Inquiry(find)
    for _ in range(2):
        with pytest.raises(ServiceError, match="boom"):
            inquiry.count(both(), wanted)

    assert 2 == fleet.asked.count(both())
