"""A candidate is one object for as long as neither its block nor its metrics change."""

from aios_nb.emulator.engine.joining import MOST_KEPT, with_metrics, with_texts
from aios_nb.emulator.indenting import indented_json
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


def test_an_answer_has_the_candidates_of_now_however_often_it_was_written() -> None:
    world = a_world()
    for name in ("one", "two"):
        world.blocks.replace(next(iter(world.blocks)), {"id": "a", "name": name})
        found = with_metrics(world, list(world.blocks))
        for _ in range(2):
            assert indented_json(found) == indented_json(with_texts(world, found))


def test_what_is_no_list_of_candidates_is_left_as_it_is() -> None:
    assert [None, "text", [{"id": "a"}]] == [
        with_texts(a_world(), found) for found in (None, "text", [{"id": "a"}])
    ]


def test_of_a_huge_fleet_only_so_many_texts_are_kept() -> None:
    world = World()
    for number in range(MOST_KEPT + 3):
        world.blocks.insert({"id": str(number)})
    found = with_metrics(world, list(world.blocks))

    assert 3 == sum(type(part) is dict for part in with_texts(world, found))
    assert indented_json(found) == indented_json(with_texts(world, found))
