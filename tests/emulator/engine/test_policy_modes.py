"""What becomes of each thing a policy can do, level by level and in both modes (contract §8)."""

from collections.abc import Iterator

import httpx
import pytest

from aios_nb.emulator import Emulator
from aios_nb.emulator.engine.policy_records import POLICY_KEYS
from aios_nb.emulator.world import JSON

from .archive_files import module, policy, zipped

ATLAS = "atlas-14b-chat"
NO_GET = "'{}' object has no attribute 'get'"
INVALID = "invalid similarity search result, {}"
TELLS = """return {
    "id": input_data[0]["id"],
    "settings": sorted(self.settings),
    "parameters": {k: v for k, v in parameters.items() if k != "filterRule"},
    "rule": [self.rule_id, context, self.parameters is parameters],
}"""
MASKED = "'PolicyFunctionExecutor' object has no attribute 'policy_rule_uri'"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(wait_limit_s=20) as running:
        yield running


@pytest.fixture
def mode(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[str]:
    url = f"{emulator.url}/_emulator/settings"
    httpx.patch(url, json={"policy_mode": request.param}).raise_for_status()
    yield request.param
    httpx.patch(url, json={"policy_mode": "executor"}).raise_for_status()


in_executor_mode = pytest.mark.parametrize("mode", ["executor"], indirect=True)
in_local_mode = pytest.mark.parametrize("mode", ["local"], indirect=True)


def post(emulator: Emulator, service: str, path: str, **options) -> httpx.Response:
    return httpx.post(emulator.addresses[service] + path, timeout=30, **options)


def deploy(emulator: Emulator, archive: bytes, name: str, **record) -> str:
    """Upload and register a policy, replacing one of the same name; return its URI."""
    post(emulator, "policy_store", "/upload", files={"file": (f"{name}.zip", archive)})
    uri = f"{name}:1.0-stable"
    httpx.delete(f"{emulator.addresses['policy_system']}/policy/{uri}")
    body: JSON = {key: {} for key in POLICY_KEYS} | {"name": name, "version": "1.0", "tags": ""}
    body |= {"release_tag": "stable", "code_type": "tar.xz", "type": "p", "description": ""}
    body["code"] = f"{emulator.addresses['static_server']}/{name}.zip"
    post(emulator, "policy_system", "/policy", json=body | record)
    return uri


def spec(uri: str, **parameters) -> JSON:
    condition = {"variable": "id", "operator": "==", "value": ATLAS}
    rule = {"matchType": "block", "filter": {"blockQuery": condition}}
    values = {"policyRuleURI": uri, "parameters": {"filterRule": rule, **parameters}}
    values["settings"] = {"asked": True}
    return {"body": {"values": {"rankingPolicyRule": {"values": values}}}}


def search(emulator: Emulator, uri: str, **parameters) -> httpx.Response:
    body = spec(uri, **parameters)
    return post(emulator, "search_server", "/api/similarity-search", json=body)


def infer(emulator: Emulator, uri: str, session: str) -> JSON:
    body = {"session_id": session, "seq_no": 1, "selection_query": spec(uri)}
    body["data"] = {"mode": "chat", "message": "hello"}
    answer: JSON = post(emulator, "adhoc", "/v1/infer", json=body).json()
    return answer


def execute(emulator: Emulator, service: str, uri: str) -> tuple[int, JSON]:
    path = {"policy_executor": "", "policy_system": "/executor/executor-001"}[service]
    body = {"policy_rule_uri": uri, "input_data": [{"id": ATLAS}]}
    answer = post(emulator, service, f"{path}/execute_policy", json=body)
    return answer.status_code, answer.json()


RETURNED = [
    ("return {'id': 'atlas-14b-chat'}", {"id": ATLAS}, None),
    ("return [{'id': 'atlas-14b-chat'}, {}]", [{"id": ATLAS}, {}], None),
    ("return []", [], "no block selected in the specified filter"),
    ("return {'id': ''}", {"id": ""}, INVALID.format({"id": ""})),
    (
        "return {'result': [], 'reason': 'why'}",
        {"reason": "why", "result": []},
        INVALID.format({"reason": "why", "result": []}),
    ),
    ("return None", None, NO_GET.format("NoneType")),
    ("return 'atlas'", "atlas", NO_GET.format("str")),
    ("return 5", 5, NO_GET.format("int")),
]


@in_executor_mode
@pytest.mark.parametrize(("body", "data", "message"), RETURNED)
def test_a_result_passes_every_level_of_executor_mode(
    emulator: Emulator, mode: str, body: str, data: object, message: str | None
) -> None:
    uri = deploy(emulator, policy(body), "returns")

    assert (202, {"data": data, "success": True}) == execute(emulator, "policy_executor", uri)
    assert (200, {"data": data, "success": True}) == execute(emulator, "policy_system", uri)
    assert {"data": data, "success": True} == search(emulator, uri).json()
    answer = infer(emulator, uri, session=f"e-{body}")
    assert (ATLAS, message) == (answer.get("model", ATLAS), answer.get("message"))


@in_local_mode
@pytest.mark.parametrize(("body", "data", "message"), RETURNED)
def test_a_result_is_the_same_in_local_mode(
    emulator: Emulator, mode: str, body: str, data: object, message: str | None
) -> None:
    uri = deploy(emulator, policy(body), "returns")

    assert {"data": data, "success": True} == search(emulator, uri).json()
    assert message == infer(emulator, uri, session=f"l-{body}").get("message")


FAILING = [
    (policy("raise ValueError('boom')"), "boom", MASKED),
    (zipped({"src/function.py": "x = 1"}), "code/ directory not found in archive", None),
    (module("x = 1"), "module 'function' has no attribute 'AIOSv1PolicyRule'", None),
    (module("def"), "invalid syntax (function.py, line 1)", None),
    (b"plain text", "Unsupported file format", None),
    (
        module("class AIOSv1PolicyRule:\n    def __init__(self): ...\n"),
        "AIOSv1PolicyRule.__init__() takes 1 positional argument but 4 were given",
        None,
    ),
]


@in_executor_mode
@pytest.mark.parametrize(("archive", "text", "local"), FAILING)
def test_a_failure_is_data_of_a_success_in_executor_mode(
    emulator: Emulator, mode: str, archive: bytes, text: str, local: str | None
) -> None:
    uri = deploy(emulator, archive, "fails")
    failure = {"message": text, "success": False}

    assert (202, {"data": failure, "success": True}) == execute(emulator, "policy_executor", uri)
    assert (200, {"data": failure, "success": True}) == execute(emulator, "policy_system", uri)
    assert {"data": failure, "success": True} == search(emulator, uri).json()
    assert {"message": INVALID.format(failure), "success": False} == infer(emulator, uri, text)


@in_local_mode
@pytest.mark.parametrize(("archive", "text", "local"), FAILING)
def test_a_failure_fails_the_search_in_local_mode(
    emulator: Emulator, mode: str, archive: bytes, text: str, local: str | None
) -> None:
    uri = deploy(emulator, archive, "fails")

    assert {"data": [False, local or text], "success": True} == search(emulator, uri).json()
    assert NO_GET.format("bool") == infer(emulator, uri, f"l-{text}")["message"]


@in_executor_mode
def test_a_missing_function_file_names_where_it_was_looked_for(
    emulator: Emulator, mode: str
) -> None:
    uri = deploy(emulator, zipped({"code/other.py": "x = 1"}), "other")
    _, answer = execute(emulator, "policy_executor", uri)

    assert answer["data"]["message"].startswith("[Errno 2] No such file or directory: '/")
    assert answer["data"]["message"].endswith("/code/function.py'")


@in_executor_mode
def test_a_missing_archive_is_told_in_the_static_servers_words(
    emulator: Emulator, mode: str
) -> None:
    code = f"{emulator.addresses['static_server']}/ghost.zip"
    uri = deploy(emulator, b"", "ghost-archive", code=code)
    text = f"404 Client Error: File not found for url: {code}"

    assert (202, text) == (
        (found := execute(emulator, "policy_executor", uri))[0],
        found[1]["data"]["message"],
    )


@in_executor_mode
def test_a_static_server_that_is_down_is_told_with_the_archives_path(
    emulator: Emulator, mode: str
) -> None:
    uri = deploy(emulator, policy("return input_data[0]"), "unfetched")
    down = {"service": "static_server", "kind": "down", "count": 1}
    httpx.post(f"{emulator.url}/_emulator/faults", json=down).raise_for_status()
    _, answer = execute(emulator, "policy_executor", uri)

    assert (
        "Max retries exceeded with url: /static_server/unfetched.zip ("
        in (answer["data"]["message"])
    )


@in_executor_mode
def test_a_result_that_is_no_json_is_a_500_and_fails_the_search(
    emulator: Emulator, mode: str
) -> None:
    uri = deploy(emulator, policy("return {1, 2}"), "a-set")
    failure = {"message": "Object of type set is not JSON serializable", "success": False}
    place = f"{emulator.addresses['policy_system']}/executor/executor-001/execute_policy"

    assert (500, failure) == execute(emulator, "policy_executor", uri)
    assert (500, failure) == execute(emulator, "policy_system", uri)
    assert [False, f"500 Server Error: INTERNAL SERVER ERROR for url: {place}"] == (
        search(emulator, uri).json()["data"]
    )
    assert NO_GET.format("bool") == infer(emulator, uri, "e-set")["message"]


@in_local_mode
def test_a_result_that_is_no_json_is_a_400_of_the_search_in_local_mode(
    emulator: Emulator, mode: str
) -> None:
    uri = deploy(emulator, policy("return {1, 2}"), "a-set")
    answer = search(emulator, uri)

    assert (400, "Object of type set is not JSON serializable") == (
        answer.status_code,
        answer.json()["message"],
    )


@in_executor_mode
def test_a_nan_passes_through_unescaped(emulator: Emulator, mode: str) -> None:
    body = "return {'id': 'atlas-14b-chat', 'score': float('nan')}"
    uri = deploy(emulator, policy(body), "nan")

    assert '"score": NaN' in search(emulator, uri).text


REGISTERED = {"policy_parameters": {"goal": "registered"}, "policy_settings": {"own": 1}}


@in_executor_mode
def test_request_parameters_replace_the_registered_ones_in_executor_mode(
    emulator: Emulator, mode: str
) -> None:
    uri = deploy(emulator, policy(TELLS), "tells", **REGISTERED)
    asked = search(emulator, uri, weight=1).json()["data"]
    unasked = execute(emulator, "policy_executor", uri)[1]["data"]

    assert ({"weight": 1}, ["own"]) == (asked["parameters"], asked["settings"])
    assert {"goal": "registered"} == unasked["parameters"]
    assert ["", None, True] == asked["rule"]


@in_local_mode
def test_registered_parameters_override_the_requests_in_local_mode(
    emulator: Emulator, mode: str
) -> None:
    uri = deploy(emulator, policy(TELLS), "tells", **REGISTERED)
    told = search(emulator, uri, goal="asked", weight=1).json()["data"]

    assert {"goal": "registered", "weight": 1} == told["parameters"]
    assert ["block_metrics_api", "cluster_metrics_api", "own"] == told["settings"]


@pytest.mark.parametrize(
    ("mode", "data"),
    [
        ("executor", {"message": "Policy rule with URI 'none:1-x' not found.", "success": False}),
        ("local", [False, "Policy rule with URI 'none:1-x' not found."]),
    ],
    indirect=["mode"],
)
def test_an_unknown_policy_is_data_or_a_failed_search(
    emulator: Emulator, mode: str, data: object
) -> None:

    assert {"data": data, "success": True} == search(emulator, "none:1-x").json()


@in_executor_mode
def test_uploading_again_changes_the_behaviour_at_once(emulator: Emulator, mode: str) -> None:
    uri = deploy(emulator, policy("return {'id': 'one'}"), "twice")
    before = search(emulator, uri).json()["data"]
    archive = policy("return {'id': 'two'}")
    post(emulator, "policy_store", "/upload", files={"file": ("twice.zip", archive)})

    assert ({"id": "one"}, {"id": "two"}) == (before, search(emulator, uri).json()["data"])
