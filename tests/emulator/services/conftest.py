"""A world of one's own for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aios_nb.emulator.world import World

FIXTURES = Path(__file__).parents[3] / "fixtures"


@pytest.fixture
def world() -> Iterator[World]:
    empty = World()
    empty.service_urls["static_server"] = "http://emulator/static_server"
    yield empty
    empty.close()


@pytest.fixture
def fleet(world: World) -> World:
    world.load_fleet(FIXTURES)
    return world
