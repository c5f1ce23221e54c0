"""A world of one's own for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aios_nb.emulator.world import World

from ..fakes import first_alive, install

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


@pytest.fixture
def quick(fleet: World) -> World:
    """A fleet whose endless waits are short."""
    fleet.settings.wait_limit_s = 0.05
    fleet.settings.time_scale = 0.0
    install(fleet, first_alive)
    return fleet
