"""Every term that a lesson explains stands in the glossary, which is in order and links back."""

import re

import nbformat
from refresh import NOTEBOOKS, lessons

GLOSSARY = NOTEBOOKS / "glossary.md"


def terms() -> list[str]:
    return re.findall(r"^\| \*\*(.+?)\*\*", GLOSSARY.read_text(), re.MULTILINE)


def explained() -> set[str]:
    found = set()
    for path in lessons():
        for cell in nbformat.read(path, as_version=4).cells:
            boxes = re.findall(r"^> (\*\*.+)$", cell.source, re.MULTILINE)
            found |= {t for box in boxes for t in re.findall(r"\*\*(.+?)\*\*", box)}
    return found


def test_every_term_of_a_box_is_in_the_glossary() -> None:
    known = {word.lower().removesuffix("s") for term in terms() for word in term.split(", ")}

    assert [] == sorted(t for t in explained() if t.lower().removesuffix("s") not in known)


def test_the_glossary_is_in_alphabetical_order() -> None:

    assert sorted(terms(), key=str.lower) == terms()


def test_every_lesson_links_the_glossary() -> None:
    without = [p.name for p in lessons() if "](glossary.md)" not in p.read_text()]

    assert [] == without
