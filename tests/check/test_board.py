"""Right, wrong with one more hint, not attempted; and how far a lesson is solved."""

import html
import re

import pytest

from aios_nb import PayloadError
from aios_nb.check import Exercise
from aios_nb.check.board import Board


def judge(answer: object, *, wanted: int = 4) -> str:
    return "" if answer == wanted else f"{answer!r} is <not> it."


FOUR = Exercise("77", "four", judge, ("Add.", "Two and two.", "It is 4."))
FIVE = Exercise("77", "five", judge, ("One more than four.",))


def board() -> Board:
    return Board((FOUR, FIVE))


def test_three_dots_are_not_attempted() -> None:

    assert "○ four: not attempted" == repr(board().step("four", ..., {})).splitlines()[0]


def test_a_right_answer_is_right_and_says_no_more() -> None:

    assert "✔ four: right" == repr(board().step("four", 4, {}))


def test_facts_reach_the_judge() -> None:

    assert "right" == board().step("five", 5, {"wanted": 5}).state


def test_each_wrong_answer_earns_one_more_hint() -> None:
    mine = board()
    hints = [mine.step("four", wrong, {}).hints for wrong in (1, 2, 3, 5)]

    assert [("Add.",), ("Add.", "Two and two."), FOUR.hints, FOUR.hints] == hints


def test_the_same_wrong_answer_again_earns_nothing() -> None:
    mine = board()

    assert mine.step("four", 1, {}) == mine.step("four", 1, {})


def test_a_wrong_answer_says_why_and_what_help_is_left() -> None:
    mine = board()
    first = repr(mine.step("four", 1, {}))
    mine.step("four", 2, {})
    last = repr(mine.step("four", 3, {}))

    assert "1 is <not> it." in first
    assert "Hint 1: Add." in first
    assert "More hints come" in first
    assert "folded below" in last


@pytest.mark.parametrize("answer", [..., 1, 4])
def test_html_says_what_the_text_says_with_nothing_to_load(answer: object) -> None:
    verdict = board().step("four", answer, {})
    page = verdict._repr_html_()
    words = html.unescape(re.sub(r"<[^>]+>", " ", page))

    assert verdict.state in words
    assert all(line.strip().split(": ")[-1] in words for line in repr(verdict).splitlines())
    assert not re.search(r"<script|src=|href=|url\(", page)


def test_html_escapes_what_an_answer_holds() -> None:

    assert "<not>" not in board().step("four", 1, {})._repr_html_()


def test_progress_counts_the_latest_answers() -> None:
    mine = board()
    mine.step("four", 1, {})
    mine.step("four", 4, {})

    progress = mine.progress("77")

    assert {"four": "right", "five": "not attempted"} == progress.states
    assert "Lesson 77: 1 of 2 exercises right" == repr(progress).splitlines()[0]
    assert "width:50%" in progress._repr_html_()


def test_a_later_wrong_answer_takes_a_right_one_back() -> None:
    mine = board()
    mine.step("four", 4, {})
    mine.step("four", 1, {})

    assert 0 == mine.progress("77").right


def test_an_unknown_exercise_is_refused_with_those_there_are() -> None:
    with pytest.raises(PayloadError, match="'six'; expected one of: four, five"):
        board().step("six", 6, {})


def test_a_lesson_without_exercises_is_refused() -> None:
    with pytest.raises(PayloadError, match="'78' has no exercises; expected one of: 77"):
        board().progress("78")


@pytest.mark.parametrize("hints", [(), ("",), (" ",)])
def test_an_exercise_needs_a_hint(hints: tuple[str, ...]) -> None:
    with pytest.raises(PayloadError, match="at least one hint"):
        Exercise("77", "six", judge, hints)
