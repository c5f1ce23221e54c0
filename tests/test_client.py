"""One method per HTTP call: each against the offline AIOS, and each way of saying no."""

import dataclasses
import json
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from aios_nb import (
    AIOSClient,
    Condition,
    ConfigurationError,
    Endpoints,
    FilterRule,
    InferenceRequest,
    PayloadError,
    PolicyPackage,
    PolicyRegistration,
    SelectionQuery,
    ServiceError,
    Session,
    TransportError,
    connect,
)

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "fixtures" / "guide"
ROUTER = PolicyPackage.from_folder(ROOT / "notebooks" / "policies" / "attributebasedrouter")
FIRST = "def __init__(self, rule_id, settings, parameters):\n        pass"
PICK = "def eval(self, parameters, input_data, context):\n        {body}"


def policy(body: str, *, name: str = "tried") -> PolicyPackage:
    source = f"class AIOSv1PolicyRule:\n    {FIRST}\n\n    {PICK.format(body=body)}\n"
    return PolicyPackage.from_source(name, source)


def guide_query(aios: AIOSClient, policy_uri: str) -> SelectionQuery:
    request = InferenceRequest.from_wire(json.loads((GUIDE / "request.json").read_text()))
    assert request.selection_query is not None
    return dataclasses.replace(
        request.selection_query,
        policy_rule_uri=policy_uri,
        metrics_base_url=aios.endpoints.metrics_base_url,
    )


def question(aios: AIOSClient, policy_uri: str, session: Session | None = None) -> InferenceRequest:
    query = guide_query(aios, policy_uri)
    return InferenceRequest(message="Explain", selection_query=query, session=session or Session())


@pytest.fixture(scope="module")
def aios() -> Iterator[AIOSClient]:
    with connect("emulator", wait_limit_s=1.0) as client:
        client.deploy_policy(ROUTER, PolicyRegistration("attributebasedrouter"))
        yield client


def test_an_uploaded_archive_comes_back_byte_by_byte(aios: AIOSClient) -> None:
    import requests

    url = aios.upload_policy(ROUTER)

    assert ROUTER.archive() == requests.get(url, timeout=5).content


def test_a_registered_policy_is_read_updated_queried_and_deleted(aios: AIOSClient) -> None:
    code = aios.upload_policy(policy("return input_data[0]"))
    record = PolicyRegistration("life", code=code, description="first")
    uri = aios.register_policy(record)
    aios.update_policy(dataclasses.replace(record, description="second"))

    assert "second" == aios.read_policy(uri).description
    assert [uri] == [found.uri for found in aios.query_policies({"name": "life"})]
    aios.delete_policy(uri)
    with pytest.raises(ServiceError, match="Policy not found"):
        aios.read_policy(uri)


def test_deploying_uploads_then_registers(aios: AIOSClient) -> None:
    uri = aios.deploy_policy(policy("return input_data[0]", name="both"))

    assert ["policy_store", "policy_system"] == [e.service for e in aios.history[-2:]]
    assert aios.read_policy(uri).code.endswith("/both.zip")


def test_a_registration_without_code_is_not_sent(aios: AIOSClient) -> None:
    before = len(aios.history)
    with pytest.raises(PayloadError, match=r"'bare:1\.0-stable' has no code; give the URL"):
        aios.register_policy(PolicyRegistration("bare"))

    assert before == len(aios.history)


def test_candidates_carry_their_metrics(aios: AIOSClient) -> None:
    rule = guide_query(aios, "attributebasedrouter:1.0-stable").filter_rule
    found = aios.find_candidates(rule)

    assert {"atlas-14b-chat", "finch-8b-chat"} <= {block["id"] for block in found}
    assert all("metrics" in block for block in found)


def test_a_filter_that_nothing_passes_finds_an_empty_list(aios: AIOSClient) -> None:
    nothing = FilterRule(block=Condition("id", "==", "nobody"))

    assert [] == aios.find_candidates(nothing)


def test_no_cluster_matching_is_an_empty_list_too(aios: AIOSClient) -> None:
    rule = FilterRule(cluster=Condition("id", "==", "nowhere"), block=Condition("id", "LIKE", "*"))

    assert [] == aios.find_candidates(rule)


def test_the_selected_block_is_the_one_that_answers(aios: AIOSClient) -> None:
    uri = "attributebasedrouter:1.0-stable"
    chosen = aios.select_block(guide_query(aios, uri))
    result = aios.infer(question(aios, uri))

    assert chosen["id"] == result.block_id
    assert "imulated" in result.reply


def test_what_the_registries_know_is_read(aios: AIOSClient) -> None:
    one = {"id": "atlas-14b-chat"}

    assert "atlas-14b-chat" == aios.read_block("atlas-14b-chat")["id"]
    assert ["atlas-14b-chat"] == [block["id"] for block in aios.query_blocks(one)]
    assert len(aios.query_clusters()) >= 2
    assert aios.block_health("atlas-14b-chat")["healthy"] is True
    assert "atlas-14b-chat" == aios.read_metrics("atlas-14b-chat")["blockId"]


def test_a_block_without_metrics_has_an_empty_document(aios: AIOSClient) -> None:

    assert {} == aios.read_metrics("nobody")


def test_log_lines_come_oldest_first(aios: AIOSClient) -> None:
    aios.select_block(guide_query(aios, "attributebasedrouter:1.0-stable"))
    lines = aios.read_logs('{container="executor-executor-001"} |= "Final Score"')

    assert len(lines) >= 2
    assert sorted(entry.ns for entry in lines) == [entry.ns for entry in lines]


def test_every_service_of_the_emulator_is_up(aios: AIOSClient) -> None:

    assert {True} == set(aios.health().values())


@pytest.mark.parametrize(
    ("body", "words", "hint"),
    [
        ("raise ValueError('too hot')", "too hot", "braces hold its own words"),
        ("return None", "'NoneType' object has no attribute 'get'", "returned None"),
        ("return 'atlas-14b-chat'", "'str' object has no attribute 'get'", "returned a string"),
        ("return {'id': 'ghost'}", "not found in the DB", "does not know this block"),
    ],
)
def test_what_a_bad_policy_does_is_raised_with_a_hint(
    aios: AIOSClient, body: str, words: str, hint: str
) -> None:
    uri = aios.deploy_policy(policy(body, name=f"bad{len(body)}"))
    with pytest.raises(ServiceError) as caught:
        aios.infer(question(aios, uri))

    assert words in caught.value.message
    assert hint in caught.value.hint
    assert ("adhoc", 200) == (caught.value.service, caught.value.status)


def test_an_unknown_policy_is_named(aios: AIOSClient) -> None:
    with pytest.raises(ServiceError, match=r"nobody:1\.0-x' not found") as caught:
        aios.infer(question(aios, "nobody:1.0-x"))

    assert "no policy is registered under this name" in caught.value.hint


def test_no_candidate_is_raised_alike_by_selecting_and_inferring(aios: AIOSClient) -> None:
    nothing = FilterRule(block=Condition("id", "==", "nobody"))
    query = SelectionQuery("attributebasedrouter:1.0-stable", nothing)
    for ask in (
        lambda: aios.select_block(query),
        lambda: aios.infer(InferenceRequest(message="Hello", selection_query=query)),
    ):
        with pytest.raises(ServiceError) as caught:
            ask()

        assert "no block selected in the specified filter" == caught.value.message


def test_an_unknown_model_is_a_service_error(aios: AIOSClient) -> None:
    with pytest.raises(ServiceError, match="not found in the DB"):
        aios.infer(InferenceRequest(message="Hello", model="nobody"))


def test_a_failed_search_is_explained_in_the_search_servers_own_words(aios: AIOSClient) -> None:
    rule = FilterRule(block=Condition("id", "LIKE", "*(*"))
    query = SelectionQuery("attributebasedrouter:1.0-stable", rule)
    with pytest.raises(ServiceError) as caught:
        aios.infer(InferenceRequest(message="Hello", selection_query=query))

    assert "'bool' object has no attribute 'get'" == caught.value.message
    assert "in its own words: string indices must be integers" in caught.value.hint


def test_a_dead_block_gives_an_answer_within_the_wait_limit(aios: AIOSClient) -> None:
    import requests

    control = f"{aios.emulator.url}/_emulator/faults"
    fault = {"service": "block", "block_id": "atlas-14b-chat", "kind": "silent"}
    added = requests.post(control, json=fault, timeout=5)
    assert added.ok, added.text
    try:
        with pytest.raises((ServiceError, TransportError)):
            aios.infer(question(aios, "attributebasedrouter:1.0-stable"))
    finally:
        requests.delete(control, timeout=5)


def test_a_service_without_an_address_is_named() -> None:
    with pytest.raises(ConfigurationError, match="router"):
        AIOSClient(Endpoints(adhoc="http://127.0.0.1:1")).find_candidates(
            FilterRule(block=Condition("id", "LIKE", "*"))
        )


@pytest.mark.parametrize("limit", [0, -1, float("inf"), "30"])
def test_a_time_limit_is_seconds_greater_than_zero(limit: object) -> None:
    with pytest.raises(ConfigurationError, match="expected seconds greater than 0"):
        AIOSClient(Endpoints(), timeout_s=limit)  # type: ignore[arg-type]


@pytest.mark.parametrize("identity", ["..", "."])
def test_an_id_is_one_part_of_an_address(aios: AIOSClient, identity: str) -> None:
    with pytest.raises(PayloadError, match="expected a name"):
        aios.read_block(identity)


def test_closing_the_client_stops_its_emulator() -> None:
    client = connect("emulator")
    url = client.emulator.url
    client.close()
    with pytest.raises(TransportError), AIOSClient(Endpoints(blocks=f"{url}/blocks")) as late:
        late.query_blocks()


def test_a_deployed_package_is_downloaded_as_it_was_uploaded(aios: AIOSClient) -> None:

    assert ROUTER == aios.download_policy("attributebasedrouter:1.0-stable")


def test_downloading_code_that_is_not_there_says_who_said_no(aios: AIOSClient) -> None:
    nowhere = f"{aios.endpoints.static_server}/nowhere.zip"
    uri = aios.register_policy(PolicyRegistration("nowhere", code=nowhere))

    with pytest.raises(ServiceError, match=r"static_server said no \(HTTP 404\)"):
        aios.download_policy(uri)


def test_a_copy_for_another_process_asks_the_same_services_and_owns_no_emulator(
    aios: AIOSClient,
) -> None:
    copy = pickle.loads(pickle.dumps(aios))
    copy.close()

    assert copy.emulator is None
    assert aios.endpoints == copy.endpoints
    assert aios.health()["router"]
