"""Values by column are those of the documents now, however often they were asked before."""

from collections.abc import Iterator
from typing import Any

import pytest

from aios_nb.emulator.engine.bson import MISSING
from aios_nb.emulator.engine.columns import MOST_COLUMNS, Columns, columns_of
from aios_nb.emulator.world import World


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    world.blocks.insert({"id": "a", "size": 1})
    world.metrics.insert({"blockId": "a", "instances": [{"load": 2}, {"load": 4}]})
    yield world
    world.close()


def test_a_path_is_read_of_each_document() -> None:
    columns = Columns([{"a": {"b": 1}}, {"a": {}}, {}])

    assert columns.ends(("a", "b")) == [1, MISSING, MISSING]


@pytest.mark.parametrize("odd", [{"a": [{"b": 1}]}, {"a": {"b": [1]}}, {"a": 3}])
def test_arrays_and_scalars_on_the_way_are_left_to_find(odd: dict[str, Any]) -> None:
    assert Columns([{"a": {"b": 1}}, odd]).ends(("a", "b")) is None


def test_a_mean_counts_numbers_only() -> None:
    entries = [{"load": 1}, {"load": 3.0}, {"load": "9"}, {"load": True}, {}]

    assert Columns([{"instances": entries}]).means("instances", "load") == [2.0]


@pytest.mark.parametrize(
    "document", [None, {}, {"instances": 3}, {"instances": [3]}, {"instances": [{"load": "1"}]}]
)
def test_without_numbers_there_is_no_mean(document: Any) -> None:
    assert Columns([document]).means("instances", "load") == [None]


def test_nothing_is_read_twice_while_nothing_changes(world: World) -> None:
    assert columns_of(world)[0].ends(("size",)) is columns_of(world)[0].ends(("size",))


def test_a_new_block_is_seen(world: World) -> None:
    assert columns_of(world)[0].ends(("size",)) == [1]

    world.blocks.insert({"id": "b", "size": 5})

    assert columns_of(world)[0].ends(("size",)) == [1, 5]
    assert columns_of(world)[1].means("instances", "load") == [3.0, None]


def test_new_metrics_are_seen_and_the_blocks_need_no_reading(world: World) -> None:
    blocks, metrics = columns_of(world)
    assert metrics.means("instances", "load") == [3.0]

    world.metrics.clear()

    assert columns_of(world)[0] is blocks
    assert columns_of(world)[1].means("instances", "load") == [None]


def test_requests_with_ever_new_paths_do_not_fill_the_memory() -> None:
    columns = Columns([{}])

    for number in range(2 * MOST_COLUMNS):
        columns.ends((f"deep{number}", "path"))

    assert len(columns) <= MOST_COLUMNS + 2
