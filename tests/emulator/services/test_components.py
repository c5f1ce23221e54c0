"""The components registry: computed URIs, required keys, and updates that do nothing."""

import pytest

from aios_nb.emulator.services import components
from aios_nb.emulator.world import JSON, World

from ..harness import call

COMPONENT: JSON = {
    "componentId": {"name": "m", "version": "1.0.0", "releaseTag": "stable"},
    "componentType": "model",
    "containerRegistryInfo": {
        "containerImage": "i",
        "containerRegistryId": "r",
        "componentMode": "aios",
    },
    "componentMetadata": {"usecase": "chat"},
}
URI = "model.m:1.0.0-stable"


def register(world: World, body):
    return call(world, components.register, "POST", "/api/registerComponent", json=body)


def by_uri(world: World, text):
    body = {"uriString": text}
    return call(world, components.get_by_uri, "POST", "/api/getByURI", json=body)


def test_a_component_is_registered_under_a_computed_uri(world: World) -> None:
    answer = register(world, {**COMPONENT, "componentURI": "mine", "unknown": 1})
    payload = answer.json()["payload"]

    assert (200, ["error", "payload"]) == (answer.status_code, list(answer.json()))
    assert (URI, [], None) == (payload["componentURI"], payload["tags"], payload.get("unknown"))
    assert payload["createdAt"].endswith("Z")


def test_registering_twice_is_a_500_with_the_recorded_text(world: World) -> None:
    register(world, COMPONENT)
    answer = register(world, COMPONENT)

    assert 500 == answer.status_code
    assert f'{{"error":true,"message":"Component with URI {URI} already exists."}}' == answer.text


@pytest.mark.parametrize("key", ["name", "version", "releaseTag"])
def test_the_identity_is_required_and_told_twice(world: World, key: str) -> None:
    identity = {k: v for k, v in COMPONENT["componentId"].items() if k != key}
    answer = register(world, {**COMPONENT, "componentId": identity})

    assert (
        f"Component validation failed: componentId.{key}: Path `{key}` is required., "
        f"componentId: Validation failed: {key}: Path `{key}` is required."
        == answer.json()["message"]
    )
    assert 0 == len(world.components)


def test_a_component_without_an_identity_fails_in_nodes_words(world: World) -> None:
    answer = register(world, {"componentType": "model"})

    assert "Cannot read properties of undefined (reading 'name')" == answer.json()["message"]


def test_a_component_needs_a_type(world: World) -> None:
    body = {k: v for k, v in COMPONENT.items() if k != "componentType"}

    assert (
        "Component validation failed: componentType: Path `componentType` is required."
        == register(world, body).json()["message"]
    )


def test_the_component_mode_is_one_of_two_and_third_party_has_an_underscore(world: World) -> None:
    info = {**COMPONENT["containerRegistryInfo"], "componentMode": "third-party"}
    answer = register(world, {**COMPONENT, "containerRegistryInfo": info})

    assert (
        "containerRegistryInfo.componentMode: `third-party` is not a valid enum value for path "
        "`componentMode`." in answer.json()["message"]
    )


def test_registry_info_is_optional_but_complete_if_there(world: World) -> None:
    bare = {k: v for k, v in COMPONENT.items() if k != "containerRegistryInfo"}

    assert (
        "Path `containerImage` is required."
        in register(world, {**COMPONENT, "containerRegistryInfo": {}}).json()["message"]
    )
    assert not register(world, bare).json()["error"]


def test_a_uri_is_looked_up_as_an_unanchored_regular_expression(world: World) -> None:
    register(world, COMPONENT)

    assert [URI] == [c["componentURI"] for c in by_uri(world, "m:1.0").json()["payload"]]
    assert [URI] == [c["componentURI"] for c in by_uri(world, "odel.m:1x?").json()["payload"]]
    assert [] == by_uri(world, "^m:1").json()["payload"]


def test_an_invalid_expression_and_a_missing_one_are_500s(world: World) -> None:

    assert 500 == by_uri(world, "c++").status_code
    assert (
        "Invalid payload received, it should contain uriString"
        == by_uri(world, "").json()["message"]
    )


def test_components_are_found_by_type_and_by_filter(fleet: World) -> None:
    body = {"typeString": "model"}
    by_type = call(fleet, components.get_by_type, "POST", "/api/getByType", json=body)
    wanted = {"query": {"componentId.name": "atlas-14b"}}
    found = call(fleet, components.query, "POST", "/api/query", json=wanted)
    missing = call(fleet, components.query, "POST", "/api/query", json={})

    assert len(fleet.components) == len(by_type.json()["payload"])
    assert ["model.atlas-14b:1.0.0-stable"] == [c["componentURI"] for c in found.json()["payload"]]
    assert 500 == missing.status_code


def test_unregistering_says_how_many_were_deleted(world: World) -> None:
    register(world, COMPONENT)
    path = "/api/unregisterComponent"
    first = call(world, components.unregister, "POST", path, json={"uri": URI})
    second = call(world, components.unregister, "POST", path, json={"uri": URI})

    assert '{"error":false,"payload":{"acknowledged":true,"deletedCount":1}}' == first.text
    assert 0 == second.json()["payload"]["deletedCount"]


@pytest.mark.parametrize(
    ("handler", "path"),
    [
        (components.update, "/api/updateComponent"),
        (components.update_metadata, "/api/updateMetadata"),
    ],
)
def test_updates_say_yes_and_change_nothing(world: World, handler, path: str) -> None:
    register(world, COMPONENT)
    before = list(world.components)
    body = {"uri": URI, "data": {"componentType": "other"}}

    assert not call(world, handler, "POST", path, json=body).json()["error"]
    assert before == list(world.components)
    assert 500 == call(world, handler, "POST", path, json={}).status_code


def test_the_registry_says_that_it_is_up(world: World) -> None:

    assert '{"status":"ok","success":true}' == call(world, components.health, "GET", "/health").text
