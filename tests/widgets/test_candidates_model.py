"""The table of candidates: AIOS's verdicts, sorted as one likes."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from aios_nb import AIOSClient, Condition, FilterRule
from aios_nb.errors import TransportError
from aios_nb.widgets.candidates_model import SORTS, CandidatesModel


@pytest.fixture
def model(aios: AIOSClient) -> Iterator[CandidatesModel]:
    model = CandidatesModel(aios.find_candidates, pause_s=0)
    model.refresh()
    assert model.wait()
    yield model
    model.close()


def ids(model: CandidatesModel) -> list[str]:
    return [row.block_id for row in model.rows()]


def test_every_block_has_a_row_and_candidates_come_first_in_aioss_order(
    model: CandidatesModel, aios: AIOSClient, fleet: Sequence[dict[str, Any]]
) -> None:
    found = [block["id"] for block in aios.find_candidates(model.rule)]

    assert found == ids(model)[: len(found)]
    assert {block["id"] for block in fleet} == set(ids(model))


def test_a_row_says_which_conditions_a_block_passes(model: CandidatesModel) -> None:
    row = next(row for row in model.rows() if row.block_id == "birch-15b-code")

    assert "near miss" == row.status
    assert 4 == row.passed
    assert [False, True, True, False, True, True] == [f.passed for f in row.verdict.leaves]


def test_blocks_are_sorted_by_a_measure_and_those_without_come_last(
    model: CandidatesModel,
) -> None:
    model.sort_by, model.is_descending = "tokens/s", True
    speeds = [row.numbers["tokens/s"] for row in model.rows()]
    known = [speed for speed in speeds if speed is not None]

    assert sorted(known, reverse=True) == speeds[: len(known)]
    assert [None] * (len(speeds) - len(known)) == speeds[len(known) :]


@pytest.mark.parametrize("sort_by", SORTS)
def test_no_order_loses_a_block(model: CandidatesModel, sort_by: str) -> None:
    before = set(ids(model))
    model.sort_by = sort_by

    assert before == set(ids(model))


def test_another_rule_brings_other_verdicts(model: CandidatesModel) -> None:
    model.rule = FilterRule(block=Condition("id", "LIKE", "*vision*"))

    assert model.wait()
    assert 2 == sum(row.status == "candidate" for row in model.rows())


def test_what_aios_cannot_evaluate_is_told_in_its_words(model: CandidatesModel) -> None:
    model.rule = FilterRule(block=Condition("id", "LIKE", "c++"))

    assert model.wait()
    assert "router said no" in model.message


def test_an_absent_aios_is_a_quiet_word_and_the_old_rows_stay(aios: AIOSClient) -> None:
    is_away = False

    def find(rule: FilterRule) -> list[dict[str, Any]]:
        if is_away:
            raise TransportError("router did not answer")
        return aios.find_candidates(rule)

    model = CandidatesModel(find, pause_s=0)
    model.refresh()
    assert model.wait()
    before, is_away = ids(model), True
    model.refresh()

    assert model.wait()
    assert "away" == model.state
    assert before == ids(model)


def test_nothing_is_known_before_aios_was_asked() -> None:

    assert [] == CandidatesModel().rows()
