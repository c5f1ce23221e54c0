"""How a notebook shows tables: sides, groups, missing values, and nothing that runs."""

import re

import pytest
from pandas import MultiIndex

from aios_nb.table import COLUMNS, ROWS, Table


def cells(table: Table) -> list[str]:
    return [re.sub("<.*?>", "", cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", shown(table))]


def shown(table: Table) -> str:
    return table._repr_html_()


@pytest.fixture
def fleet() -> Table:
    facts = {"use case": ["chat", "rag"], "MMLU": [81.2, ""], "live": [True, False]}
    return Table(facts, index=["atlas", "kite"]).rename_axis("block")


@pytest.fixture
def scores() -> Table:
    columns = MultiIndex.from_tuples(
        [("Fast x 0.9", "raw"), ("Fast x 0.9", "score"), ("", "final")]
    )
    return Table([[41.8, 1.0, 0.9], [None, 0.0, 0.0]], index=["atlas", "kite"], columns=columns)


def test_one_row_names_the_index_and_the_columns(fleet: Table) -> None:

    assert ["block", "use case", "MMLU", "live", "atlas", "chat", "81.2", "True"] == cells(fleet)[
        :8
    ]


def test_numbers_stand_to_the_right_and_words_to_the_left(fleet: Table) -> None:
    sides = re.findall(r"<td.*?text-align:(\w+)", shown(fleet))

    assert ["left", "right", "left"] * 2 == sides


def test_the_name_of_a_row_is_never_broken(fleet: Table) -> None:
    rows = re.findall(r"<tr><th[^>]*nowrap[^>]*>(\w+)", shown(fleet))

    assert ["atlas", "kite"] == rows


def test_a_group_of_columns_is_named_once(scores: Table) -> None:

    assert ["", "Fast x 0.9", "", "", "raw", "score", "final"] == cells(scores)[:7]
    assert 1 == shown(scores).count('colspan="2"')


def test_a_group_of_rows_is_named_once(scores: Table) -> None:
    turned = scores.T
    rows = [row[:2] for row in (cells(turned)[n : n + 4] for n in range(4, 16, 4))]

    assert [["Fast x 0.9", "raw"], ["", "score"], ["", "final"]] == rows


def test_what_is_missing_stays_empty(scores: Table) -> None:

    assert ["kite", "", "0.0", "0.0"] == cells(scores)[-4:]


def test_what_is_cut_out_of_a_table_is_shown_alike(fleet: Table) -> None:

    assert isinstance(fleet[["MMLU"]].tail(1), Table)


def test_long_names_may_break_where_their_words_meet() -> None:
    page = shown(Table({"llm_tokens_per_second": [1]}))

    assert "llm_<wbr>tokens_<wbr>per_<wbr>second" in page


def test_texts_from_aios_are_escaped() -> None:
    page = shown(Table({"<b>": ["<script>"]}, index=["<i>"]))

    assert [] == re.findall(r"<(?:b|script|i)>", page)


@pytest.mark.parametrize("size", [(ROWS + 1, 1), (1, COLUMNS + 1)])
def test_a_very_large_table_is_shown_in_part(size: tuple[int, int]) -> None:
    rows, columns = size
    page = shown(Table([[0] * columns] * rows))

    assert "..." in page
    assert page.count("<tr") <= ROWS + 2
