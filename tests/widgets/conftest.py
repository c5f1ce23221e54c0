"""One offline AIOS for all tests of this folder, which only read it, and a builder for each test."""

from collections.abc import Iterator
from typing import Any

import pytest

from aios_nb import AIOSClient, Condition, FilterRule, connect
from aios_nb.widgets import QueryBuilder


@pytest.fixture(scope="package")
def aios() -> Iterator[AIOSClient]:
    with connect("emulator") as client:
        yield client


@pytest.fixture(scope="package")
def fleet(aios: AIOSClient) -> list[dict[str, Any]]:
    return aios.find_candidates(FilterRule(block=Condition("id", "LIKE", "*")))


@pytest.fixture
def builder(fleet: list[dict[str, Any]]) -> Iterator[QueryBuilder]:
    builder = QueryBuilder(blocks=fleet)
    yield builder
    builder.close()
