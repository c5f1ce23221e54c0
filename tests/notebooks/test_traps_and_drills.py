"""Lessons 10 and 11 hold what they announce: traps in three cells each, drills with their pattern."""

import re
from collections.abc import Iterator

import nbformat
import pytest
from nbformat import NotebookNode
from refresh import NOTEBOOKS, lessons

FEWEST_TRAPS = 25
DRILLS = [
    "A dead block",
    "A slow block",
    "Stale metrics",
    "Wiped metrics",
    "A policy that raises",
    "A policy that hangs",
    "The registry is down",
    "A poisoned retry",
]


def cells_of(name: str) -> list[NotebookNode]:
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4).cells


def sections(cells: list[NotebookNode], level: str) -> Iterator[tuple[str, list[NotebookNode]]]:
    """Yield each heading of a level, with its cell and those below it, up to the next heading.

    A cell that ends one section and begins the next counts for both.
    """
    found: list[tuple[str, list[NotebookNode]]] = []
    for cell in cells:
        is_prose = cell.cell_type == "markdown"
        titles = re.findall(r"^(#+) (.+)$", cell.source, re.MULTILINE) if is_prose else []
        if found and not (titles and cell.source.startswith("#")):
            found[-1][1].append(cell)
        if titles:
            found.append((" ".join(titles[-1]), [cell]))
    for title, own in found:
        hashes, _, name = title.partition(" ")
        if hashes == level:
            yield name, own


TRAPS = list(sections(cells_of("10_traps"), "###"))


def test_there_are_as_many_traps_as_the_lesson_says() -> None:
    first = cells_of("10_traps")[0].source
    listed = re.findall(r"^- \[(T\w+)\]", first, re.MULTILINE)

    assert len(TRAPS) >= FEWEST_TRAPS
    assert f"{len(TRAPS)} traps" in first
    assert f"{len(TRAPS)} traps" in cells_of("10_traps")[-1].source
    assert listed == [name.split()[0] for name, _ in TRAPS]


@pytest.mark.parametrize(("name", "own"), TRAPS, ids=[name.split()[0] for name, _ in TRAPS])
def test_a_trap_is_done_answered_and_explained(name: str, own: list[NotebookNode]) -> None:
    do, says, means = (cell.source for cell in own if cell.cell_type == "markdown")

    assert ["markdown", "code"] * 2 + ["markdown"] == [cell.cell_type for cell in own]
    assert f"### {name}" in do
    assert says.startswith("**AIOS says:**")
    assert means.startswith("**What it means.**")
    assert "**Right way.**" in means


@pytest.mark.parametrize(("name", "own"), TRAPS, ids=[name.split()[0] for name, _ in TRAPS])
def test_a_trap_is_claimed_by_code_that_can_fail(name: str, own: list[NotebookNode]) -> None:
    sources = [cell.source for cell in own if cell.cell_type == "code"]

    assert any("assert " in source or "expecting(" in source for source in sources), name


def test_all_drills_are_there_and_each_survives() -> None:
    own = dict(sections(cells_of("11_drills"), "##"))
    drills = {
        re.sub(r"^\d ", "", title): cells for title, cells in own.items() if title[0].isdigit()
    }
    code = {t: [c.source for c in cells if c.cell_type == "code"] for t, cells in drills.items()}

    assert list(drills) == DRILLS
    assert [] == [title for title, sources in code.items() if "assert " not in "\n".join(sources)]


def test_lessons_say_how_long_they_take() -> None:
    words = {"ten": 10, "fifteen": 15, "twenty": 20, "twenty-five": 25}
    stated = {
        path.stem: re.search(r"About ([\w-]+) minutes", cells_of(path.stem)[0].source)
        for path in lessons()
        if path.stem != "10_traps"  # a minute for each trap, and to be read in parts
    }
    minutes = {name: words[found[1]] for name, found in stated.items() if found}

    assert set(stated) == set(minutes)
    assert all(10 <= minutes[name] <= 20 for name in list(minutes)[:7])
