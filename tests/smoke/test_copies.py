"""Executed copies say when, with what and against what they were made."""

from pathlib import Path

import nbformat
import pytest

from aios_nb.smoke import NOTEBOOKS, Outcome, Stamp, find_lessons, write_html, write_notebook

STAMP = Stamp("emulator", date="2026-01-02 03:04:05 UTC", versions={"Python": "3.11.7"})


@pytest.fixture
def outcome() -> Outcome:
    (lesson,) = find_lessons(NOTEBOOKS, ["00"])
    return Outcome(lesson, "", 9.87, 0, nbformat.read(lesson.path, as_version=4))


def test_the_notebook_is_valid_and_its_first_cell_is_the_stamp(
    outcome: Outcome, tmp_path: Path
) -> None:
    copy = nbformat.read(write_notebook(outcome, STAMP, tmp_path), as_version=4)
    nbformat.validate(copy)

    assert "*2026-01-02 03:04:05 UTC, emulator, Python 3.11.7, 9.9 s:* **passed**" == (
        copy.cells[0].source
    )
    assert outcome.notebook.cells == copy.cells[1:]


def test_the_page_shows_the_stamp_and_fetches_nothing(outcome: Outcome, tmp_path: Path) -> None:
    text = write_html(outcome, STAMP, tmp_path).read_text()

    assert "2026-01-02 03:04:05 UTC, emulator, Python 3.11.7" in text
    assert 'src="http' not in text
    assert '<link href="http' not in text
