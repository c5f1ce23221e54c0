"""Global block metrics: golden case 23, the rows of §5.5, and writes that are whole or not at all."""

import pytest

from aios_nb.emulator.http import UNSUPPORTED
from aios_nb.emulator.services import block_metrics
from aios_nb.emulator.world import JSON, World

from ..harness import call


def create(world: World, body):
    return call(world, block_metrics.create, "POST", "/block", json=body)


def read(world: World, block_id: str = "b"):
    return call(world, block_metrics.read, "GET", f"/block/{block_id}")


def put(world: World, body, block_id: str = "b"):
    return call(world, block_metrics.update, "PUT", f"/block/{block_id}", json=body)


def query(world: World, body):
    return call(world, block_metrics.query, "POST", "/block/query", json=body)


def aggregate(world: World, body):
    return call(world, block_metrics.aggregate, "POST", "/block/aggregate", json=body)


def health(world: World, *instances: JSON, block_id: str = "b"):
    world.metrics.insert({"blockId": "b", "instances": list(instances)})
    return call(world, block_metrics.health, "GET", f"/block/health/{block_id}")


def test_an_unknown_block_has_no_metrics_and_that_is_no_error(world: World) -> None:
    answer = read(world)

    assert 200 == answer.status_code
    assert '{\n  "data": [],\n  "success": true\n}\n' == answer.text


def test_a_block_is_created_twice_if_asked_twice_without_its_id_in_the_answer(world: World) -> None:
    first, second = create(world, {"blockId": "b"}), create(world, {"blockId": "b", "_id": "x"})

    assert 201 == first.status_code
    assert "Block created" == first.json()["data"]["message"]
    assert (24, "x") == (len(first.json()["data"]["id"]), second.json()["data"]["id"])
    assert [{"blockId": "b"}, {"blockId": "b"}] == read(world).json()["data"]


def test_a_document_that_is_no_object_is_a_500(world: World) -> None:
    answer = create(world, [1])

    assert (500, False) == (answer.status_code, answer.json()["success"])
    assert answer.json()["error"].startswith("document must be an instance of dict")


@pytest.mark.parametrize("send", [create, put, query])
def test_a_number_beyond_64_bits_is_a_500_that_stores_nothing(world: World, send) -> None:
    answer = send(world, {"blockId": "b", "deep": [{"n": 2**63}]})

    assert (500, 0) == (answer.status_code, len(world.metrics))
    assert "MongoDB can only handle up to 8-byte ints" == answer.json()["error"]


def test_framework_errors_are_500_and_say_what_the_decoder_said(world: World) -> None:
    headers = {"content-type": "application/json"}
    broken = call(world, block_metrics.query, "POST", "/block/query", content="{", headers=headers)
    wrong_type = call(world, block_metrics.query, "POST", "/block/query", content="{}")

    assert 500 == broken.status_code
    assert (
        "400 Bad Request: Failed to decode JSON object: Expecting property name enclosed in double "
        "quotes: line 1 column 2 (char 1)" == broken.json()["error"]
    )
    assert (500, UNSUPPORTED) == (wrong_type.status_code, wrong_type.json()["error"])


def test_a_query_is_a_raw_mongo_filter(fleet: World) -> None:
    answer = query(fleet, {"instances.llm_tokens_per_second": {"$gt": 40}})
    ids = [document["blockId"] for document in answer.json()["data"]]

    assert "atlas-14b-chat" in ids
    assert "lynx-27b-vision" not in ids


def test_a_rejected_filter_is_a_400_with_the_servers_words(world: World) -> None:
    answer = query(world, {"a": {"$foo": 1}})

    assert 400 == answer.status_code
    assert (
        "unknown operator: $foo, full error: {'ok': 0.0, 'errmsg': 'unknown operator: $foo', "
        "'code': 2, 'codeName': 'BadValue'}" == answer.json()["error"]
    )


def test_a_filter_that_is_a_list_is_a_500(world: World) -> None:

    assert 500 == query(world, [1]).status_code


def test_an_aggregation_leaves_the_computed_fields_in_the_documents(world: World) -> None:
    create(world, {"blockId": "b", "n": 2})
    answer = aggregate(world, [{"$set": {"m": "$n"}}, {"$match": {"m": 2}}])

    assert [{"blockId": "b", "m": 2, "n": 2}] == answer.json()["data"]


def test_a_rejected_pipeline_is_a_400_with_the_full_error(world: World) -> None:
    answer = aggregate(world, [{"$nope": {}}])

    assert 400 == answer.status_code
    assert ", full error: {'ok': 0.0, 'errmsg': " in answer.json()["error"]


def test_a_pipeline_that_is_no_list_is_a_500(world: World) -> None:
    answer = aggregate(world, {"$match": {}})

    assert (500, "pipeline must be a list") == (answer.status_code, answer.json()["error"])


def test_put_sets_fields_by_path(world: World) -> None:
    create(world, {"blockId": "b", "instances": [{"instanceId": "executor"}]})
    answer = put(world, {"instances.0.uptime": 5, "new": {"deep": True}})

    assert 200 == answer.status_code
    assert {"message": "Block updated", "modified_count": 1} == answer.json()["data"]
    assert [
        {
            "blockId": "b",
            "instances": [{"instanceId": "executor", "uptime": 5}],
            "new": {"deep": True},
        }
    ] == read(world).json()["data"]


def test_put_of_an_unknown_block_is_a_400_that_has_created_it(world: World) -> None:
    answer = put(world, {"instances": []})

    assert (400, "No document found to update") == (answer.status_code, answer.json()["error"])
    assert [{"blockId": "b", "instances": []}] == read(world).json()["data"]


def test_put_of_what_is_already_there_is_a_400(world: World) -> None:
    create(world, {"blockId": "b", "n": 1})

    assert 400 == put(world, {"n": 1}).status_code


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ([], 9, "we found type array instead. For example: {$mod: {<field>: ...}} not {$set: []}"),
        ([1, "a"], 9, 'not {$set: [ 1, "a" ]}'),
        (5, 9, "not {$set: 5}"),
        ({"n.deep": 1}, 28, "Cannot create field 'deep' in element {n: 1}"),
        ({"a": 1, "a.b": 2}, 40, "Updating the path 'a.b' would create a conflict at 'a'"),
        ({"": 1}, 56, "An empty update path is not valid."),
        ({"a..b": 1}, 56, "The update path 'a..b' contains an empty field name"),
        ({"$inc": {"n": 1}}, 52, "The dollar ($) prefixed field '$inc' in '$inc' is not allowed"),
        ({"_id": "x"}, 66, "would modify the immutable field '_id'"),
    ],
)
def test_a_rejected_put_changes_nothing_and_tells_as_pymongo_does(
    world: World, body, code: int, words: str
) -> None:
    create(world, {"blockId": "b", "n": 1})
    answer = put(world, body)

    assert 400 == answer.status_code
    assert words in answer.json()["error"]
    assert f", full error: {{'index': 0, 'code': {code}, 'errmsg': " in answer.json()["error"]
    assert [{"blockId": "b", "n": 1}] == read(world).json()["data"]


def test_delete_removes_one_document_and_then_fails(world: World) -> None:
    create(world, {"blockId": "b"})
    first = call(world, block_metrics.delete, "DELETE", "/block/b")
    second = call(world, block_metrics.delete, "DELETE", "/block/b")

    assert {"deleted_count": 1, "message": "Block deleted"} == first.json()["data"]
    assert (400, "No document found to delete") == (second.status_code, second.json()["error"])


def test_the_health_of_an_unknown_block_is_a_404(world: World) -> None:
    answer = health(world, block_id="ghost")

    assert 404 == answer.status_code
    assert {"error": "No block data found", "success": False} == answer.json()


def test_a_block_without_instances_is_healthy(world: World) -> None:
    answer = health(world)

    assert {"block_id": "b", "healthy": True, "instances": [], "success": True} == answer.json()


def test_the_executor_is_always_healthy(world: World) -> None:
    answer = health(world, {"instanceId": "executor"})

    assert [
        {"healthy": True, "instanceId": "executor", "reason": "executor instance"}
    ] == answer.json()["instances"]


def test_an_instance_without_a_time_stamp_makes_the_block_unhealthy(world: World) -> None:
    answer = health(world, {"instanceId": "executor"}, {"instanceId": "in-a"})

    assert not answer.json()["healthy"]
    assert "missing timestamp" == answer.json()["instances"][1]["reason"]


@pytest.mark.parametrize(("age_s", "healthy"), [(0, True), (60, True), (61, False)])
def test_a_sample_is_stale_after_60_seconds(world: World, age_s: float, healthy: bool) -> None:
    world.clock.freeze()
    instance = {"instanceId": "in-a", "timestamp": world.clock.now() - age_s}
    verdict = health(world, instance).json()["instances"][0]

    assert healthy == verdict["healthy"]
    assert age_s == pytest.approx(verdict["lastMetrics"], abs=0.01)


def test_a_stale_instance_says_how_stale(world: World) -> None:
    world.clock.freeze()
    instance = {"instanceId": "in-a", "timestamp": world.clock.now() - 90.5}

    assert (
        "stale metrics (last updated 90s ago)"
        == health(world, instance).json()["instances"][0]["reason"]
    )


def test_a_time_stamp_that_is_no_number_is_a_500(world: World) -> None:
    answer = health(world, {"instanceId": "in-a", "timestamp": "now"})

    assert 500 == answer.status_code
    assert "unsupported operand type(s) for -: 'float' and 'str'" == answer.json()["error"]


def test_a_fleet_just_loaded_is_fresh(fleet: World) -> None:
    answer = call(fleet, block_metrics.health, "GET", "/block/health/atlas-14b-chat")

    assert answer.json()["healthy"]
