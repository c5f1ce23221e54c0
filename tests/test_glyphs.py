"""Names that matplotlib's own font does not hold: another font draws them, or an escape does."""

import logging
import warnings
from collections.abc import Callable, Iterator

import pytest
from matplotlib import rc_context
from matplotlib.figure import Figure

from aios_nb import Condition, FilterRule, OptimizationGoal, SelectionQuery, figures, frames, glyphs
from aios_nb.explanation import CandidateScore, Explanation, GoalScore, explain_filter
from aios_nb.figures import Picture
from aios_nb.lab import Choice, WinnerMap
from aios_nb.lab.axes import Axis
from aios_nb.lab.winner_map import Flip

MODEL, FOX, GOAL = "模型-7b", "🦊-$x$-8b", "速度"
ESCAPED = r"\u6a21\u578b-7b"
CIRCLED = "\u24b6-9b"  # DejaVu Sans lacks it, STIXGeneral has it, and both come with matplotlib
BLOCKS = [{"id": name, "用例": name} for name in (MODEL, FOX, CIRCLED)]
RULE = FilterRule(block=Condition("id", "LIKE", "*") & Condition("用例", "!=", FOX))
WITH_STIX = {"font.family": ["sans-serif", "STIXGeneral"]}


@pytest.fixture(autouse=True)
def no_other_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this machine one that has no fonts but matplotlib's."""
    monkeypatch.setattr(glyphs, "FALLBACKS", ())


@pytest.fixture(autouse=True)
def silence(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail at a warning of a glyph, and at a complaint about a font."""
    with warnings.catch_warnings(), caplog.at_level(logging.WARNING, "matplotlib"):
        warnings.simplefilter("error")
        yield
    assert [] == caplog.messages


def find(rule: FilterRule) -> list[dict[str, object]]:
    return BLOCKS[:2] if "id" in str(rule) and "!=" not in str(rule) else BLOCKS[:1]


def explanation() -> Picture:
    goals = (GoalScore(GOAL, 0.9, 1.0),)
    scores = tuple(CandidateScore(b["id"], n, 0.9, goals) for n, b in enumerate(BLOCKS[:2], 1))
    query = SelectionQuery(
        policy_rule_uri="p:1.0-stable", filter_rule=RULE, goals=(OptimizationGoal(GOAL, 0.9),)
    )
    filtering = explain_filter(find, RULE, blocks=BLOCKS)
    return Explanation(filtering, query, scores, winner=MODEL).figure()


def flow() -> Picture:
    table = frames.conditions(RULE, find=find, blocks=BLOCKS)
    words = {"message": "请解释 $x$ 和 $y$", "reply": "这是回答。" * 40}
    return figures.flow(table, {MODEL: 0.9}, chosen=MODEL, **words)


def line() -> Picture:
    axis = Axis(GOAL, (0.0, 1.0), own=1.0)
    choices = tuple(Choice(name, ((name, 0.2), (FOX, 0.0))) for name in (MODEL, FOX))
    return WinnerMap((axis,), choices, (Flip(GOAL, 0.0, 1.0, MODEL, FOX),)).figure()


def country() -> Picture:
    axes = tuple(Axis(name, (0.0, 1.0), own=1.0) for name in (GOAL, "Rest"))
    names = (MODEL, MODEL, FOX, CIRCLED)
    return WinnerMap(axes, tuple(Choice(n, ((n, 0.2), ("b", 0.1))) for n in names)).figure()


def written(picture: Picture) -> str:
    found = picture.figure.findobj(glyphs.Text)
    return "\n".join(text.get_text() for text in found)


@pytest.mark.parametrize("draw", [explanation, flow, line, country])
def test_a_picture_escapes_what_no_font_holds_and_warns_of_nothing(
    draw: Callable[[], Picture],
) -> None:
    picture = draw()

    assert picture.to_png().startswith(b"\x89PNG")
    assert ESCAPED in written(picture)
    assert "模" not in written(picture)


@pytest.mark.parametrize("draw", [explanation, flow, country])
def test_a_font_of_the_users_own_draws_what_it_holds(draw: Callable[[], Picture]) -> None:
    without = written(draw())
    with rc_context(WITH_STIX):
        picture = draw()
        drawn = picture.to_png()

    assert r"\u24b6-9b" in without
    assert CIRCLED in written(picture)
    assert drawn.startswith(b"\x89PNG")


def test_the_words_of_a_picture_keep_the_names() -> None:

    assert MODEL in repr(explanation())


def test_a_fallback_that_is_known_and_installed_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    before = glyphs.legible(CIRCLED)
    monkeypatch.setattr(glyphs, "FALLBACKS", ("No Such Font", "STIXGeneral"))

    assert [r"\u24b6-9b", CIRCLED] == [before, glyphs.legible(CIRCLED)]


def test_a_font_without_a_bold_face_draws_plainly_and_quietly() -> None:
    bracket = "\u23b4"  # of matplotlib's own fonts STIXSizeFiveSym has it, which is never bold
    with rc_context({"font.family": ["sans-serif", "STIXSizeFiveSym"]}):
        figure = Figure()
        text = figure.text(0, 0, bracket, weight="bold")
        drawn = Picture(figure, "").to_png()

    assert (bracket, "normal") == (text.get_text(), text.get_fontweight())
    assert drawn.startswith(b"\x89PNG")


def test_a_lone_surrogate_and_a_control_character_are_escaped_and_a_new_line_is_not() -> None:

    assert "\\ud800 \\x07 \\t\n" == glyphs.legible("\ud800 \x07 \t\n")


def test_names_are_cut_by_the_room_that_they_take() -> None:

    assert [4, 6] == [glyphs.breadth("ab12"), glyphs.breadth("模型ab")]
    assert "模型" == glyphs.cut("模型ab", 5)[:2]
    assert "模" == glyphs.cut("模型ab", 3)


def test_latin_names_are_drawn_as_ever() -> None:

    assert ["naïve-рысь-7b"] == glyphs.lines("naïve-рысь-7b", 46)
    assert "a-model-of-many…" == glyphs.shortened("a-model-of-many-letters", 16)
