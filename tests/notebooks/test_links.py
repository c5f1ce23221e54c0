"""Links between lessons, and from the lessons into the project, lead somewhere."""

import re
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest
from refresh import NOTEBOOKS, lessons

ROOT = NOTEBOOKS.parent
PAGES = [*lessons(), *sorted(ROOT.glob("*.md")), ROOT / "aios_nb" / "emulator" / "README.md"]
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")


def text_of(page: Path) -> str:
    if page.suffix != ".ipynb":
        return page.read_text()
    cells = nbformat.read(page, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, in lower case: GitHub's, or JupyterLab's.

    JupyterLab keeps the punctuation, GitHub and the documentation's pages drop it; so the heading
    that a lesson links to has none.
    """
    headings = re.findall(r"^#+ (.+)$", text_of(page), re.MULTILINE)
    if page.suffix == ".ipynb":
        return {h.replace(" ", "-").lower() for h in headings if re.fullmatch(r"[\w -]+", h)}
    return {re.sub(r"[^\w -]", "", h).strip().replace(" ", "-").lower() for h in headings}


@pytest.mark.parametrize("page", [p for p in PAGES if p.exists()], ids=lambda p: p.name)
def test_relative_links_lead_to_a_file_and_a_heading(page: Path) -> None:
    links = [a or b for a, b in LINK.findall(text_of(page))]
    broken = []
    for link in (link for link in links if not re.match(r"https?:|mailto:", link)):
        name, _, anchor = unquote(link).partition("#")
        there = (page.parent / name).resolve() if name else page
        if not there.exists() or (anchor and anchor.lower() not in anchors(there)):
            broken.append(link)

    assert [] == broken


@pytest.mark.parametrize(("here", "there"), list(zip(lessons(), lessons()[1:], strict=False)))
def test_lessons_lead_to_the_next_and_back(here: Path, there: Path) -> None:

    assert f"]({there.name})" in text_of(here)
    assert f"]({here.name})" in text_of(there)
