"""The policy system: golden cases 1 to 3 and the traps T26 to T30."""

import json
from pathlib import Path

import pytest

from aios_nb.emulator.http import BAD_REQUEST, UNSUPPORTED
from aios_nb.emulator.services import policy_system
from aios_nb.emulator.world import JSON, World

from ..harness import call

GUIDE = json.loads(
    (Path(__file__).parents[3] / "fixtures" / "guide" / "registration.json").read_text()
)
URI = "attributebasedrouter:2.0-stable"
EXECUTOR: JSON = {
    "executor_id": "executor-001",
    "cluster_public_ip": "10.20.0.1",
    "executor_metadata": {},
    "executor_hardware_info": {},
}


def register(world: World, **changes):
    return call(world, policy_system.create_policy, "POST", "/policy", json={**GUIDE, **changes})


def read(world: World, uri: str = URI):
    return call(world, policy_system.read_policy, "GET", f"/policy/{uri}")


def query(world: World, body):
    return call(world, policy_system.query_policies, "POST", "/policy/query", json=body)


def test_registering_the_guides_policy_says_created_in_compact_sorted_json(world: World) -> None:
    answer = register(world)

    assert (200, "application/json") == (answer.status_code, answer.headers["content-type"])
    assert '{"data":"Policy created successfully.","success":true}\n' == answer.text


def test_registering_twice_says_created_twice_and_the_first_one_counts(world: World) -> None:
    register(world)
    answer = register(world, code="http://elsewhere/new.zip")

    assert "Policy created successfully." == answer.json()["data"]
    assert 2 == len(query(world, {"policy_rule_uri": URI}).json()["data"])
    assert GUIDE["code"] == read(world).json()["data"]["code"]


def test_a_policy_is_returned_with_its_uri_and_17_keys_in_order(world: World) -> None:
    register(world, management_commands_schema={})
    data = read(world).json()["data"]

    assert sorted([*GUIDE, "policy_rule_uri"]) == list(data)
    assert {**GUIDE, "policy_rule_uri": URI} == data


@pytest.mark.parametrize("key", list(GUIDE))
def test_each_of_the_17_keys_is_needed(world: World, key: str) -> None:
    body = {k: v for k, v in GUIDE.items() if k != key}
    answer = call(world, policy_system.create_policy, "POST", "/policy", json=body)

    assert 200 == answer.status_code
    assert f'{{"message":"\'{key}\'","success":false}}\n' == answer.text
    assert 0 == len(world.policies)


def test_the_first_missing_key_is_named(world: World) -> None:
    answer = call(world, policy_system.create_policy, "POST", "/policy", json={"code": "x"})

    assert "'name'" == answer.json()["message"]


def test_no_schema_and_no_code_address_is_looked_at(world: World) -> None:
    answer = register(world, policy_input_schema=5, code="nowhere", code_type=None)

    assert answer.json()["success"]


def test_framework_errors_come_in_the_services_own_shape(world: World) -> None:
    wrong_type = call(world, policy_system.create_policy, "POST", "/policy", content="{}")
    headers = {"content-type": "application/json"}
    broken = call(
        world, policy_system.create_policy, "POST", "/policy", content="{", headers=headers
    )

    assert (200, UNSUPPORTED) == (wrong_type.status_code, wrong_type.json()["message"])
    assert (200, BAD_REQUEST) == (broken.status_code, broken.json()["message"])


def test_a_number_beyond_64_bits_is_not_stored(world: World) -> None:
    answer = register(world, metadata={"n": -(2**63) - 1})

    assert ("MongoDB can only handle up to 8-byte ints", 0) == (
        answer.json()["message"],
        len(world.policies),
    )


def test_a_body_that_is_a_list_fails_in_pythons_words(world: World) -> None:
    answer = call(world, policy_system.create_policy, "POST", "/policy", json=[])

    assert "list indices must be integers or slices, not str" == answer.json()["message"]


def test_an_unknown_policy_is_not_found_with_status_200(world: World) -> None:
    answer = read(world, "query")

    assert 200 == answer.status_code
    assert '{"message":"Policy not found.","success":false}\n' == answer.text


def test_put_needs_the_complete_record(world: World) -> None:
    register(world)
    body = {"$set": {"description": "new"}}
    answer = call(world, policy_system.update_policy, "PUT", f"/policy/{URI}", json=body)

    assert "'name'" == answer.json()["message"]


def test_put_edits_the_first_record_and_can_rename_it(world: World) -> None:
    register(world, description="first")
    register(world, description="second")
    body = {**GUIDE, "name": "renamed"}
    answer = call(world, policy_system.update_policy, "PUT", f"/policy/{URI}", json=body)

    assert "Policy updated successfully." == answer.json()["data"]
    assert read(world, "renamed:2.0-stable").json()["success"]
    assert "second" == read(world).json()["data"]["description"]


def test_put_and_delete_of_an_unknown_policy_fail_with_status_200(world: World) -> None:
    put = call(world, policy_system.update_policy, "PUT", "/policy/x", json=GUIDE)
    delete = call(world, policy_system.delete_policy, "DELETE", "/policy/x")

    assert (200, "Failed to update policy.") == (put.status_code, put.json()["message"])
    assert (200, "Failed to delete policy.") == (delete.status_code, delete.json()["message"])


def test_delete_removes_one_record_and_reveals_the_next(world: World) -> None:
    register(world, description="first")
    register(world, description="second")
    answer = call(world, policy_system.delete_policy, "DELETE", f"/policy/{URI}")

    assert "Policy deleted successfully." == answer.json()["data"]
    assert "second" == read(world).json()["data"]["description"]


def test_a_query_takes_a_raw_mongo_filter(world: World) -> None:
    register(world)
    register(world, version="3.0")

    assert ["3.0"] == [
        p["version"] for p in query(world, {"version": {"$gt": "2.0"}}).json()["data"]
    ]
    assert [] == query(world, {"name": "none"}).json()["data"]
    assert '{"data":[],"success":true}\n' == query(world, {"name": "none"}).text


def test_a_malformed_filter_finds_nothing_and_says_nothing(world: World) -> None:
    register(world)

    assert {"data": [], "success": True} == query(world, {"name": {"$foo": 1}}).json()


def test_a_new_executor_listens_at_the_clusters_address(world: World) -> None:
    answer = call(world, policy_system.create_executor, "POST", "/executor", json=EXECUTOR)
    found = call(world, policy_system.read_executor, "GET", "/executor/executor-001")

    assert '{"data":"Executor created successfully.","success":true}\n' == answer.text
    assert {
        "executor_hardware_info": {},
        "executor_host_uri": "http://10.20.0.1:30900",
        "executor_id": "executor-001",
        "executor_metadata": {},
        "executor_status": "healthy",
    } == found.json()["data"]


def test_registering_the_executor_that_is_there_from_the_start_takes_its_place(
    world: World,
) -> None:
    world.add_default_executor()
    path = "/executor/query"
    counts = []
    for _ in range(2):
        call(world, policy_system.create_executor, "POST", "/executor", json=EXECUTOR)
        found = call(world, policy_system.query_executors, "POST", path, json={}).json()["data"]
        counts.append([e["executor_host_uri"] for e in found])

    assert [["http://10.20.0.1:30900"], ["http://10.20.0.1:30900"] * 2] == counts


@pytest.mark.parametrize("key", ["cluster_public_ip", "executor_id", "executor_metadata"])
def test_an_executor_needs_its_keys(world: World, key: str) -> None:
    body = {k: v for k, v in EXECUTOR.items() if k != key}
    answer = call(world, policy_system.create_executor, "POST", "/executor", json=body)

    assert {"message": f"'{key}'", "success": False} == answer.json()


def test_executors_are_queried_replaced_and_deleted(world: World) -> None:
    call(world, policy_system.create_executor, "POST", "/executor", json=EXECUTOR)
    record = {**EXECUTOR, "executor_host_uri": "http://x", "executor_status": "down"}
    path = "/executor/executor-001"
    put = call(world, policy_system.update_executor, "PUT", path, json=record)
    body = {"executor_status": "down"}
    found = call(world, policy_system.query_executors, "POST", "/executor/query", json=body)
    delete = call(world, policy_system.delete_executor, "DELETE", path)
    gone = call(world, policy_system.delete_executor, "DELETE", path)

    assert "Executor updated successfully." == put.json()["data"]
    assert ["http://x"] == [e["executor_host_uri"] for e in found.json()["data"]]
    assert "Executor deleted successfully." == delete.json()["data"]
    assert "Failed to delete executor." == gone.json()["message"]


def test_functions_graphs_and_jobs_say_that_they_are_not_emulated(world: World) -> None:
    answer = call(world, policy_system.not_emulated, "POST", "/jobs/submit/executor-001")

    assert 501 == answer.status_code
    assert "POST /jobs/submit/executor-001 is not emulated" in answer.json()["message"]
