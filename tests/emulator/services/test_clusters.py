"""The clusters registry, whose schema is typed."""

import pytest

from aios_nb.emulator.services import clusters
from aios_nb.emulator.world import JSON, World

from ..harness import call

CLUSTER: JSON = {
    "id": "c",
    "regionId": "eu",
    "nodes": {"count": 1, "nodeData": []},
    "gpus": {"count": 1, "memory": 81920},
    "vcpus": {"count": 24},
    "memory": 171051,
    "swap": 0,
    "storage": {"disks": 1, "size": 512000},
    "network": {"interfaces": 1, "txBandwidth": 10000, "rxBandwidth": 10000},
    "config": {"urlMap": {"publicGateway": "10.20.0.11:32000"}},
    "tags": ["gpu"],
    "clusterMetadata": {"name": "c"},
    "reputation": 10,
}


def create(world: World, body):
    return call(world, clusters.create, "POST", "/clusters", json=body)


def query(world: World, wanted):
    return call(world, clusters.query, "POST", "/clusters/query", json={"query": wanted})


def put(world: World, body):
    return call(world, clusters.update, "PUT", "/clusters/c", json=body)


def test_a_cluster_is_stored_with_status_200(world: World) -> None:
    answer = create(world, CLUSTER)

    assert 200 == answer.status_code
    assert [*CLUSTER, "_id", "__v"] == list(answer.json())


def test_status_and_other_unknown_keys_are_dropped(world: World) -> None:
    create(world, {**CLUSTER, "status": "live", "gpus": {**CLUSTER["gpus"], "vendor": "x"}})

    assert [] == query(world, {"status": "live"}).json()
    assert CLUSTER["gpus"] == query(world, {}).json()[0]["gpus"]


def test_numbers_are_cast_on_save_and_in_filters(world: World) -> None:
    create(world, {**CLUSTER, "memory": "5", "nodes": {"count": "2"}})

    assert 5 == query(world, {"nodes.count": {"$gt": "1"}}).json()[0]["memory"]


@pytest.mark.parametrize(
    "path",
    [
        "id",
        "regionId",
        "memory",
        "swap",
        "clusterMetadata",
        "reputation",
        "gpus.memory",
        "nodes.count",
        "network.txBandwidth",
        "storage.size",
        "vcpus.count",
    ],
)
def test_required_paths_are_named_in_full(world: World, path: str) -> None:
    body = {k: dict(v) if isinstance(v, dict) else v for k, v in CLUSTER.items()}
    top, _, below = path.partition(".")
    del (body[top] if below else body)[below or top]
    answer = create(world, body)

    assert 500 == answer.status_code
    assert {
        "error": f"Cluster validation failed: {path}: Path `{path}` is required."
    } == answer.json()
    assert 0 == len(world.clusters)


def test_all_that_lacks_is_told_at_once(world: World) -> None:
    error = create(world, {"id": "c"}).json()["error"]

    assert 14 == error.count("is required.")
    assert error.startswith(
        "Cluster validation failed: regionId: Path `regionId` is required., nodes."
    )


def test_a_number_that_is_none_fails_in_mongooses_words(world: World) -> None:
    answer = create(world, {**CLUSTER, "memory": "much"})

    assert (
        'Cluster validation failed: memory: Cast to Number failed for value "much" (type string) '
        'at path "memory"' == answer.json()["error"]
    )


def test_a_nested_path_takes_objects_only(world: World) -> None:

    assert (
        "Tried to set nested object field `gpus` to primitive value `5`"
        in create(world, {**CLUSTER, "gpus": 5}).json()["error"]
    )


def test_missing_tags_become_an_empty_list(world: World) -> None:
    body = {k: v for k, v in CLUSTER.items() if k != "tags"}

    assert [] == create(world, body).json()["tags"]


def test_a_cluster_is_updated_with_casts_and_without_unknown_keys(world: World) -> None:
    create(world, CLUSTER)
    answer = put(world, {"reputation": "7", "status": "live", "$set": {"config.x": 1}})

    assert (7, 1, None) == (
        answer.json()["reputation"],
        answer.json()["config"]["x"],
        answer.json().get("status"),
    )


def test_a_rejected_update_is_a_500_and_changes_nothing(world: World) -> None:
    create(world, CLUSTER)
    answer = put(world, {"swap": 1, "gpus.memory": "much"})

    assert 500 == answer.status_code
    assert (
        'Cast to Number failed for value "much" (type string) at path "gpus.memory"'
        == answer.json()["error"]
    )
    assert 0 == query(world, {}).json()[0]["swap"]


def test_a_cluster_is_read_and_deleted_or_not_found(world: World) -> None:
    create(world, CLUSTER)
    found = call(world, clusters.read, "GET", "/clusters/c")
    deleted = call(world, clusters.delete, "DELETE", "/clusters/c")
    gone = call(world, clusters.read, "GET", "/clusters/c")

    assert ("c", 200) == (found.json()["id"], deleted.status_code)
    assert (404, '{"error":"Cluster not found"}') == (gone.status_code, gone.text)
    assert 404 == put(world, {}).status_code


def test_a_rejected_filter_is_a_500(world: World) -> None:
    answer = query(world, {"memory": {"$gt": "much"}})

    assert 500 == answer.status_code
    assert "Cast to Number failed" in answer.json()["error"]


def test_the_shipped_clusters_fit_the_schema(fleet: World) -> None:
    for cluster in list(fleet.clusters):
        fleet.clusters.remove(cluster)

        assert 200 == create(fleet, cluster).status_code
