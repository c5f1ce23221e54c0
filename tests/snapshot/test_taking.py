"""A snapshot of one AIOS makes another that decides alike, offline; it is all there or nothing."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from aios_nb import (
    AIOSClient,
    Condition,
    ConfigurationError,
    FilterRule,
    InferenceRequest,
    PolicyPackage,
    PolicyRegistration,
    SelectionQuery,
    ServiceError,
    connect,
)
from aios_nb.cli import main
from aios_nb.snapshot import Snapshot, take_snapshot

ROOT = Path(__file__).parents[2]
ROUTER = PolicyPackage.from_folder(ROOT / "notebooks" / "policies" / "attributebasedrouter")
FIRST = PolicyPackage.from_source(
    "first",
    "class AIOSv1PolicyRule:\n"
    "    def __init__(self, rule_id, settings, parameters): pass\n"
    "    def eval(self, parameters, input_data, context): return input_data[0]\n",
)


def query(aios: AIOSClient, policy_uri: str) -> SelectionQuery:
    text = (ROOT / "fixtures" / "guide" / "request.json").read_text()
    query = InferenceRequest.from_wire(json.loads(text)).selection_query
    assert query is not None
    base = aios.endpoints.metrics_base_url
    return replace(query, policy_rule_uri=policy_uri, metrics_base_url=base)


@pytest.fixture
def aios() -> Iterator[AIOSClient]:
    with connect("emulator") as client:
        # A block registered last must stay last, whatever its name.
        blocks = client.endpoints.blocks
        late = client.read_block("atlas-14b-chat") | {"id": "aaa-late-chat"}
        late = {key: value for key, value in late.items() if key not in {"_id", "__v"}}
        requests.post(f"{blocks}/blocks", json=late, timeout=10).raise_for_status()
        client.deploy_policy(ROUTER)
        client.deploy_policy(FIRST, PolicyRegistration("first", policy_settings={"a": 1}))
        yield client


@pytest.fixture
def taken(aios: AIOSClient, tmp_path: Path) -> Snapshot:
    return take_snapshot(aios, tmp_path / "fleet")


@pytest.fixture
def offline(taken: Snapshot) -> Iterator[AIOSClient]:
    with connect("emulator", fleet=taken.folder) as client:
        yield client


@pytest.mark.parametrize("uri", ["attributebasedrouter:1.0-stable", "first:1.0-stable"])
def test_the_copy_has_the_same_candidates_and_the_same_winner(
    aios: AIOSClient, offline: AIOSClient, uri: str
) -> None:
    here, there = query(aios, uri), query(offline, uri)
    ids = [[b["id"] for b in c.find_candidates(here.filter_rule)] for c in (aios, offline)]

    assert ids[0] == ids[1]
    assert aios.select_block(here)["id"] == offline.select_block(there)["id"]


def test_blocks_keep_the_order_of_the_registry(aios: AIOSClient, offline: AIOSClient) -> None:
    ids = [[block["id"] for block in client.query_blocks()] for client in (aios, offline)]

    assert "aaa-late-chat" == ids[0][-1]
    assert ids[0] == ids[1]


def test_policies_keep_their_records_and_their_code(aios: AIOSClient, offline: AIOSClient) -> None:
    records = [
        replace(client.read_policy("first:1.0-stable"), code="") for client in (aios, offline)
    ]

    assert records[0] == records[1]
    assert FIRST == offline.download_policy("first:1.0-stable")


def test_a_snapshot_of_the_copy_equals_the_snapshot(
    offline: AIOSClient, taken: Snapshot, tmp_path: Path
) -> None:
    again = take_snapshot(offline, tmp_path / "again")
    # Metrics carry the moment of their last push.
    kinds = ("blocks", "clusters", "policies")
    files = [
        {
            p.relative_to(s.folder): p.read_bytes()
            for kind in kinds
            for p in (s.folder / kind).iterdir()
        }
        for s in (taken, again)
    ]

    assert files[0] == files[1]
    assert taken.counts == again.counts


def test_a_policy_of_a_snapshot_comes_back_after_a_reset(offline: AIOSClient) -> None:
    offline.delete_policy("first:1.0-stable")
    url = f"{offline.emulator.url}/_emulator/reset"
    requests.post(url, timeout=10).raise_for_status()

    assert FIRST == offline.download_policy("first:1.0-stable")


def test_scrubbing_leaves_no_address_and_the_same_decision(
    aios: AIOSClient, tmp_path: Path
) -> None:
    taken = take_snapshot(aios, tmp_path / "fleet", scrubs=True)
    text = "".join(p.read_text() for p in taken.folder.rglob("*.json"))
    uri = "attributebasedrouter:1.0-stable"
    with connect("emulator", fleet=taken.folder) as offline:
        there = offline.select_block(query(offline, uri))["id"]

    assert "10.20.0." not in text
    assert "127.0.0.1" not in text
    assert aios.select_block(query(aios, uri))["id"] == there


@pytest.fixture
def named(aios: AIOSClient) -> AIOSClient:
    """An AIOS in which a block and a cluster name their machines."""
    clusters = aios.endpoints.clusters
    cluster = next(c for c in aios.query_clusters() if c["id"] == "lab-cluster-3")
    machines = [{"id": "gpu-node-7", "hostname": "gpu-node-7.corp.example"}]
    cluster = cluster | {"id": "own-cluster", "nodes": {"count": 1, "nodeData": machines}}
    own = {key: value for key, value in cluster.items() if key not in {"_id", "__v"}}
    requests.post(f"{clusters}/clusters", json=own, timeout=10).raise_for_status()
    block = aios.read_block("finch-8b-chat") | {
        "id": "own-8b-chat",
        "initSettings": {
            "node": "gpu-node-7",
            "env": ["MASTER_ADDR=gpu-node-7", "DB_PASSWORD=hunter2"],
        },
    }
    own = {key: value for key, value in block.items() if key not in {"_id", "__v"}}
    requests.post(f"{aios.endpoints.blocks}/blocks", json=own, timeout=10).raise_for_status()
    return aios


def test_machines_have_one_made_up_name_in_all_files_and_models_keep_theirs(
    named: AIOSClient, tmp_path: Path
) -> None:
    taken = take_snapshot(named, tmp_path / "fleet", scrubs=True)
    text = "".join(p.read_text() for p in taken.folder.rglob("*.json"))
    rule = FilterRule(block=Condition("id", "LIKE", "*"))
    uri = "attributebasedrouter:1.0-stable"
    with connect("emulator", fleet=taken.folder) as offline:
        blocks = {block["id"]: block for block in offline.find_candidates(rule)}
        cluster = next(c for c in offline.query_clusters() if c["id"] == "own-cluster")
        chosen = offline.select_block(query(offline, uri))["id"]
    short, full = (taken.replaced[name] for name in ("gpu-node-7", "gpu-node-7.corp.example"))

    assert "gpu-node-7" not in text
    assert {
        "node": short,
        "env": [f"MASTER_ADDR={short}", "DB_PASSWORD=***"],
    } == blocks["own-8b-chat"]["initSettings"]
    assert [{"id": short, "hostname": full}] == cluster["nodes"]["nodeData"]
    assert {b["id"] for b in named.find_candidates(rule)} == set(blocks)
    assert named.select_block(query(named, uri))["id"] == chosen
    for block_id, block in blocks.items():
        meant = named.read_block(block_id)["component"]
        assert meant["componentURI"] == block["component"]["componentURI"]
        assert meant["componentMetadata"] == block["component"]["componentMetadata"]


def test_a_snapshot_reports_what_was_replaced(named: AIOSClient, tmp_path: Path) -> None:
    scrubbed = take_snapshot(named, tmp_path / "scrubbed", scrubs=True)
    plain = take_snapshot(named, tmp_path / "plain")

    assert "\n  1 secret blotted out\n" in f"{plain}\n"
    assert "replaced" not in str(plain)
    assert "\n  1 secret blotted out\n  addresses and names of machines replaced: " in str(scrubbed)
    assert f"\n    gpu-node-7 -> {scrubbed.replaced['gpu-node-7']}" in str(scrubbed)


def test_a_long_report_is_cut_and_says_so() -> None:
    replaced = {f"gpu-{number}": f"host{number}.invalid" for number in range(50)}
    lines = str(Snapshot(Path("fleet"), {"blocks": 1}, replaced=replaced)).splitlines()

    assert "    and 10 more" == lines[-1]
    assert "  addresses and names of machines replaced: 50" == lines[1]
    assert 43 == len(lines)


def test_a_policy_whose_code_is_gone_is_noted_and_left_out(
    aios: AIOSClient, tmp_path: Path
) -> None:
    aios.register_policy(PolicyRegistration("lost", code="http://127.0.0.1:1/lost.zip"))
    taken = take_snapshot(aios, tmp_path / "fleet")

    assert 2 == taken.counts["policies"]
    assert "  without the code of lost:1.0-stable: static_server said no" in str(taken)


def test_two_archives_of_one_name_are_both_kept(aios: AIOSClient, tmp_path: Path) -> None:
    class Both:
        """The client, with two policies whose different packages are called alike."""

        def __getattr__(self, name: str) -> object:
            return getattr(aios, name)

        def download_policy(self, policy_uri: str) -> PolicyPackage:
            return replace(aios.download_policy(policy_uri), name="same")

    taken = take_snapshot(Both(), tmp_path / "fleet")  # type: ignore[arg-type]

    assert 2 == len(list((taken.folder / "policies").glob("same*.zip")))


def test_a_folder_that_is_there_is_not_overwritten(taken: Snapshot, aios: AIOSClient) -> None:
    with pytest.raises(ConfigurationError, match="is there already"):
        take_snapshot(aios, taken.folder)


def test_a_fleet_is_replaced_when_asked_to(taken: Snapshot, aios: AIOSClient) -> None:
    (taken.folder / "blocks" / "old.json").write_text("{}")
    take_snapshot(aios, taken.folder, overwrites=True)

    assert not (taken.folder / "blocks" / "old.json").exists()
    assert [taken.folder] == list(taken.folder.parent.iterdir())


def test_a_folder_without_a_fleet_is_never_replaced(aios: AIOSClient, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="holds no fleet and is not overwritten"):
        take_snapshot(aios, tmp_path, overwrites=True)


def test_an_aios_that_fails_half_way_leaves_nothing(aios: AIOSClient, tmp_path: Path) -> None:
    url = f"{aios.emulator.url}/_emulator/faults"
    fault = {"service": "clusters", "kind": "error", "status": 500}
    answer = requests.post(url, json=fault, timeout=10)

    assert 201 == answer.status_code, answer.text
    with pytest.raises(ServiceError):
        take_snapshot(aios, tmp_path / "fleet")
    assert [] == list(tmp_path.iterdir())


def test_the_command_writes_a_fleet_and_says_what_is_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "fleet"
    done = CliRunner().invoke(main, ["snapshot", "--target", "emulator", str(folder)])

    assert (0, f"{folder}: 14 blocks, 13 metrics, 3 clusters\n") == (done.exit_code, done.output)


def test_the_command_names_what_is_wrong_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIOS_PROFILE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    done = CliRunner().invoke(main, ["snapshot", str(tmp_path / "fleet")])

    assert 1 == done.exit_code
    assert done.output.startswith("Error: ")
