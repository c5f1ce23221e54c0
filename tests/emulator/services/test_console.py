"""The emulator's page: what a learner sees, escaped, and honest about failures behind HTTP 200."""

import html
import json
import re
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from aios_nb.emulator import Emulator

ROOT = Path(__file__).parents[3]
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        block = {"id": EVIL, "component": {"componentMetadata": {"usecase": EVIL}}}
        post(running.addresses["blocks"] + "/blocks", block)
        ask(running, "finch-8b-chat")
        ask(running, "nobody")
        everything = {"variable": "id", "operator": "LIKE", "value": "*-chat"}
        values = {"matchType": "block", "filter": {"blockQuery": everything}}
        post(running.addresses["router"] + "/api/filter", {"body": {"values": values}})
        yield running


def post(url: str, document: object) -> bytes:
    body = json.dumps(document).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read()


def ask(emulator: Emulator, model: str) -> None:
    data = {"mode": "chat", "message": "Hello"}
    request = {"model": model, "session_id": model, "seq_no": 1, "data": data, "graph": {}}
    post(emulator.addresses["adhoc"] + "/v1/infer", request)


def page(emulator: Emulator, query: str = "") -> str:
    with urllib.request.urlopen(f"{emulator.url}/{query}", timeout=10) as answer:
        assert "text/html; charset=utf-8" == answer.headers["content-type"]
        return answer.read().decode()


def rows(text: str, section: str) -> list[str]:
    """Return the text of each table row of a section."""
    part = text.split(f'<section id="{section}">')[1].split("</section>")[0]
    cells = (re.sub(r"<[^>]+>", " ", row) for row in part.split("<tr>")[1:])
    return [" ".join(html.unescape(row).split()) for row in cells]


def test_every_service_is_listed_with_its_address(emulator: Emulator) -> None:
    text = page(emulator)

    for name, url in emulator.addresses.items():
        assert f"<b>{name}</b><code>{url}</code>" in text


def test_the_fleet_shows_live_metrics_and_who_has_none(emulator: Emulator) -> None:
    fleet = {row.split()[0]: row for row in rows(page(emulator), "fleet")}

    assert " live " in fleet["finch-8b-chat"]
    assert " 33.1 " in fleet["finch-8b-chat"]
    assert "no metrics" in fleet["ember-12b-chat"]
    assert "no instance" in fleet["aspen-22b-chat"]


def test_a_request_shows_its_decision(emulator: Emulator) -> None:
    requests = rows(page(emulator), "requests")

    assert any(row.endswith("block finch-8b-chat, found by model") for row in requests)
    assert any(re.search(r"/api/filter .* \d+ candidates$", row) for row in requests)


def test_a_failure_behind_http_200_is_shown_as_one(emulator: Emulator) -> None:
    row = next(row for row in rows(page(emulator), "requests") if "block nobody" in row)

    assert "200" in row
    assert "failed: nobody not found in the DB" in row


def test_a_request_opens_to_what_was_sent_and_answered(emulator: Emulator) -> None:
    row = next(row for row in rows(page(emulator), "requests") if "found by model" in row)

    assert '"message": "Hello"' in row
    assert "answered" in row


def test_lines_are_filtered_by_label_and_text(emulator: Emulator) -> None:
    wanted = urllib.parse.urlencode({"label": "container", "value": "inference-server"})
    some = rows(page(emulator, "?" + wanted), "logs")
    none = page(emulator, "?" + wanted + "&text=never+said")

    assert some
    assert {"inference-server"} == {row.split()[1] for row in some}
    assert "No line fits." in none


def test_what_a_user_registers_is_shown_as_text(emulator: Emulator) -> None:
    text = page(emulator, "?text=" + urllib.parse.quote(EVIL))

    assert html.escape(EVIL) in text
    assert "<img" not in text


def test_the_page_may_run_and_load_nothing(emulator: Emulator) -> None:
    with urllib.request.urlopen(emulator.url, timeout=10) as answer:
        policy, text = answer.headers["content-security-policy"], answer.read().decode()

    assert policy.startswith("default-src 'none'")
    assert not re.search(r"<script|<link|src=|@import|url\(", text.replace(html.escape(EVIL), ""))


def test_only_pages_of_this_machine_may_frame_the_page(emulator: Emulator) -> None:
    with urllib.request.urlopen(emulator.url, timeout=10) as answer:
        policy = answer.headers["content-security-policy"]

    assert policy.endswith("frame-ancestors http://127.0.0.1:* http://localhost:*")


def test_an_odd_refresh_is_refused(emulator: Emulator) -> None:
    with pytest.raises(urllib.request.HTTPError) as refused:
        page(emulator, "?refresh=soon")

    assert 400 == refused.value.code
    assert b"expected whole seconds" in refused.value.read()
