"""Golden cases 1 to 4, 24, 27 and 28: registering and running policies."""

import io
import tarfile
from typing import Any

from .conftest import FIXTURES, Cluster, ranking, zipped

ECHO = """
class AIOSv1PolicyRule:
    def __init__(self, rule_id, settings, parameters):
        pass
    def eval(self, parameters, input_data, context):
        return {"id": "seen", "candidates": len(input_data)}
"""
CREATED = {"data": "Policy created successfully.", "success": True}
EXECUTE = "/executor/executor-001/execute_policy"


def registration() -> dict[str, Any]:
    import json

    return dict(json.loads((FIXTURES / "guide" / "registration.json").read_text()))


def execute(cluster: Cluster, uri: str) -> Any:
    body = {"policy_rule_uri": uri, "input_data": [{"id": "a"}], "parameters": {}}
    answer = cluster.post("policy_system", EXECUTE, body)
    assert 200 == answer.status_code
    assert answer.json()["success"] is True
    return answer.json()["data"]


def test_01_registering_twice_says_created_twice_and_reads_return_the_first(
    cluster: Cluster,
) -> None:
    first, second = registration(), registration() | {"description": "second"}
    answers = [cluster.post("policy_system", "/policy", r) for r in (first, second)]
    uri = "attributebasedrouter:2.0-stable"
    found = cluster.post("policy_system", "/policy/query", {"policy_rule_uri": uri}).json()
    read = cluster.call("GET", "policy_system", f"/policy/{uri}").json()

    assert [(200, CREATED)] * 2 == [(a.status_code, a.json()) for a in answers]
    assert 2 == len(found["data"])
    assert first["description"] == read["data"]["description"]
    assert 18 == len(read["data"])


def test_02_a_missing_field_and_an_unknown_policy_answer_200(cluster: Cluster) -> None:
    record = registration()
    del record["code_type"]
    created = cluster.post("policy_system", "/policy", record)
    unknown = cluster.call("GET", "policy_system", "/policy/nope:1.0-stable")

    assert '{"message":"\'code_type\'","success":false}\n' == created.text
    assert '{"message":"Policy not found.","success":false}\n' == unknown.text
    assert [200, 200] == [created.status_code, unknown.status_code]


def test_03_execute_policy_wants_input_and_a_known_executor(cluster: Cluster) -> None:
    empty = cluster.post("policy_system", EXECUTE, {"policy_rule_uri": "x", "input_data": []})
    body = {"policy_rule_uri": "x", "input_data": [1]}
    unknown = cluster.post("policy_system", "/executor/executor-zzz/execute_policy", body)

    assert 400 == empty.status_code
    assert "policy_rule_uri and input_data are required" == empty.json()["message"]
    assert 404 == unknown.status_code
    assert {"message": "Executor not found", "success": False} == unknown.json()


def test_04_archives_are_told_apart_by_content(cluster: Cluster) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:xz") as archive:
        member = tarfile.TarInfo("code/function.py")
        member.size = len(ECHO)
        archive.addfile(member, io.BytesIO(ECHO.encode()))
    archives = {
        "zip": zipped({"code/function.py": ECHO}),
        "tar": buffer.getvalue(),
        "text": b"not an archive",
        "flat": zipped({"function.py": ECHO}),
    }
    results = {
        name: execute(cluster, cluster.register(name, cluster.upload(f"{name}.zip", data)))
        for name, data in archives.items()
    }
    seen = {"id": "seen", "candidates": 1}

    assert {
        "zip": seen,
        "tar": seen,
        "text": {"message": "Unsupported file format", "success": False},
        "flat": {"message": "code/ directory not found in archive", "success": False},
    } == results


def test_24_the_application_type_empties_the_list(cluster: Cluster, reference: str) -> None:
    request = cluster.request(reference)
    ranking(request)["parameters"]["selection_query"]["application_type"] = "Chat"

    assert (
        "invalid similarity search result, "
        "{'reason': 'No candidates found matching the criteria.', 'result': []}"
    ) == cluster.infer(request)["message"]


def test_27_a_matcher_that_expects_a_dict_fails_on_the_list(cluster: Cluster) -> None:
    source = """
class AIOSv1PolicyRule:
    def __init__(self, rule_id, settings, parameters):
        pass
    def eval(self, parameters, input_data, context):
        try:
            input_data.get("candidates", [])
        except Exception as e:
            return {"allowed": False, "reason": f"Error during evaluation: {e}"}
"""
    answer = cluster.infer(cluster.request(cluster.deploy("matcher", source)))

    assert (
        "invalid similarity search result, {'allowed': False, 'reason': "
        "\"Error during evaluation: 'list' object has no attribute 'get'\"}"
    ) == answer["message"]


def test_28_a_policy_that_exits_keeps_the_request_waiting_until_the_limit(
    cluster: Cluster,
) -> None:
    source = ECHO.replace("return {", "raise SystemExit\n        return {")
    answer = cluster.infer(cluster.request(cluster.deploy("exits", source)))

    assert answer["success"] is False
    assert "for ever" in answer["message"]
