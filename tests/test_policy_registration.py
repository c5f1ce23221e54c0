"""The record of a policy that is registered, and its way to the wire and back."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from strategies import registrations

from aios_nb import PayloadError, PolicyRegistration

GUIDE = Path(__file__).parent.parent / "fixtures" / "guide"


def guide_registration() -> PolicyRegistration:
    url = {"type": "string", "pattern": "^https?://.*"}
    goal = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "weight": {"type": "number"}},
        "required": ["name"],
    }
    query = {
        "type": "object",
        "description": "Query for selecting and optimizing block candidates",
        "properties": {
            "application_type": {"type": "string"},
            "optimization_goals": {"type": "array", "items": goal},
        },
    }
    apps = {
        "type": "object",
        "description": "Mapping of application types to use cases",
        "additionalProperties": {"type": "string"},
    }
    return PolicyRegistration(
        name="attributebasedrouter",
        version="2.0",
        release_tag="stable",
        metadata={"author": "admin", "category": "analytics"},
        tags="analytics,ai",
        code="http://MANAGEMENTMASTER:32555/attributebasedrouter.zip",
        code_type="tar.xz",
        policy_input_schema={"type": "object", "properties": {"input": {"type": "string"}}},
        policy_output_schema={"type": "object", "properties": {"output": {"type": "string"}}},
        policy_settings_schema={
            "METRICS_BASE_URL": url | {"description": "Base URL for fetching block metrics"},
            "APP_MAP": apps,
        },
        policy_parameters_schema={
            "METRICS_BASE_URL": url | {"description": "Override for metrics base URL"},
            "selection_query": query,
        },
        policy_settings={
            "METRICS_BASE_URL": "http://metrics-service:30201",
            "APP_MAP": {
                "RAG": "chat-completion",
                "Code": "code-generation",
                "Vision": "multi-modal",
                "Chat": "chat-completion",
            },
        },
        policy_parameters={"METRICS_BASE_URL": "http://metrics-service:30201"},
        description="A policy for dynamic block selection based on metrics and application type.",
        functionality_data={"strategy": "ML-based"},
    )


def test_guide_registration_built_from_values_equals_the_guides_json() -> None:
    guide = json.loads((GUIDE / "registration.json").read_text())

    assert guide == guide_registration().to_wire()


def test_guide_json_becomes_the_same_registration() -> None:
    guide = json.loads((GUIDE / "registration.json").read_text())

    assert guide_registration() == PolicyRegistration.from_wire(guide)


@given(registrations)
def test_any_registration_comes_back_from_the_wire(registration: PolicyRegistration) -> None:
    through_json = json.loads(json.dumps(registration.to_wire()))

    assert registration == PolicyRegistration.from_wire(through_json)


def test_a_stored_record_reads_like_the_one_that_was_sent() -> None:
    registration = guide_registration()
    stored = registration.to_wire() | {"policy_rule_uri": registration.uri}

    assert registration == PolicyRegistration.from_wire(stored)


def test_uri_is_name_version_and_release_tag() -> None:

    assert "attributebasedrouter:2.0-stable" == guide_registration().uri


def test_registration_sends_the_17_keys_that_aios_demands() -> None:

    assert 17 == len(PolicyRegistration("a").to_wire())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "name of a policy registration is ''"),
        ({"version": 2.0}, "version of a policy registration is 2.0; expected a string"),
        ({"release_tag": None}, "release_tag of a policy registration is None"),
        ({"code": None}, "code is None; expected the URL"),
        ({"metadata": {"when": object()}}, "metadata of 'a'.when is a object"),
    ],
)
def test_a_registration_that_aios_could_not_use_is_refused(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(PayloadError, match=message):
        PolicyRegistration(**({"name": "a"} | changes))


def test_a_record_that_lacks_a_key_is_refused_as_aios_would() -> None:
    record = guide_registration().to_wire()
    del record["code_type"]

    with pytest.raises(PayloadError, match="policy registration lacks 'code_type'"):
        PolicyRegistration.from_wire(record)


def test_a_record_with_a_key_that_aios_would_drop_is_refused() -> None:
    record = guide_registration().to_wire() | {"management_commands_schema": {}}

    with pytest.raises(PayloadError, match="unknown key 'management_commands_schema'"):
        PolicyRegistration.from_wire(record)
