"""The errata page: one test for each contradiction that can be tested, by its number."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from aios_nb import (
    AIOSClient,
    ConfigurationError,
    InferenceRequest,
    PolicyPackage,
    PolicyRegistration,
    SelectionQuery,
    ServiceError,
    Session,
    connect,
)

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "notebooks" / "errata.md"
GUIDE = ROOT / "fixtures" / "guide"
ROUTER = ROOT / "notebooks" / "policies" / "attributebasedrouter"
EXECUTOR_LOG = '{container="executor-executor-001"}'
POLICY = """
class AIOSv1PolicyRule:
    def __init__(self, rule_id, settings, parameters): ...

    def eval(self, parameters, input_data, context):
        return {result}
"""


def guide(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((GUIDE / f"{name}.json").read_text())
    return document


def request() -> InferenceRequest:
    return InferenceRequest.from_wire(guide("request"))


def rule(document: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = document["selection_query"]["body"]["values"]
    return values["rankingPolicyRule"]["values"]


@pytest.fixture
def aios() -> Iterator[AIOSClient]:
    with connect("emulator", wait_limit_s=3.0) as client:
        yield client


@pytest.fixture
def query(aios: AIOSClient) -> SelectionQuery:
    uri = aios.deploy_policy(PolicyPackage.from_folder(ROUTER))
    return replace(
        request().selection_query,
        policy_rule_uri=uri,
        metrics_base_url=aios.endpoints.metrics_base_url,
    )


def ask(query: SelectionQuery, **more: Any) -> InferenceRequest:
    return InferenceRequest(message="hello", selection_query=query, **more)


def wire(query: SelectionQuery) -> dict[str, Any]:
    return {**guide("request"), "selection_query": query.to_wire(), "session_id": "errata"}


def answer(aios: AIOSClient, body: dict[str, Any]) -> dict[str, Any]:
    response = requests.post(f"{aios.endpoints.adhoc}/v1/infer", json=body, timeout=10)
    return dict(response.json())


def choosing(aios: AIOSClient, result: str) -> str:
    return aios.deploy_policy(
        PolicyPackage.from_source("errata", POLICY.replace("{result}", result))
    )


def test_e1_the_router_is_not_asked(aios: AIOSClient, query: SelectionQuery) -> None:
    aios.infer(ask(query))

    assert [] == aios.read_logs('{container="parser"}', since_s=60)
    assert [] != aios.read_logs('{namespace="utils"} |= `db query`', since_s=60)


def test_e2_the_selection_returns_a_document(aios: AIOSClient, query: SelectionQuery) -> None:
    block = aios.select_block(query)

    assert {"id", "component", "metrics", "cluster"} <= set(block)


def test_e3_a_session_keeps_the_block_that_failed(aios: AIOSClient, query: SelectionQuery) -> None:
    dead = replace(query, policy_rule_uri=choosing(aios, '{"id": "aspen-22b-chat"}'))
    talk = Session("errata")
    with pytest.raises(ServiceError, match="waited for ever"):
        aios.infer(ask(dead, session=talk))

    with pytest.raises(ServiceError, match="waited for ever"):
        aios.infer(ask(query, session=talk))


def test_e7_store_and_static_server_share_a_folder(aios: AIOSClient) -> None:
    package = PolicyPackage.from_folder(ROUTER)
    code_url = aios.upload_policy(package)
    store = aios.endpoints.policy_store

    assert not code_url.startswith(str(store))
    assert package.archive() == requests.get(code_url, timeout=10).content


def test_e9_the_category_is_analytics() -> None:

    assert "analytics" == guide("registration")["metadata"]["category"]


def test_e10_a_zip_called_tar_xz_works(aios: AIOSClient, query: SelectionQuery) -> None:
    code = aios.upload_policy(PolicyPackage.from_folder(ROUTER))
    record = PolicyRegistration("errata", "1.0", code=code, code_type="tar.xz")
    uri = aios.register_policy(record)

    assert "tar.xz" == guide("registration")["code_type"]
    other = replace(query, policy_rule_uri=uri)
    assert aios.select_block(query)["id"] == aios.select_block(other)["id"]


def test_e11_the_input_is_a_list_of_blocks(aios: AIOSClient, query: SelectionQuery) -> None:
    uri = choosing(aios, '{"id": type(input_data).__name__ + type(input_data[0]).__name__}')

    assert "listdict" == aios.select_block(replace(query, policy_rule_uri=uri))["id"]
    assert "string" in json.dumps(guide("registration")["policy_input_schema"])


def test_e12_nothing_is_checked_against_the_schemas(
    aios: AIOSClient, query: SelectionQuery
) -> None:
    code = aios.upload_policy(PolicyPackage.from_folder(ROUTER))
    odd = {"policy_input_schema": {"candidates": {"type": "no type at all"}}}
    uri = aios.register_policy(PolicyRegistration("errata", "1.0", code=code, **odd))

    assert aios.select_block(replace(query, policy_rule_uri=uri))["id"]
    assert "properties" not in guide("registration")["policy_parameters_schema"]


def test_e13_the_two_addresses_of_the_metrics_differ() -> None:
    registered = guide("registration")["policy_parameters"]["METRICS_BASE_URL"]
    asked = rule(guide("request"))["parameters"]["METRICS_BASE_URL"]

    assert "http://metrics-service:30201" == registered
    assert asked.endswith(":30201/block/")


def test_e14_scores_are_arithmetic(aios: AIOSClient, query: SelectionQuery) -> None:
    for _ in range(2):
        aios.select_block(query)
    lines = aios.read_logs(f"{EXECUTOR_LOG} |= `Final Score`", since_s=60)
    told = [entry.line.partition(" - INFO - ")[2] for entry in lines]

    assert told[: len(told) // 2] == told[len(told) // 2 :]
    assert "ML" in json.dumps(guide("registration"))


def test_e15_model_and_graph_can_be_left_out(aios: AIOSClient, query: SelectionQuery) -> None:
    body = wire(query)
    del body["model"], body["graph"]

    assert aios.select_block(query)["id"] == answer(aios, body)["model"]


def test_e16_the_outer_match_type_has_no_effect(aios: AIOSClient, query: SelectionQuery) -> None:
    body = wire(query)
    body["selection_query"]["body"]["values"]["matchType"] = "nonsense"

    assert aios.select_block(query)["id"] == answer(aios, body)["model"]


def test_e17_the_request_names_attributebasedrouter() -> None:

    assert "attributebasedrouter:2.0-stable" == rule(guide("request"))["policyRuleURI"]
    assert "non-llm-matcher" not in json.dumps(guide("request"))


def test_e18_the_query_in_words_is_not_read(aios: AIOSClient, query: SelectionQuery) -> None:
    otherwise = replace(query, user_query="the slowest and worst block, please")

    assert aios.select_block(query)["id"] == aios.select_block(otherwise)["id"]
    assert "user_query" not in (ROUTER / "code/function.py").read_text()


def test_e19_one_block_and_no_list_is_returned(aios: AIOSClient, query: SelectionQuery) -> None:
    aios.select_block(query)
    received = aios.history[-1].received
    best = aios.read_logs(f"{EXECUTOR_LOG} |= `Best candidate selected`", since_s=60)

    assert isinstance(received, dict)
    assert 1 == len(best)


def test_e20_the_filter_asks_for_other_things() -> None:
    asked = json.dumps(rule(guide("request"))["parameters"]["filterRule"])
    named = re.findall(r'"(?:variable|target)": "[\w.-]*?([\w-]+?)(?:\.value)?"', asked)

    assert [
        "usecase",
        "supportsStreaming",
        "MMLU",
        "ARC-Challenge",
        "uptime_hours",
        "llm_tokens_per_second",
    ] == named


def test_e21_there_is_no_image() -> None:
    data = guide("request")["data"]

    assert {"mode", "message", "gen_params"} == set(data)
    assert isinstance(data["message"], str)


def test_e22_the_client_waits_longer_than_recorded_answers_took(aios: AIOSClient) -> None:

    assert aios.infer_timeout_s > 152 > 30


def test_e23_a_failure_has_status_200(aios: AIOSClient) -> None:
    with pytest.raises(ServiceError) as failed:
        aios.infer(InferenceRequest(message="hello", model="ghost"))

    assert 200 == failed.value.status


def test_e24_a_session_keeps_its_block(aios: AIOSClient, query: SelectionQuery) -> None:
    fixed = Session(guide("request")["session_id"])
    other = replace(query, policy_rule_uri=choosing(aios, '{"id": "finch-8b-chat"}'))
    first = aios.infer(ask(query, session=fixed)).block_id

    assert first == aios.infer(ask(other, session=fixed)).block_id
    assert "finch-8b-chat" != first


def test_e25_candidates_are_in_the_executors_log_alone(
    aios: AIOSClient, query: SelectionQuery
) -> None:
    aios.select_block(query)
    router = aios.read_logs('{container="parser"}', since_s=60)

    assert [] != aios.read_logs(f"{EXECUTOR_LOG} |= `Final Score`", since_s=60)
    assert not any("Score" in entry.line for entry in router)


def test_e26_the_ad_hoc_servers_container_is_inference_server(
    aios: AIOSClient, query: SelectionQuery
) -> None:
    aios.infer(ask(query))

    assert [] != aios.read_logs('{container="inference-server"}', since_s=60)


def test_e27_the_printed_matcher_cannot_select(aios: AIOSClient, query: SelectionQuery) -> None:
    takes_a_dict = choosing(aios, 'input_data.get("candidates", [])')
    with pytest.raises(ServiceError, match="'list' object has no attribute 'get'"):
        aios.select_block(replace(query, policy_rule_uri=takes_a_dict))
    returns_no_block = choosing(aios, '{"allowed": True, "input_data": {}}')

    with pytest.raises(ServiceError, match="invalid similarity search result"):
        aios.infer(ask(replace(query, policy_rule_uri=returns_no_block)))


def test_e28_scores_lie_between_0_and_the_sum_of_weights_and_the_highest_wins(
    aios: AIOSClient, query: SelectionQuery
) -> None:
    chosen = aios.select_block(query)["id"]
    lines = aios.read_logs(f"{EXECUTOR_LOG} |= `Final Score`", since_s=60)
    found = dict(
        re.search(r"Candidate '(.+)' - Final Score: (\S+)", e.line).groups()  # type: ignore[union-attr]
        for e in lines
    )
    scores = {block: float(score) for block, score in found.items()}

    assert all(0 <= s <= sum(g.weight for g in query.goals) for s in scores.values())
    assert chosen == max(scores, key=scores.__getitem__)


def test_e29_placeholders_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIOS_MANAGEMENT_HOST", "MANAGEMENTMASTER")

    with pytest.raises(ConfigurationError, match="only stands in for a host"):
        connect("cluster")


def test_each_row_that_claims_a_test_has_one_and_the_reverse() -> None:
    rows = re.findall(r"^\| (E\d+) \|.*\| (\w+)[^|]*\|$", PAGE.read_text(), re.MULTILINE)
    claimed = {number.lower() for number, shown in rows if shown == "test"}
    names = [name for name in dir(sys.modules[__name__]) if re.match(r"test_e\d+_", name)]

    assert [f"E{n}" for n in range(1, len(rows) + 1)] == [number for number, _ in rows]
    assert claimed == {name.split("_")[1] for name in names}
