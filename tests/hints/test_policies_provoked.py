"""Cryptic texts about a policy or a search (contract §8.3, §12.3), provoked, are explained."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from aios_nb import FilterRule, InferenceRequest, SelectionQuery, ServiceError, connect
from aios_nb.client import AIOSClient
from aios_nb.policy_archive import write_archive
from aios_nb.query import Condition, MetricCondition

from .provoking import post

JSON = dict[str, Any]
ROOT = Path(__file__).parents[2]
EVERY = FilterRule(block=Condition("id", "LIKE", "*"))
HEAD = """\
class AIOSv1PolicyRule:
    def __init__(self, rule_id, settings, parameters): ...
    def eval(self, parameters, input_data, context):
        {body}
"""
NOT_JSON = "'bool' object has no attribute 'get'"


def registered(aios: AIOSClient, files: dict[str, str] | bytes | None) -> str:
    """Upload an archive as it is, however broken, register it, and return its URI."""
    name = f"p{len(aios.query_policies())}"
    raw = files if isinstance(files, bytes) else b""
    if isinstance(files, dict):
        raw = write_archive([(path, text.encode()) for path, text in files.items()])
    if files is not None:
        form = {"file": (f"{name}.zip", raw)}
        url = f"{aios.endpoints.policy_store}/upload"
        assert requests.post(url, files=form, data={"path": "."}, timeout=20).ok
    record = json.loads((ROOT / "fixtures" / "guide" / "registration.json").read_text())
    record |= {"name": name, "code": f"{aios.endpoints.static_server}/{name}.zip"}
    assert requests.post(f"{aios.endpoints.policy_system}/policy", json=record, timeout=20).ok
    return f"{name}:2.0-stable"


def returning(value: str) -> dict[str, str]:
    return {"code/function.py": HEAD.format(body=f"return {value}")}


def infer(aios: AIOSClient, uri: str, rule: FilterRule = EVERY) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        aios.infer(InferenceRequest(message="Hi", selection_query=SelectionQuery(uri, rule)))
    return caught.value


def select(aios: AIOSClient, uri: str, rule: FilterRule = EVERY) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        aios.select_block(SelectionQuery(uri, rule))
    return caught.value


POLICIES = [  # §8.3: what the policy or its archive is; AIOS's text; what the hint explains
    (returning("[]"), "^no block selected in the specified filter$", "empty list"),
    (returning("{'result': [], 'reason': 'no'}"), "^invalid similarity search", "own words"),
    (returning("1 / 0"), "division by zero", "own words"),
    (returning("None"), "^'NoneType' object has no attribute 'get'$", "returned None"),
    (returning("'atlas-14b-chat'"), "^'str' object has no attribute 'get'$", "returned a string"),
    (returning("5"), "^'int' object has no attribute 'get'$", "bare value"),
    (returning("{1, 2}"), f"^{NOT_JSON}$", "500 Server Error.*not JSON"),
    (returning("{'id': 5}"), "5 has type int, but expected one of", "an id that is no string"),
    (returning("input_data.get('candidates')"), "'list' object has no", "list of candidates"),
    ({"function.py": ""}, "code/ directory not found in archive", "folder code/ at its root"),
    ({"code/other.py": ""}, "No such file or directory.*function.py", "no code/function.py"),
    ({"code/function.py": "x = 1"}, "no attribute 'AIOSv1PolicyRule'", "must define the class"),
    ({"code/function.py": "def ("}, r"\(function.py, line 1\)", "not valid Python"),
    (
        {"code/function.py": "class AIOSv1PolicyRule: ..."},
        r"takes no arguments|takes 1 positional argument but 4",
        r"AIOSv1PolicyRule\(rule_id",
    ),
    (
        {"code/function.py": HEAD.format(body="return 1"), "code/requirements.txt": "!!"},
        "'pip', 'install'.*returned non-zero exit status 1",
        "could not install",
    ),
    (b"no archive", "Unsupported file format", "neither a tar nor a zip"),
    (None, "404 Client Error: File not found for url", "serves nothing"),
]


@pytest.mark.parametrize(("files", "text", "meaning"), POLICIES, ids=[p[1] for p in POLICIES])
def test_what_a_policy_did_is_explained(
    aios: AIOSClient, files: Any, text: str, meaning: str
) -> None:
    error = infer(aios, registered(aios, files))

    assert re.search(text, error.message)
    assert re.search(meaning, error.hint)
    assert re.search(r"lessons? 0\d", error.hint)


# The Router hands on any id: only the ad-hoc server needs a text.
ROUTED = [p for p in POLICIES if p[0] != returning("{'id': 5}")]


@pytest.mark.parametrize(("files", "text", "meaning"), ROUTED, ids=[p[1] for p in ROUTED])
def test_a_selection_alone_is_explained_too(
    aios: AIOSClient, files: Any, text: str, meaning: str
) -> None:
    error = select(aios, registered(aios, files))

    assert re.search(r"lessons? 0\d", error.hint)


def test_an_unknown_policy_is_explained(aios: AIOSClient) -> None:
    error = infer(aios, "nope:1.0-stable")

    assert "Policy rule with URI 'nope:1.0-stable' not found." in error.message
    assert "no policy is registered" in error.hint


BAD_RULES = [  # §12.3 and §7.3: the filter; the search server's own words; what they mean
    (FilterRule(block=Condition("id", "LIKE", "c++")), "string indices must be", "LIKE with char"),
    (
        FilterRule(metrics=MetricCondition("avg", "instances.latency.latency", ">", 1)),
        "400 Client Error: BAD REQUEST for url: .*/block/aggregate",
        "refused the metrics conditions",
    ),
]


@pytest.mark.parametrize(("rule", "words", "meaning"), BAD_RULES)
def test_a_failed_search_is_told_in_its_own_words(
    aios: AIOSClient, rule: FilterRule, words: str, meaning: str
) -> None:
    error = infer(aios, "p:1.0-stable", rule)

    assert NOT_JSON == error.message
    assert re.search(f"in its own words: {words}.*{meaning}", error.hint)


@pytest.mark.parametrize(("rule", "words", "meaning"), BAD_RULES)
def test_the_routers_loss_is_made_good_too(
    aios: AIOSClient, rule: FilterRule, words: str, meaning: str
) -> None:
    with pytest.raises(ServiceError, match="in its own words: ") as caught:
        aios.find_candidates(rule)

    assert re.search(f"{words}.*{meaning}", caught.value.hint)
    assert re.search(f"{words}.*{meaning}", select(aios, "p:1.0-stable", rule).hint)


@pytest.mark.parametrize(
    ("service", "words", "meaning"),
    [
        ("blocks", "string indices must be integers", "registry was down"),
        ("block_metrics", "HTTPConnectionPool", "cannot reach another"),
        ("policy_system", "HTTPConnectionPool", "cannot reach another"),
        ("policy_executor", "500 Server Error", "the executor is down"),
    ],
)
def test_a_service_that_is_down_is_named(
    aios: AIOSClient,
    fault: Callable[[str, str], None],
    service: str,
    words: str,
    meaning: str,
) -> None:
    uri = registered(aios, returning("input_data[0]"))
    fault(service, "down")
    error = infer(aios, uri)

    assert NOT_JSON == error.message
    assert re.search(f"in its own words: .*{words}.*{meaning}", error.hint)


def test_an_unknown_executor_is_explained(aios: AIOSClient) -> None:
    uri = registered(aios, returning("input_data[0]"))
    url = f"{aios.endpoints.policy_system}/executor/executor-001"
    record = requests.get(url, timeout=20).json()["data"]
    requests.delete(url, timeout=20)
    error = infer(aios, uri)
    record["cluster_public_ip"] = "127.0.0.1"
    requests.post(f"{aios.endpoints.policy_system}/executor", json=record, timeout=20)

    assert re.search("404 Client Error: NOT FOUND.*executor that is not registered", error.hint)


def test_without_the_control_api_the_search_server_is_asked(
    aios: AIOSClient, fault: Callable[[str, str], None]
) -> None:
    fault("adhoc_control", "down")

    assert "in its own words: string indices" in infer(aios, "p:1-s", BAD_RULES[0][0]).hint


def test_when_nobody_can_be_asked_the_hint_says_whom_to_ask(
    aios: AIOSClient, fault: Callable[[str, str], None]
) -> None:
    fault("adhoc_control", "down")
    fault("search_server", "error")
    rule = SelectionQuery("p:1-s", BAD_RULES[0][0])
    error = post(aios, InferenceRequest(message="x", selection_query=rule).to_wire())

    assert re.search(r"lesson 0\d", error.hint)


def test_a_search_server_that_is_down_is_named(
    aios: AIOSClient, fault: Callable[[str, str], None]
) -> None:
    fault("search_server", "down")
    error = infer(aios, "p:1.0-stable")

    assert error.message.startswith("Error in similarity_search: HTTPConnectionPool(")
    assert "cannot reach the search server" in error.hint


@pytest.mark.parametrize("body", ["raise SystemExit", "import time; time.sleep(60)"])
def test_a_policy_that_never_answers_is_explained(body: str) -> None:
    with connect("emulator", wait_limit_s=1.0) as quick:
        uri = registered(quick, {"code/function.py": HEAD.format(body=body)})
        error = infer(quick, uri)

    assert "AIOS would have waited for ever" in error.message
    assert "a policy that never ends" in error.hint


@pytest.mark.parametrize(
    "words",
    [
        "Expecting value: line 1 column 1 (char 0)",
        "string indices must be integers, not 'str'",
        "Unsupported operator: +",
        "my Template is empty",
    ],
)
def test_words_of_a_policy_that_sound_like_a_services_are_not_taken_for_them(
    aios: AIOSClient, words: str
) -> None:
    source = HEAD.format(body=f"raise ValueError({words!r})")
    error = select(aios, registered(aios, {"code/function.py": source}))

    assert words == error.message
    assert "these are the policy's own words" in error.hint
