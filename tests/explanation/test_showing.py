"""An explanation as tables, text, HTML and picture."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from aios_nb import AIOSClient, FilterRule, OptimizationGoal, SelectionQuery, explain
from aios_nb.explanation import Explanation
from aios_nb.explanation.verdicts import Caution
from aios_nb.query import Condition


def test_the_truth_table_ends_with_aioss_answer(guides: Explanation) -> None:
    table = guides.conditions()

    assert (14, 10) == table.shape
    assert list(guides.candidates) == list(table.index[table["answer", "candidate"]])


def test_dropped_blocks_have_reasons_near_misses_first(guides: Explanation) -> None:
    table = guides.dropped()

    assert [True] * 5 + [False] == list(table["near miss"])
    assert "MMLU 74.6 < 80 and ARC-Challenge is missing (wanted >= 90)" == table.iloc[0, 0]


def test_the_ranking_leads_from_raw_to_final(guides: Explanation) -> None:
    row = guides.ranking().loc["atlas-14b-chat"]

    assert (41.8, 1.0, 0.9) == tuple(row["Fast_Generator x 0.9"])
    assert (0.9593, 1, 0.0) == tuple(row[""])


def test_the_report_starts_with_the_answer(guides: Explanation) -> None:
    first = str(guides).splitlines()[0]

    assert "AIOS chose atlas-14b-chat: score 0.9593, 0.3342 ahead of finch-8b-chat." == first


def test_no_line_of_warnings_is_longer_than_the_report(guides: Explanation) -> None:
    long = replace(guides, warnings=(Caution("x", "word " * 100),))

    assert 96 >= max(len(line) for line in str(long).splitlines() if line.startswith("    word"))


def test_html_is_static(guides: Explanation) -> None:
    names = set(re.findall(r"<(\w+)", guides._repr_html_()))

    assert names <= {"div", "b", "i", "br", "table", "caption", "tr", "th", "td", "span"}


def test_html_escapes_what_comes_from_outside(guides: Explanation) -> None:
    evil = replace(guides, warnings=(Caution("x", "<script>alert('&')</script>"),))

    assert "&lt;script&gt;alert(&#x27;&amp;&#x27;)&lt;/script&gt;" in evil._repr_html_()


def test_the_picture_has_words_and_the_same_bytes_each_time(guides: Explanation) -> None:
    first, second = guides.figure(), guides.figure()

    assert repr(first).startswith("14 blocks, 8 candidates. AIOS chose atlas-14b-chat")
    assert first.to_png() == second.to_png()


@pytest.mark.parametrize("pattern", ["*", "nothing"])
def test_a_filter_alone_can_be_shown_in_all_forms(aios: object, pattern: str) -> None:
    rule = FilterRule(block=Condition("id", "LIKE", pattern))
    found = explain(aios, rule)  # type: ignore[arg-type]

    assert "nothing was chosen" in str(found)
    assert found._repr_html_().startswith("<div")
    assert found.figure().to_png().startswith(b"\x89PNG")
    assert 14 == len(found.conditions())
    assert 0 == len(found.ranking())


def test_a_goal_given_twice_has_its_columns_twice(aios: AIOSClient, query: SelectionQuery) -> None:
    twice = (OptimizationGoal("Fast_Generator", 0.5),) * 2
    table = explain(aios, replace(query, goals=twice)).ranking()

    assert [0.5, 0.5] == list(table.loc["atlas-14b-chat"].xs("weighted", level=1))


def test_one_of_a_kind_is_said_in_the_singular(aios: AIOSClient, query: SelectionQuery) -> None:
    one = FilterRule(block=Condition("id", "==", "atlas-14b-chat"))
    text = str(explain(aios, replace(query, filter_rule=one)))

    assert "14 blocks, 1 candidate\n" in text


def test_long_lists_in_a_condition_are_cut(aios: AIOSClient) -> None:
    rule = FilterRule(block=Condition("id", "IN", [f"block-{n}" for n in range(500)]))

    assert max(map(len, str(explain(aios, rule)).splitlines())) < 120


def pictured(explanation: Explanation) -> list[str]:
    """Return the texts of a picture, none of which may reach beyond its edge."""
    picture = explanation.figure()
    picture.figure.draw_without_rendering()
    edge = picture.figure.bbox.x1
    texts = [text for axes in picture.figure.axes for text in axes.texts]
    over = [t.get_text() for t in texts if t.get_window_extent().x1 > edge]
    assert [] == over
    return [text.get_text() for text in texts]


def test_the_picture_holds_long_names_and_many_goals(
    guides: Explanation, aios: AIOSClient, query: SelectionQuery
) -> None:
    names = ("Cost_Saver", "High_Quality_Lane", "Balanced_Performer", "Active_Block", "Free_Block")
    found = explain(aios, replace(query, goals=tuple(OptimizationGoal(n, 0.25) for n in names)))
    renamed = replace(found, winner="a-block-with-a-name-of-" + "very-" * 20 + "long")
    words = pictured(renamed)

    assert [f"{name} x 0.25" for name in names] == [w for w in words if " x 0.25" in w]


def test_the_picture_takes_no_id_for_a_formula(aios: AIOSClient) -> None:
    rule = FilterRule(block=Condition("id", "LIKE", r"$\frac$"))

    assert r"id LIKE $\frac$" in pictured(explain(aios, rule))


def test_the_picture_of_one_condition_keeps_its_headings_apart(aios: AIOSClient) -> None:
    picture = explain(aios, FilterRule(block=Condition("id", "==", "atlas-14b-chat"))).figure()
    picture.figure.draw_without_rendering()
    heads = [t for t in picture.figure.axes[0].texts if t.get_fontsize() == 9.5]
    boxes = [head.get_window_extent() for head in heads]

    assert ["14 blocks", "1 condition", "1 candidate"] == [head.get_text() for head in heads]
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))


def test_no_word_of_somebody_else_drives_the_terminal(guides: Explanation) -> None:
    evil = replace(guides, warnings=(Caution("x", "a\x1b[2Jb"),))

    assert "! a\\x1b[2Jb" in str(evil)
    assert "\x1b" not in str(evil)
