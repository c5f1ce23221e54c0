"""Exchanges are kept once and answered again: without a cluster, a secret, or the same address."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from stub_server import StubServer, Told

from aios_nb import (
    AIOSClient,
    Condition,
    ConfigurationError,
    Endpoints,
    FilterRule,
    InferenceRequest,
    PolicyPackage,
    SelectionQuery,
    TransportError,
    connect,
)

ROOT = Path(__file__).parents[1]
ROUTER = PolicyPackage.from_folder(ROOT / "notebooks" / "policies" / "attributebasedrouter")
EVERY_BLOCK = FilterRule(block=Condition("id", "LIKE", "*"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "exchanges.jsonl"


def lesson(aios: AIOSClient) -> list[Any]:
    """Do what a lesson does, and return what it would show."""
    uri = aios.deploy_policy(ROUTER)
    base = aios.endpoints.metrics_base_url
    text = (ROOT / "fixtures" / "guide" / "request.json").read_text()
    guide = InferenceRequest.from_wire(json.loads(text)).selection_query
    assert guide is not None
    query: SelectionQuery = replace(guide, policy_rule_uri=uri, metrics_base_url=base)
    request = InferenceRequest(message="Name three birds", selection_query=query)
    result = aios.infer(request)
    lines = aios.read_logs('{container="executor-executor-001"} |= "Final Score"')
    assert request.session_id == result.session_id
    return [
        aios.select_block(query),
        (result.block_id, result.reply, result.elapsed_s > 0),
        aios.read_metrics("atlas-14b-chat"),
        aios.download_policy(uri),
        [line.line for line in lines],
    ]


def test_a_lesson_runs_again_without_the_cluster(path: Path) -> None:
    with connect("emulator").record(path) as aios:
        live = lesson(aios)
    with AIOSClient.replaying(path) as replayed:
        assert live == lesson(replayed)


def test_once_records_the_first_time_and_asks_nobody_the_second(path: Path) -> None:
    with connect("emulator").record(path) as aios:
        lesson(aios)
    with connect("emulator").record(path, mode="once") as aios:
        lesson(aios)

        assert 0 == len(aios.emulator.world.journal)


def test_all_records_anew(path: Path, stub: StubServer) -> None:
    endpoints = Endpoints(blocks=stub.url)
    for answer in (["old"], ["new"]):
        stub.tell("POST", "/blocks/query", Told(answer))
        AIOSClient(endpoints).record(path, mode="all").query_blocks()

    assert ["new"] == AIOSClient.replaying(path).query_blocks()


@pytest.fixture
def old(path: Path, stub: StubServer) -> bytes:
    """The bytes of an old recording."""
    stub.tell("POST", "/blocks/query", Told(["old"]))
    AIOSClient(Endpoints(blocks=stub.url)).record(path).query_blocks()
    return path.read_bytes()


def test_all_leaves_the_old_recording_whole_until_aios_answers(
    path: Path, stub: StubServer, old: bytes
) -> None:
    stub.tell("GET", "/blocks/b", Told(hang_up=True))
    stub.tell("POST", "/blocks/query", Told(["new"]))
    aios = AIOSClient(Endpoints(blocks=stub.url)).record(path, mode="all")
    before = path.read_bytes()
    with pytest.raises(TransportError):
        aios.read_block("b")
    unanswered = path.read_bytes()
    aios.query_blocks()
    replayed = AIOSClient.replaying(path)

    assert [old, old] == [before, unanswered]
    assert ["new"] == replayed.query_blocks()
    with pytest.raises(TransportError, match="blocks"):
        replayed.read_block("b")  # the failure before the first answer is kept, too
    assert [path] == list(path.parent.iterdir())


def test_the_file_a_link_leads_to_is_replaced_and_the_link_stays(
    path: Path, stub: StubServer, old: bytes
) -> None:
    link = path.with_name("link.jsonl")
    link.symlink_to(path)
    stub.tell("POST", "/blocks/query", Told(["new"]))
    AIOSClient(Endpoints(blocks=stub.url)).record(link, mode="all").query_blocks()

    assert link.is_symlink()
    assert ["new"] == AIOSClient.replaying(path).query_blocks()


def test_a_disk_that_is_full_costs_nothing_of_the_old_recording(
    path: Path, stub: StubServer, old: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, text: str, encoding: str) -> None:
        self.write_bytes(text.encode()[:10])
        raise OSError(28, "No space left on device")

    stub.tell("POST", "/blocks/query", Told(["new"]))
    aios = AIOSClient(Endpoints(blocks=stub.url)).record(path, mode="all")
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        aios.query_blocks()

    assert old == path.read_bytes()
    assert [path] == list(path.parent.iterdir())


def test_once_without_a_single_exchange_leaves_no_file_and_records_the_next_time(
    path: Path, stub: StubServer
) -> None:
    endpoints = Endpoints(blocks=stub.url)
    AIOSClient(endpoints).record(path)
    is_there = path.exists()
    stub.tell("POST", "/blocks/query", Told([1]))
    AIOSClient(endpoints).record(path).query_blocks()

    assert not is_there
    assert [1] == AIOSClient.replaying(path).query_blocks()


def test_a_place_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for path in (tmp_path, tmp_path / "file" / "exchanges.jsonl"):
        with pytest.raises(ConfigurationError, match="cannot record in"):
            AIOSClient(Endpoints()).record(path, mode="all")


def test_equal_calls_are_answered_in_their_order_and_the_last_again_and_again(
    path: Path, stub: StubServer
) -> None:
    stub.tell("POST", "/blocks/query", Told([1]), Told([2]))
    recorded = AIOSClient(Endpoints(blocks=stub.url)).record(path)
    expected = [recorded.query_blocks() for _ in range(2)]
    replayed = AIOSClient.replaying(path)

    assert [*expected, [2]] == [replayed.query_blocks() for _ in range(3)]


def test_a_call_that_was_not_recorded_says_so_and_what_to_do(path: Path) -> None:
    with connect("emulator").record(path) as aios:
        aios.query_blocks()
    with pytest.raises(
        TransportError, match=r"blocks: GET /blocks/b is not in the recording .*all"
    ):
        AIOSClient.replaying(path).read_block("b")


@pytest.mark.parametrize(
    ("rule", "difference"),
    [
        (
            FilterRule(block=Condition("id", "LIKE", "a*")),
            "filter.blockQuery.value is 'a*', and was '*'",
        ),
        (
            FilterRule(block=Condition("id", "LIKE", "*"), cluster=Condition("id", "==", "b")),
            "clusterQuery is new",
        ),
    ],
)
def test_a_call_with_other_content_is_told_where_it_differs(
    path: Path, rule: FilterRule, difference: str
) -> None:
    with connect("emulator") as aios, aios.record(path):
        aios.find_candidates(EVERY_BLOCK)
    with (
        connect("emulator") as aios,
        aios.record(path, mode="none"),
        pytest.raises(TransportError) as failed,
    ):
        aios.find_candidates(rule)

    assert "is not in the recording" in failed.value.text
    assert difference in failed.value.text


def test_a_failure_is_replayed_as_a_failure(path: Path, stub: StubServer) -> None:
    stub.tell("GET", "/blocks/b", Told(hang_up=True))
    recorded = AIOSClient(Endpoints(blocks=stub.url)).record(path)
    with pytest.raises(TransportError) as live:
        recorded.read_block("b")
    replaying = AIOSClient.replaying(path)
    with pytest.raises(TransportError) as replayed:
        replaying.read_block("b")

    assert live.value.text == replayed.value.text.replace("http://recorded/blocks", stub.url)
    assert replayed.value.text == replaying.history[-1].received


def test_neither_secrets_nor_addresses_reach_the_file(path: Path, stub: StubServer) -> None:
    stub.tell("POST", "/blocks/query", Told([{"password": "pa55", "at": f"{stub.url}/x"}]))
    AIOSClient(Endpoints(blocks=stub.url)).record(path).query_blocks({"api_key": "k3y"})

    assert not [word for word in ("pa55", "k3y", "127.0.0.1") if word in path.read_text()]


def test_the_history_holds_replayed_exchanges_too(path: Path) -> None:
    with connect("emulator").record(path) as aios:
        aios.find_candidates(EVERY_BLOCK)
    replayed = AIOSClient.replaying(path)
    found = replayed.find_candidates(EVERY_BLOCK)

    assert found == replayed.history[-1].received["result"]
    assert ("router", 200) == (replayed.history[-1].service, replayed.history[-1].status)


def test_an_unknown_mode_is_refused(path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match="mode 'twice' of a recording; use one of once, none, all"
    ):
        AIOSClient(Endpoints()).record(path, mode="twice")  # type: ignore[arg-type]


def test_nothing_to_answer_from_is_a_mistake(path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"there is no recording .*; record one"):
        AIOSClient.replaying(path)


@pytest.mark.parametrize("text", ["{", "7\n", '{"service": "x"}\n'])
def test_a_file_that_is_no_recording_is_named(path: Path, text: str) -> None:
    path.write_text(text)

    with pytest.raises(ConfigurationError, match=r"exchanges\.jsonl is no recording"):
        AIOSClient.replaying(path)
