"""A candidate is one object for as long as neither its block nor its metrics change."""

from aios_nb.emulator.engine.joining import with_metrics
from aios_nb.emulator.metrics import PUSH_INTERVAL_S, Clock, Metrics
from aios_nb.emulator.world import World


def a_world(clock: Clock | None = None) -> World:
    world = World(metrics=Metrics(clock=clock))
    world.blocks.insert({"id": "a"})
    instance = {"instanceId": "in-1", "timestamp": 5.0}
    world.metrics.load([{"_id": 7, "blockId": "a", "instances": [instance]}])
    return world


def joined(world: World) -> dict[str, object]:
    return with_metrics(world, list(world.blocks))[0]


def test_a_block_carries_its_metrics_without_the_stores_own_id() -> None:
    world = a_world()

    assert {"blockId", "instances"} == set(joined(world)["metrics"])
    assert {} == with_metrics(World(), [{"id": "unknown"}])[0]["metrics"]


def test_a_candidate_stays_the_same_object_until_something_changes() -> None:
    world = a_world()
    first = joined(world)

    assert first is joined(world)
    world.metrics.replace(next(iter(world.metrics)), {"blockId": "a", "instances": []})
    assert {"blockId": "a", "instances": []} == joined(world)["metrics"]
    world.blocks.replace(next(iter(world.blocks)), {"id": "a", "tags": ["new"]})
    assert ["new"] == joined(world)["tags"]


def test_a_pushed_sample_makes_a_new_candidate() -> None:
    times = [100.0]
    world = a_world(Clock(lambda: times[0]))
    first = joined(world)
    times[0] += PUSH_INTERVAL_S + 1

    assert first is not joined(world)
