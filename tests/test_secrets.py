"""Planted keys and tokens are in nothing that is shown or stored; hostile names are inert."""

import base64
import csv
import io
import json
import logging
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stub_server import Told, stub_server

from aios_nb import (
    AIOSClient,
    Condition,
    FilterRule,
    PolicyPackage,
    PolicyRegistration,
    connect,
    frames,
)
from aios_nb.endpoints import Endpoints
from aios_nb.errors import AIOSError, ConfigurationError, PolicyError, ServiceError
from aios_nb.exchanges import redacted
from aios_nb.snapshot import take_snapshot
from aios_nb.terminal import say, show_table

SETTING, PARAMETER, GRAFANA = "planted-setting-1", "planted-parameter-2", "planted-grafana-3"
BEARER, USERINFO, TOKEN, QUERY = (
    "planted.bearer.4",
    "planted-user-5",
    "planted-token-6",
    "planted-q7",
)
OPENAI = "planted-openai-8"
PLANTED = (SETTING, PARAMETER, GRAFANA, BEARER, USERINFO, TOKEN, QUERY, OPENAI)
SOURCE = """class AIOSv1PolicyRule:
    def __init__(self, rule_id, settings, parameters): pass
    def eval(self, parameters, input_data, context): return input_data[0]
"""
EVERY = {"variable": "id", "operator": "LIKE", "value": "finch*"}
EVIL = "\x1b]0;owned\x07\x1b[31m<img src=x onerror=alert(1)>"


def found_in(*shown: object) -> list[str]:
    """Return the planted secrets that stand in any of these, plain or in base64."""
    text = "\n".join(part if isinstance(part, str) else repr(part) for part in shown)
    codes = {base64.b64encode(f"admin:{s}".encode()).decode(): s for s in PLANTED}
    return [s for s in PLANTED if s in text] + [s for code, s in codes.items() if code in text]


def parameters() -> dict[str, Any]:
    rule = {"matchType": "block", "filter": {"blockQuery": EVERY}}
    return {
        "filterRule": rule,
        "api_key": PARAMETER,
        "accessToken": PARAMETER,
        "headers": {"Authorization": f"Bearer {BEARER}"},
        "note": f"Bearer {BEARER}",
        "service": f"http://me:{USERINFO}@host.invalid/x?api_key={QUERY}",
    }


@pytest.fixture(scope="module")
def aios() -> Iterator[AIOSClient]:
    patch = pytest.MonkeyPatch()
    patch.setenv("OPENAI_API_KEY", OPENAI)
    with connect(token=TOKEN) as client:
        package = PolicyPackage.from_source("secretive", SOURCE)
        record = PolicyRegistration(
            "secretive",
            version="1.0",
            policy_settings={"api_key": SETTING, "password": SETTING},
            policy_parameters=parameters(),
        )
        uri = client.deploy_policy(package, record)
        run(client, uri)
        yield client
    patch.undo()


def run(client: AIOSClient, uri: str) -> None:
    values = {"policyRuleURI": uri, "parameters": parameters()}
    query = {"body": {"values": {"rankingPolicyRule": {"values": values}}}}
    request = {
        "model": "",
        "session_id": "s",
        "seq_no": 1,
        "data": {"mode": "chat", "message": "x"},
    }
    post(f"{client.endpoints.adhoc}/v1/infer", {**request, "graph": {}, "selection_query": query})
    post(f"{client.endpoints.router}/api/search?api_key={QUERY}", query)


def post(url: str, document: object) -> bytes:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {BEARER}"}
    request = urllib.request.Request(url, json.dumps(document).encode(), headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.read()


def read(url: str) -> str:
    request = urllib.request.Request(url, headers={"Authorization": "Basic YWRtaW46YWRtaW4="})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.read().decode()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/_emulator/journal",
        "/_emulator/settings",
        "/_emulator/services",
        "/_emulator/openapi.json",
        "/logs/loki/api/v1/query_range?query=%7Bcontainer%3D~%22.%2B%22%7D&limit=5000",
        "/logs/explore?query=%7Bcontainer%3D~%22.%2B%22%7D",
    ],
)
def test_nothing_that_the_emulator_shows_holds_a_secret(aios: AIOSClient, path: str) -> None:
    shown = read(aios.emulator.url + path)

    assert len(shown) > 50
    assert [] == found_in(shown)


def test_the_request_with_the_secrets_is_in_journal_and_log(aios: AIOSClient) -> None:
    journal = read(aios.emulator.url + "/_emulator/journal")
    lines = "\n".join(line.text for line in aios.emulator.world.logs.lines)

    assert '"api_key": "***"' in journal
    assert "api_key=***" in journal
    assert "secretive" in lines


def test_the_history_holds_no_secret(aios: AIOSClient) -> None:
    exchanges = list(aios.history)
    everything = [(e.url, e.sent, e.received, e.failure, repr(e)) for e in exchanges]

    assert exchanges
    assert [] == found_in(*everything)


def test_no_object_shows_a_secret(aios: AIOSClient) -> None:
    url = f"http://me:{USERINFO}@127.0.0.1:9"
    with AIOSClient(Endpoints(adhoc=url, logs=url), grafana=("admin", GRAFANA)) as other:
        shown = {name: repr(getattr(other, name)) for name in ("endpoints", "history")}
        shown |= {"client": repr(other), "text": str(other), "emulator": repr(aios.emulator)}

    assert {} == {name: text for name, text in shown.items() if found_in(text)}


def test_no_error_shows_a_secret() -> None:
    url, words = f"http://me:{USERINFO}@127.0.0.1:9", []
    with AIOSClient(Endpoints(blocks=url, logs=url), grafana=("admin", GRAFANA)) as client:
        for ask in (client.query_blocks, lambda: client.read_logs('{a="b"}')):
            with pytest.raises(AIOSError) as failed:
                ask()
            words += [str(failed.value), repr(failed.value), str(failed.value.__cause__)]
    with pytest.raises(ConfigurationError) as refused:
        Endpoints(adhoc=f"ftp://me:{USERINFO}@host/")

    assert [] == found_in(*words, str(refused.value))


ECHOES = [
    {"message": "no such rule: {'api_key': 's3cret', 'seq': 1}", "success": False},
    {"message": 'bad input {"accessToken": "s3cret"}', "success": False},
    {"message": "404 for url: http://me:p@s3cret@host/x", "success": False},
    {"message": "404 for url: http://host/x#access_token=s3cret", "success": False},
    {"unexpected": {"api_key": "s3cret"}},
    '{"api_key": "s3cret", "cut": ',
]


@pytest.mark.parametrize("body", ECHOES, ids=str)
def test_no_error_shows_a_secret_that_a_service_gives_back(body: object) -> None:
    raw = body.encode() if isinstance(body, str) else None
    status = 400 if isinstance(body, dict) and "message" in body else 200
    with stub_server() as stub, AIOSClient(Endpoints(router=stub.url)) as client:
        stub.tell("POST", "/api/filter", Told(body, status, raw=raw))
        with pytest.raises(AIOSError) as failed:
            client.find_candidates(FilterRule(block=Condition("id", "==", "x")))
        shown = [str(failed.value), repr(failed.value)]
        shown += [f"{exchange} {exchange.failure}" for exchange in client.history]

    assert [] == [text for text in shown if "s3cret" in text]


def test_no_warning_or_log_record_shows_a_secret(
    aios: AIOSClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    run(aios, "secretive:1.0-stable")

    assert [] == found_in(caplog.text)


def test_a_snapshot_holds_no_secret(aios: AIOSClient, tmp_path: Path) -> None:
    take_snapshot(aios, tmp_path / "snapshot")
    files = [path for path in (tmp_path / "snapshot").rglob("*") if path.is_file()]

    assert len(files) > 10
    assert [] == found_in(*(path.read_bytes().decode("latin-1") for path in files))


def test_a_recording_holds_no_secret(aios: AIOSClient, tmp_path: Path) -> None:
    with AIOSClient(aios.endpoints).record(tmp_path / "calls.jsonl") as other:
        other.read_policy("secretive:1.0-stable")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]

    assert files
    assert [] == found_in(*(path.read_text() for path in files))


def test_no_stored_output_of_a_lesson_holds_a_key() -> None:
    pattern = re.compile(
        r"sk-[A-Za-z0-9]{16,}|gh[pousr]_\w{20,}|AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*KEY"
    )
    lessons = sorted((Path(__file__).parents[1] / "notebooks").rglob("*.ipynb"))

    assert len(lessons) > 10
    assert [] == [path.name for path in lessons if pattern.search(path.read_text())]


@pytest.mark.parametrize(
    "key",
    [
        "api_key",
        "apiKey",
        "x-api-key",
        "OPENAI_API_KEY",
        "accessToken",
        "dbPassword",
        "credentials",
    ],
)
def test_every_spelling_of_a_secret_is_known(key: str) -> None:

    assert {key: "***"} == redacted({key: "x"})
    assert {"max_tokens": 7, "eos_token": "</s>"} == redacted(
        {"max_tokens": 7, "eos_token": "</s>"}
    )


def test_a_hostile_answer_is_inert_in_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say(EVIL)
    show_table(frames.candidates([{"id": EVIL, "metrics": {}}]))
    errors = [ServiceError("blocks", 500, EVIL), PolicyError(EVIL)]
    shown = capsys.readouterr().out + "".join(map(str, errors))

    assert "owned" in shown
    assert not {"\x1b", "\x07"} & set(shown)


@pytest.mark.parametrize("formula", ["=HYPERLINK(1)", "+1", "-1+1", "@SUM(1)", "\t=1", "\r=1"])
def test_a_hostile_name_is_inert_in_a_spreadsheet(formula: str) -> None:
    block = {"id": formula, "component": {"componentMetadata": {"usecase": formula}}}
    instances = [{"instanceId": "i", "uptime_hours": -3.5}]
    table = frames.candidates([{**block, "metrics": {"instances": instances}}])
    rows = list(csv.reader(io.StringIO(table.to_csv(), newline="")))

    assert ["'" + formula.replace("\r", " ")] * 2 == rows[1][:2]
    assert "-3.5" in rows[1]


def test_a_hostile_name_is_inert_in_tables_and_pages(aios: AIOSClient) -> None:
    block = {"id": EVIL, "component": {"componentMetadata": {"usecase": EVIL}}}
    post(f"{aios.endpoints.blocks}/blocks", block)
    table = frames.candidates([{**block, "metrics": {}}])
    page = read(aios.emulator.url + "/")

    assert "<img" not in table._repr_html_() + page
    assert "\x1b" not in read(f"{aios.endpoints.blocks}/blocks")
