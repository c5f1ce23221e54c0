"""Secrets and addresses go, the same address becomes the same name, all else stays."""

import json
from pathlib import Path
from typing import Any

import pytest

from aios_nb.snapshot.blotting import without_secrets
from aios_nb.snapshot.scrubbing import Scrubber

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"apiToken": "abc", "max_tokens": 7}, {"apiToken": "***", "max_tokens": 7}),
        ({"dbPassword": "abc"}, {"dbPassword": "***"}),
        ({"header": "Bearer abcdefgh.ijkl"}, {"header": "Bearer ***"}),
        ("http://10.0.0.5:30100/blocks", "http://host1.invalid:30100/blocks"),
        ("http://user:pw@10.0.0.5/x?token=abc", "http://host1.invalid/x"),
        ("see 10.0.0.5, port 3", "see host1.invalid, port 3"),
        ("registry.lab.example:5000/model:v1", "host1.invalid:5000/model:v1"),
        ("at fe80::1ff:fe23:4567:890a", "at host1.invalid"),
        ("at 2001:db8:0:1:1:1:1:1.", "at host1.invalid."),
        ("at 12:30:45", "at 12:30:45"),
        ({"publicHostname": "edge-7"}, {"publicHostname": "host1.invalid"}),
        ("ask jane@lab.example", "ask person1@mail.invalid"),
        ("http://127.0.0.1:80/", "http://127.0.0.1:80/"),
        ({"gateway": ":50051"}, {"gateway": ":50051"}),
        ("http://[broken", "http://host.invalid"),
        ({"id": "atlas-14b-chat", "uri": "model.x:1.0.0-stable"},) * 2,
        (
            {"10.0.0.5": {"http://10.0.0.5:80/": 1}},
            {"host1.invalid": {"http://host1.invalid:80/": 1}},
        ),
        (
            {"hostIP": "gpu7", "nodeIp": "gpu7"},
            {"hostIP": "host1.invalid", "nodeIp": "host1.invalid"},
        ),
        ({"version": "1.2.3.4"},) * 2,
    ],
)
def test_what_is_found_and_what_is_left(before: Any, after: Any) -> None:

    assert after == Scrubber().clean(before)


@pytest.mark.parametrize(
    "text",
    [
        "llama4-scout-17b",
        "2.0-stable",
        "model.llama4-scout-17b:10.0-stable",
        "router.acme.ai:1.0-stable",
        "component.componentMetadata.architecture.parameterCountB",
        "meta-llama/Llama-3.1-8B-Instruct-Q4_K_M.gguf",
        "us.meta.llama3-2-11b-instruct-v1:0",
        "qwen2.5:72",
        "torch.nn",
        "settings.local",
        "config.yaml",
        "1.2.3.dev",
        "average.1m",
        "beta.kubernetes.io/arch",
        "nvidia.com/gpu",
        "ghcr.io/acme/atlas:v1",
        "serve --nodes 2 --hosted yes",
        "a host of gpus",
    ],
)
def test_models_versions_paths_and_files_are_no_machines(text: str) -> None:

    assert {"name": text} == Scrubber().clean({"name": text})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("gpu-node-7.corp.example", "host1.invalid"),
        ("on gpu-node-7.corp.example.", "on host1.invalid."),
        ("registry.acme.com/team/atlas:v1", "host1.invalid/team/atlas:v1"),
        ("metrics.team-a.svc.cluster.local", "host1.invalid"),
        ("ip-10-0-0-5.eu-west-1.compute.internal", "host1.invalid"),
        ("gpu7.local", "host1.invalid"),
        ("serve --node-name gpu-node-7", "serve --node-name host1.invalid"),
        ("MASTER_ADDR=gpu-node-7", "MASTER_ADDR=host1.invalid"),
        ({"node": "gpu-node-7"}, {"node": "host1.invalid"}),
        ({"nodes": ["gpu-1", "gpu-12"]}, {"nodes": ["host1.invalid", "host2.invalid"]}),
        ({"hosts": "gpu-1, gpu-12:80"}, {"hosts": "host1.invalid, host2.invalid:80"}),
        ({"node": "any node will do"},) * 2,
        ({"nodes": "2", "host": "localhost"},) * 2,
        ({"kubernetes.io/hostname": "gpu7"}, {"kubernetes.io/hostname": "host1.invalid"}),
        (
            {"key": "kubernetes.io/hostname", "operator": "In", "values": ["gpu7"]},
            {"key": "kubernetes.io/hostname", "operator": "In", "values": ["host1.invalid"]},
        ),
        ({"name": "NODE_NAME", "value": "gpu7"}, {"name": "NODE_NAME", "value": "host1.invalid"}),
    ],
)
def test_machines_are_told_by_their_field_or_their_form(before: Any, after: Any) -> None:

    assert after == Scrubber().clean(before)


def test_a_machine_that_a_field_tells_has_its_made_up_name_everywhere() -> None:
    before = {
        "node_id": "gpu-node-7",
        "note": "runs on GPU-node-7, not on gpu-node-77",
        "key": "executor__gpu-node-7",
        "hostname": "gpu-node-7",
        "by": {"gpu-node-7": 1},
    }

    assert {
        "node_id": "host1.invalid",
        "note": "runs on host1.invalid, not on gpu-node-77",
        "key": "executor__host1.invalid",
        "hostname": "host1.invalid",
        "by": {"host1.invalid": 1},
    } == Scrubber().clean(before)


def test_a_machine_called_like_a_model_or_a_block_renames_neither() -> None:
    before = {
        "host": "llama4-scout-17b",
        "modelName": "llama4-scout-17b",
        "componentId": {"name": "llama4-scout-17b"},
        "id": "atlas-14b-chat",
        "node": "atlas-14b-chat",
    }
    cleaned = Scrubber(keeps=frozenset({"atlas-14b-chat"})).clean(before)

    assert before | {"host": "host1.invalid", "node": "host2.invalid"} == cleaned


def test_a_plain_word_is_a_machine_in_its_field_alone() -> None:

    assert {"host": "host1.invalid", "role": "master"} == Scrubber().clean(
        {"host": "master", "role": "master"}
    )


def test_one_address_has_one_name_everywhere() -> None:
    scrubber = Scrubber()
    first = scrubber.clean(["http://10.0.0.5:1/", "10.0.0.6", {"host": "10.0.0.5"}])

    assert ["http://host1.invalid:1/", "host2.invalid", {"host": "host1.invalid"}] == first
    assert "host1.invalid" == scrubber.clean("10.0.0.5")


def test_scrubbing_twice_changes_nothing_more() -> None:
    block = json.loads((FIXTURES / "blocks" / "atlas-14b-chat.json").read_text())
    once = Scrubber().clean(block)

    assert once == Scrubber().clean(once)


def test_no_address_of_the_shipped_fleet_is_left() -> None:
    texts = [p.read_text() for p in (FIXTURES / "clusters").glob("*.json")]
    cleaned = json.dumps([Scrubber().clean(json.loads(text)) for text in texts])

    assert any("10.20.0." in text for text in texts)
    assert "10.20.0." not in cleaned


def test_metrics_stay_as_they_are() -> None:
    metrics = json.loads((FIXTURES / "metrics" / "atlas-14b-chat.json").read_text())

    assert metrics == Scrubber().clean(metrics)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["DB_PASSWORD=hunter2", "A=b"], ["DB_PASSWORD=***", "A=b"]),
        ({"name": "HF_TOKEN", "value": "abc"}, {"name": "HF_TOKEN", "value": "***"}),
        ({"name": "replicas", "value": "3"},) * 2,
        ("serve --api-key abc --max-tokens 256", "serve --api-key *** --max-tokens 256"),
        ("serve --password=abc --seed=1", "serve --password=*** --seed=1"),
        ({"apiKeys": {"a": "b"}, "tokens": ["c"]}, {"apiKeys": {"a": "***"}, "tokens": ["***"]}),
        ({"secretKey": "a", "tokens": 7}, {"secretKey": "***", "tokens": 7}),
        ({"eos_token": "</s>", "stop_tokens": ["</s>"]},) * 2,
        ("key sk-abcdefghijklmnop, AKIAABCDEFGHIJKLMNOP", "key ***, ***"),
        ("-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----", "***"),
    ],
)
def test_secrets_go_wherever_they_stand_with_and_without_the_addresses(
    before: Any, after: Any
) -> None:

    assert [after, after] == [without_secrets(before), Scrubber().clean(before)]
