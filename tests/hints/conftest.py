"""One emulator for the texts of a module, and faults of its services that end with a test."""

from collections.abc import Callable, Iterator

import pytest

from aios_nb import connect
from aios_nb.client import AIOSClient
from aios_nb.emulator.faults import Fault


@pytest.fixture(scope="module")
def aios() -> Iterator[AIOSClient]:
    with connect("emulator", wait_limit_s=8.0, time_scale=0.001) as client:
        yield client


@pytest.fixture
def fault(aios: AIOSClient) -> Iterator[Callable[[str, str], None]]:
    world = aios.emulator.world  # type: ignore[union-attr]
    yield lambda service, kind: world.faults.add(Fault(service, kind)) and None
    world.faults.clear()
