"""A world to begin with: a fleet's first minute, or what a data folder was left with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .datastore import DataStore
from .settings import Settings
from .world import World

ADDRESS = "address"
EXECUTOR = "policy_executor"


def open_world(
    settings: Settings, fleet: Path, *, urls: dict[str, str], data: DataStore | None
) -> World:
    """Return a world whose services are at ``urls``.

    Parameters
    ----------
    fleet
        Folder of the fleet; of a data folder in use its own fleet counts.

    Raises
    ------
    ValueError
        The fleet cannot be read.
    Refusal
        The data folder is full.
    """
    world = World(settings)
    world.first_settings = settings
    world.service_urls = urls
    world.fleet_folder = fleet
    world.faults.reset(settings.seed)
    try:
        if data is not None:
            world.keep_in(data)
        known = data.facts(ADDRESS) if data is not None else {}
        # Written last: a folder whose first opening was cut short is filled once more.
        if EXECUTOR in known:
            _move_default_executor(world, known)
        else:
            world.load_fleet(fleet)
            world.executors.clear()
            world.add_default_executor()
        if data is not None:
            data.put_fact(ADDRESS, EXECUTOR, urls.get(EXECUTOR, ""))
    except BaseException:
        world.close()
        raise
    return world


def last_port(data: DataStore) -> int:
    """Return the port that addresses in the data folder, such as a policy's code, lead to."""
    return int(data.facts(ADDRESS).get("port", 0))


def keep_port(data: DataStore, port: int) -> None:
    data.put_fact(ADDRESS, "port", port)


def _move_default_executor(world: World, addresses: Mapping[str, str]) -> None:
    """Let the executor that the emulator registered itself lead to where it is now."""
    was, now = addresses.get(EXECUTOR), world.service_urls.get(EXECUTOR, "")
    executor = world.executors.first(executor_host_uri=was)
    if executor is not None and was != now:
        world.executors.replace(executor, {**executor, "executor_host_uri": now})
