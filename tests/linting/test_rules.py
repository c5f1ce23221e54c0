"""No rule is left without an example, and no code without a rule."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import aios_nb.linting
from aios_nb import lint
from aios_nb.linting import fields_of
from aios_nb.linting.packages import check_files
from aios_nb.linting.rules import RULES, Rule

from .examples import PAYLOADS
from .payloads import blocks, says
from .test_package_rules import ARCHIVES, FUNCTION, SOURCES

SOURCE = "\n".join(p.read_text() for p in Path(aios_nb.linting.__file__).parent.glob("*_rules.py"))
# Seen in the payload or the package, says issue and contract (§14).
WANTED = {
    *("T8", "T10", "T11", "T12", "T13", "T15", "T16", "T16b", "T17", "T18", "T19", "T20", "T21"),
    *("T22", "T23", "T24", "T25", "T31", "T32", "T34", "T35", "T40", "T41", "T42", "T43"),
    *("T52", "T53"),
}


@pytest.fixture
def fired(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count for each rule how many findings it makes."""
    counts: Counter[str] = Counter()

    def counted(rule: Rule) -> Rule:
        def wrapper(spot: object) -> Iterator[object]:
            for finding in rule(spot):
                counts[rule.__name__] += 1
                yield finding

        return wrapper

    for kind, rules in RULES.items():
        monkeypatch.setitem(RULES, kind, [counted(rule) for rule in rules])
    return counts


def test_every_rule_has_an_example_that_it_finds(fired: Counter[str]) -> None:
    for _, _, bad, _ in PAYLOADS:
        lint(bad)
    for _, _, bad, _ in SOURCES:
        list(check_files({FUNCTION: bad.encode()}))
    lint(blocks(says("id.x", "==", 5)), fields=fields_of([{"id": {"x": "text"}}]))
    rules = set(re.findall(r"@rule\([^)]*\)\ndef (\w+)", SOURCE))

    assert set() == rules - set(fired)


def test_every_wanted_trap_has_an_example() -> None:
    shown = {code for code, *_ in (*PAYLOADS, *SOURCES, *ARCHIVES)}

    assert set() == WANTED - shown


def test_every_code_in_the_rules_has_an_example() -> None:
    used = set(re.findall(r'"([TNPL]\d+b?)"', SOURCE))
    shown = {code for code, *_ in (*PAYLOADS, *SOURCES, *ARCHIVES)}

    assert set() == used - shown
