"""The fidelity ledger tells of every route, of no other, and of tests that are there."""

import re
from pathlib import Path

import pytest

from aios_nb.emulator.app import OWN, SERVICES
from aios_nb.emulator.world import QUIRKS

TESTS = Path(__file__).parents[1]
LEDGER = (TESTS.parent / "aios_nb" / "emulator" / "README.md").read_text(encoding="utf-8")
ROUTE = re.compile(r"^\| `([A-Z]+ /\S*)`", re.MULTILINE)
SECTIONS = {
    heading: body
    for heading, _, body in (part.partition("\n") for part in LEDGER.split("\n## ")[1:])
}
DEMANDED = (
    "Filter language",
    "Ad-hoc path",
    "Policy execution",
    "Switches",
    "Quirks",
    "Known deviations",
)


def section_of(service: str) -> str:
    return next(body for heading, body in SECTIONS.items() if f"`{service}`" in heading)


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_of_a_service_has_a_row_and_no_other(service: str) -> None:
    routes = {f"{verb} {path}" for verb, path, _ in SERVICES[service].routes}

    assert routes == set(ROUTE.findall(section_of(service)))


@pytest.mark.parametrize("service", SERVICES)
def test_the_heading_of_a_service_names_its_port(service: str) -> None:
    heading = next(heading for heading in SECTIONS if f"`{service}`" in heading)

    assert f"port {SERVICES[service].port}" in heading


def test_every_switch_has_a_row_and_no_other() -> None:
    routes = {f"{verb} {path}" for verb, path, _ in OWN.routes}

    assert routes == set(ROUTE.findall(SECTIONS["Switches"]))


def test_every_quirk_is_explained() -> None:
    assert set(QUIRKS) == set(re.findall(r"^### `(\w+)`", SECTIONS["Quirks"], re.MULTILINE))


@pytest.mark.parametrize("heading", DEMANDED)
def test_a_section_of_behaviour_says_something(heading: str) -> None:
    assert len(SECTIONS[heading].split()) > 20


def test_every_test_file_that_the_ledger_names_exists() -> None:
    named = set(re.findall(r"`([\w/]*test_\w+\.py)`", LEDGER)) - {"tests/emulator/test_ledger.py"}
    missing = [n for n in named if not any((f / n).is_file() for f in (TESTS, TESTS / "emulator"))]

    assert len(named) > 20
    assert [] == sorted(missing)


def test_every_row_of_a_table_has_the_cells_of_its_heading() -> None:
    tables = re.findall(r"(?:^\|.*\n)+", LEDGER, re.MULTILINE)
    ragged = [
        row
        for table in tables
        for row in table.splitlines()
        if len(re.findall(r"(?<!\\)\|", row)) != len(re.findall(r"\|", table.splitlines()[0]))
    ]

    assert [] == ragged
