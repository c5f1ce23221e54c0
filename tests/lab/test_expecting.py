"""A golden decision passes silently, and fails with the reason."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aios_nb import AIOSClient, OptimizationGoal, PayloadError, SelectionQuery
from aios_nb.lab import Recorded, expect


def test_a_decision_as_expected_passes(
    aios: AIOSClient, query: SelectionQuery, recorded: Recorded
) -> None:
    ids = [block["id"] for block in recorded.candidates]
    golden = {"winner": "atlas-14b-chat", "runner_up": "finch-8b-chat", "candidates": ids}

    expect(aios, query, **golden, dropped_by={"kite-2b-rag": "usecase", "cedar-34b-batch": "supp"})
    expect(recorded, query, **golden)


def test_another_winner_shows_all_scores(query: SelectionQuery, recorded: Recorded) -> None:
    with pytest.raises(AssertionError) as failed:
        expect(recorded, query, winner="lynx-27b-vision")
    first, second = str(failed.value).splitlines()

    assert "winner: expected 'lynx-27b-vision', got 'atlas-14b-chat'" == first
    assert second.startswith("  scores: atlas-14b-chat 0.9")


def test_a_winner_that_is_no_candidate_is_told_why(aios: AIOSClient, query: SelectionQuery) -> None:
    with pytest.raises(AssertionError, match=r"'kite-2b-rag' is no candidate: usecase is 'rag"):
        expect(aios, query, winner="kite-2b-rag")


def test_another_runner_up_is_told_on_an_aios_too(aios: AIOSClient, query: SelectionQuery) -> None:
    with pytest.raises(AssertionError, match="runner-up: expected 'x', got 'finch-8b-chat'"):
        expect(aios, query, runner_up="x")


def test_a_block_dropped_by_another_condition_is_told(
    aios: AIOSClient, query: SelectionQuery
) -> None:
    with pytest.raises(AssertionError, match=r"'kite-2b-rag' to fail 'uptime', not: usecase is"):
        expect(aios, query, dropped_by={"kite-2b-rag": "uptime"})


def test_a_candidate_was_not_dropped(aios: AIOSClient, query: SelectionQuery) -> None:
    with pytest.raises(AssertionError, match="but it is a candidate"):
        expect(aios, query, dropped_by={"atlas-14b-chat": "MMLU"})


def test_candidates_too_many_and_too_few_are_told(
    query: SelectionQuery, recorded: Recorded
) -> None:
    with pytest.raises(AssertionError) as failed:
        expect(recorded, query, candidates=["nobody"])

    assert "'nobody', but it is not among the 8 recorded candidates" in str(failed.value)
    assert "passed, and not expected to: aspen-22b-chat, atlas-14b-chat" in str(failed.value)


def test_a_policy_that_fails_is_told_as_nobody(query: SelectionQuery, recorded: Recorded) -> None:
    with pytest.raises(AssertionError, match=r"got none .policy attributebasedrouter.zip failed"):
        expect(recorded, replace(query, goals=(OptimizationGoal("Quick"),)), winner="a")


def test_expecting_nothing_is_refused(query: SelectionQuery, recorded: Recorded) -> None:
    with pytest.raises(PayloadError, match="expects nothing"):
        expect(recorded, query)


def test_drops_of_a_recording_are_not_known(query: SelectionQuery, recorded: Recorded) -> None:
    with pytest.raises(PayloadError, match="only an AIOS can tell"):
        expect(recorded, query, dropped_by={"kite-2b-rag": "MMLU"})


def test_another_winner_shows_the_scores_of_an_aios_too(
    aios: AIOSClient, query: SelectionQuery
) -> None:
    with pytest.raises(AssertionError, match=r"\n  scores: atlas-14b-chat 0\.9"):
        expect(aios, query, winner="lynx-27b-vision")


def test_all_that_passed_unexpectedly_stands_in_one_line(
    aios: AIOSClient, query: SelectionQuery
) -> None:
    with pytest.raises(AssertionError) as failed:
        expect(aios, query, candidates=["atlas-14b-chat"])

    assert 1 == len(str(failed.value).splitlines())


def test_one_id_in_place_of_several_is_refused(aios: AIOSClient, query: SelectionQuery) -> None:
    with pytest.raises(PayloadError, match=r"expected several ids: \['atlas-14b-chat'\]"):
        expect(aios, query, candidates="atlas-14b-chat")


@pytest.mark.parametrize("dropped_by", ["kite-2b-rag", {"kite-2b-rag": ["MMLU"]}, ["kite-2b-rag"]])
def test_drops_without_a_reason_each_are_refused(
    aios: AIOSClient, query: SelectionQuery, dropped_by: Any
) -> None:
    with pytest.raises(PayloadError, match="expected a part of a reason by block"):
        expect(aios, query, dropped_by=dropped_by)


def test_what_is_no_query_is_refused(aios: AIOSClient, query: Any) -> None:
    with pytest.raises(PayloadError, match="expected a SelectionQuery"):
        expect(aios, query.filter_rule, winner="atlas-14b-chat")


def test_a_failing_line_of_a_test_is_shown_without_the_inside_of_expect(
    query: SelectionQuery, recorded: Recorded
) -> None:
    with pytest.raises(AssertionError) as failed:
        expect(recorded, query, winner="lynx-27b-vision")

    assert "test_expecting.py" == Path(failed.traceback.filter(failed)[-1].path).name
