"""One offline AIOS for all tests of this folder; they only read."""

from collections.abc import Iterator
from typing import Any

import pytest

from aios_nb import AIOSClient, Condition, FilterRule, connect


@pytest.fixture(scope="package")
def aios() -> Iterator[AIOSClient]:
    with connect("emulator") as client:
        yield client


@pytest.fixture(scope="package")
def fleet(aios: AIOSClient) -> list[dict[str, Any]]:
    return aios.find_candidates(FilterRule(block=Condition("id", "LIKE", "*")))
