"""Live feedback is AIOS's own answer to the newest draft, or a quiet word."""

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from aios_nb import AIOSClient, Condition, FilterRule
from aios_nb.errors import TransportError
from aios_nb.query import Group
from aios_nb.widgets.draft import Draft, Place
from aios_nb.widgets.feedback_model import AWAY, Feedback, FeedbackModel
from aios_nb.widgets.inquiry import EVERY_BLOCK
from aios_nb.widgets.query_model import QueryModel
from aios_nb.widgets.tree import ConditionNode

FIRST = Place("block", (0,))
FLEET = [{"id": "a", "size": 1}, {"id": "b", "size": 2}]


@pytest.fixture
def model(aios: AIOSClient) -> Iterator[FeedbackModel]:
    model = FeedbackModel(QueryModel(), aios.find_candidates, pause_s=0)
    model.refresh()
    assert model.wait()
    yield model
    model.close()


def by_size(rule: FilterRule) -> Sequence[dict[str, Any]]:
    if rule == EVERY_BLOCK:
        return FLEET
    clause = rule.block.clauses[0] if isinstance(rule.block, Group) else rule.block
    assert isinstance(clause, Condition)
    return [block for block in FLEET if block["size"] >= clause.value]


def test_the_count_is_what_aios_finds(model: FeedbackModel, aios: AIOSClient) -> None:
    found = aios.find_candidates(model.query.rule)

    assert "8 of 14 blocks" == model.feedback.text
    assert tuple(block["id"] for block in found) == model.feedback.candidates


def test_each_condition_says_how_many_blocks_it_removes(model: FeedbackModel) -> None:

    assert "removes 2" == model.feedback.notes[FIRST]


def test_an_alternative_says_for_how_many_blocks_it_holds(model: FeedbackModel) -> None:

    assert "holds for 8 of 14" == model.feedback.notes[Place("block", (2, 0))]


def test_near_misses_say_why_and_what_would_change(model: FeedbackModel) -> None:
    misses = [text for text in model.feedback.near_misses if text.startswith("birch-15b-code")]

    assert [
        "birch-15b-code: usecase is 'code-generation' (wanted LIKE '*chat-completion*'); "
        "without this condition 9 blocks remain"
    ] == misses


def test_muting_a_condition_changes_the_count(model: FeedbackModel) -> None:
    model.query.mute(FIRST)

    assert model.wait()
    assert "9 of 14 blocks" == model.feedback.text


def test_notes_stay_with_their_conditions_when_one_above_is_muted(model: FeedbackModel) -> None:
    model.query.mute(FIRST)
    model.wait()

    assert FIRST not in model.feedback.notes
    assert "removes 2" == model.feedback.notes[Place("block", (1,))]


def test_an_incomplete_query_is_not_sent(model: FeedbackModel) -> None:
    model.query.add(Place("block"))

    assert Feedback("incomplete", "Not asked: 1 condition to complete first.") == model.feedback


def test_an_empty_query_is_not_sent_and_nothing_is_there_to_complete(model: FeedbackModel) -> None:
    model.query.load_template("Empty")

    assert Feedback("incomplete", "Not asked: there is no condition.") == model.feedback


def test_what_aios_refuses_is_told_in_its_words(model: FeedbackModel) -> None:
    model.query.set(FIRST, value="c++")
    model.wait()

    assert "refused" == model.feedback.state
    assert model.feedback.warnings


def test_a_server_that_is_away_gets_a_quiet_message() -> None:
    def find(_: FilterRule) -> Sequence[dict[str, Any]]:
        raise TransportError("connection refused")

    model = FeedbackModel(QueryModel(), find, pause_s=0)
    model.refresh()
    model.wait()

    assert ("away", AWAY) == (model.feedback.state, model.feedback.text)


def test_counts_come_back_with_the_server() -> None:
    is_away = threading.Event()
    is_away.set()

    def find(rule: FilterRule) -> Sequence[dict[str, Any]]:
        if is_away.is_set():
            raise TransportError("connection refused")
        return by_size(rule)

    model = FeedbackModel(QueryModel(Draft(block=ConditionNode("size", ">=", 2))), find, pause_s=0)
    model.refresh()
    model.wait()
    is_away.clear()
    model.refresh()
    model.wait()

    assert "1 of 2 blocks" == model.feedback.text


def test_a_late_answer_to_an_older_query_is_never_shown() -> None:
    old_is_asked, answer_old = threading.Event(), threading.Event()
    texts: list[str] = []

    def find(rule: FilterRule) -> Sequence[dict[str, Any]]:
        if isinstance(rule.block, Condition) and rule.block.value == 1:
            old_is_asked.set()
            answer_old.wait(5)
        return by_size(rule)

    query = QueryModel(Draft(block=ConditionNode("size", ">=", 1)))
    model = FeedbackModel(query, find, blocks=FLEET, pause_s=0)
    model.observe(lambda change: texts.append(change["new"].text), "feedback")
    model.refresh()
    assert old_is_asked.wait(5)
    query.set(Place("block"), value=2)
    assert model.wait()
    answer_old.set()

    assert "2 of 2 blocks" not in texts
    assert "1 of 2 blocks" == model.feedback.text


def test_without_anybody_to_ask_nothing_is_said() -> None:
    model = FeedbackModel(QueryModel())
    model.query.mute(FIRST)

    assert Feedback() == model.feedback


def test_a_closed_model_follows_no_longer() -> None:
    model = FeedbackModel(QueryModel(), by_size, blocks=FLEET)
    model.close()
    model.query.mute(FIRST)

    assert Feedback() == model.feedback


def test_the_fleet_may_be_given_by_a_function() -> None:
    query = QueryModel(Draft(block=ConditionNode("size", ">=", 2)))
    model = FeedbackModel(query, by_size, blocks=lambda: FLEET, pause_s=0)
    model.refresh()
    model.wait()

    assert tuple(FLEET) == model.fleet
