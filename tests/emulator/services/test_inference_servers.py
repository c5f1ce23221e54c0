"""The registry of inference servers."""

import pytest

from aios_nb.emulator.services import inference_servers
from aios_nb.emulator.world import World

from ..harness import call

PATH = "/inference_server/s"


def create(world: World, **body):
    return call(world, inference_servers.create, "POST", "/inference_server", json=body)


def read(world: World):
    return call(world, inference_servers.read, "GET", PATH)


def put(world: World, body):
    return call(world, inference_servers.update, "PUT", PATH, json=body)


def query(world: World, body):
    return call(world, inference_servers.query, "POST", "/inference_servers", json=body)


def test_a_record_is_created_with_mongos_id_in_the_answer(world: World) -> None:
    answer = create(world, inference_server_id="s")

    assert 201 == answer.status_code
    assert "Inference server created" == answer.json()["data"]["message"]
    assert "s" != answer.json()["data"]["id"]


def test_unknown_keys_are_dropped_and_missing_ones_filled(world: World) -> None:
    create(world, inference_server_id="s", registered_at="2025-01-01")

    assert {
        "inference_server_id": "s",
        "inference_server_metadata": {},
        "inference_server_name": "",
        "inference_server_public_url": "",
        "inference_server_tags": [],
    } == read(world).json()["data"]


def test_an_id_is_made_up_if_none_is_given(world: World) -> None:
    create(world)

    assert 36 == len(query(world, {}).json()["data"][0]["inference_server_id"])


def test_an_unknown_record_is_a_404(world: World) -> None:

    assert (404, '{"error":"No document found"}\n') == (read(world).status_code, read(world).text)
    assert 404 == call(world, inference_servers.delete, "DELETE", PATH).status_code


def test_put_takes_operators_only(world: World) -> None:
    create(world, inference_server_id="s")
    good = put(world, {"$push": {"inference_server_tags": "x"}})
    bad = put(world, {"inference_server_name": "n"})

    assert 1 == good.json()["data"]["modified_count"]
    assert (500, "update only works with $ operators") == (bad.status_code, bad.json()["error"])
    assert ["x"] == read(world).json()["data"]["inference_server_tags"]


def test_put_of_an_unknown_record_is_a_404_that_has_created_it(world: World) -> None:
    answer = put(world, {"$set": {"inference_server_name": "n"}})

    assert (404, {"error": "No document found to update"}) == (answer.status_code, answer.json())
    assert "n" == read(world).json()["data"]["inference_server_name"]


@pytest.mark.parametrize("body", [{}, [], {"$inc": {"inference_server_name": 1}}, {"$foo": {}}])
def test_a_rejected_put_changes_nothing(world: World, body) -> None:
    create(world, inference_server_id="s", inference_server_name="n")
    before = read(world).text

    assert 500 == put(world, body).status_code
    assert before == read(world).text


def test_records_are_found_by_filter_and_deleted(world: World) -> None:
    create(world, inference_server_id="s", inference_server_tags=["x"])

    assert 1 == len(query(world, {"inference_server_tags": "x"}).json()["data"])
    assert [] == query(world, {"registered_at": {"$gt": ""}}).json()["data"]
    assert 400 == query(world, {"a": {"$foo": 1}}).status_code
    assert 200 == call(world, inference_servers.delete, "DELETE", PATH).status_code
    assert 404 == read(world).status_code
