"""Where the policy finds its candidates' metrics: defects P1-P3 and P14 of contract §9.3."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from attribute_policy import GUIDE, candidate, choose, policy, query, tokens


class MetricsService:
    """A stand-in for the service on port 30201 that counts what it is asked."""

    def __init__(self, documents, delay_s=0.0, status=200):
        self.asked = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                service.asked.append(self.path)
                time.sleep(delay_s)
                prefix, _, block_id = self.path.rpartition("/")
                found = [documents[block_id]] if block_id in documents else []
                known = prefix.endswith("/block") and "//" not in self.path
                self.send_response(status if known else 404)
                self.end_headers()
                self.wfile.write(json.dumps({"data": found, "success": True}).encode())

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def without_metrics(document):
    return {**document, "metrics": {}}


@pytest.mark.parametrize("source", ["call", "constructor", "settings", "environment"])
def test_p1_metrics_address_is_found_wherever_it_is_given(source, monkeypatch):
    blocks = [without_metrics(candidate("a")), without_metrics(candidate("b"))]
    documents = {b: candidate(b, tokens(n))["metrics"] for n, b in enumerate("ab")}
    with MetricsService(documents) as service:
        here = {"METRICS_BASE_URL": service.url}
        if source == "environment":
            monkeypatch.setenv("METRICS_BASE_URL", service.url)
        chosen = choose(
            blocks,
            {**query({"Fast_Generator": 1}), **(here if source == "call" else {})},
            here if source == "settings" else None,
            here if source == "constructor" else None,
        )

    assert chosen["id"] == "b"


def test_p1_call_wins_over_constructor_and_settings():
    blocks = [without_metrics(candidate("a")), without_metrics(candidate("b"))]
    wrong = {"METRICS_BASE_URL": "http://127.0.0.1:9/block"}
    with MetricsService({"b": candidate("b", tokens(5))["metrics"]}) as service:
        parameters = {**query({"Fast_Generator": 1}), "METRICS_BASE_URL": service.url}
        chosen = choose(blocks, parameters, wrong, wrong)

    assert chosen["id"] == "b"


@pytest.mark.parametrize(
    "ending", ["", "/", "/block", "/block/", "/block_metrics", "/block_metrics/block/"]
)
def test_p2_metrics_address_works_with_and_without_block(ending):
    with MetricsService({"b": candidate("b", tokens(5))["metrics"]}) as service:
        blocks = [without_metrics(candidate("a")), without_metrics(candidate("b"))]
        parameters = {**query({"Fast_Generator": 1}), "METRICS_BASE_URL": service.url + ending}

        assert choose(blocks, parameters)["id"] == "b"


def test_p2_p3_unreachable_or_missing_metrics_are_logged_with_the_reason(capsys, monkeypatch):
    monkeypatch.delenv("METRICS_BASE_URL", raising=False)
    block = without_metrics(candidate("a"))
    choose([block], {**query(GUIDE), "METRICS_BASE_URL": "http://127.0.0.1:9"})
    choose([block], query(GUIDE))
    text = capsys.readouterr().err

    assert "WARNING - Candidate 'a' - No metrics: http://127.0.0.1:9/block/a failed:" in text
    assert "WARNING - No METRICS_BASE_URL to ask for metrics of a" in text


@pytest.mark.parametrize("base", ["nonsense", "http://", "http://.bad.", 7, "http://[", {"a": 1}])
def test_p2_malformed_metrics_address_is_logged_and_does_not_stop_the_choice(base, capsys):
    blocks = [without_metrics(candidate("a")), candidate("b", tokens(1))]

    assert choose(blocks, {**query(GUIDE), "METRICS_BASE_URL": base})["id"] == "b"
    assert "Candidate 'a' - No metrics: " in capsys.readouterr().err


@pytest.mark.parametrize("answer", [{"blockId": "other", "instances": []}, {"blockId": "a"}, 5])
def test_p2_foreign_metrics_document_is_not_used(answer, capsys):
    with MetricsService({"a": answer}) as service:
        parameters = {**query(GUIDE), "METRICS_BASE_URL": service.url}
        choose([without_metrics(candidate("a"))], parameters)

    assert "Candidate 'a' - No metrics: " in capsys.readouterr().err


def test_p14_attached_metrics_are_used_and_only_missing_ones_are_asked_for():
    with MetricsService({"b": candidate("b", tokens(9))["metrics"]}) as service:
        trio = [candidate("a", tokens(5)), without_metrics(candidate("b")), candidate("c")]
        parameters = {**query({"Fast_Generator": 1}), "METRICS_BASE_URL": service.url}
        chosen = choose(trio, parameters)

    assert service.asked == ["/block/b"]
    assert chosen["id"] == "b"


def test_p14_missing_metrics_are_asked_for_in_parallel():
    blocks = [without_metrics(candidate(f"b{n}")) for n in range(12)]
    documents = {b["id"]: candidate(b["id"], tokens(1))["metrics"] for b in blocks}
    with MetricsService(documents, delay_s=0.15) as service:
        began = time.monotonic()
        choose(blocks, {**query(GUIDE), "METRICS_BASE_URL": service.url})
        seconds = time.monotonic() - began

    assert len(service.asked) == 12
    assert seconds < 12 * 0.15 * 0.7


def test_p14_black_hole_costs_the_time_limit_once(monkeypatch, capsys):
    monkeypatch.setattr(policy, "METRICS_TIME_LIMIT_S", 0.3)
    blocks = [without_metrics(candidate(f"b{n}")) for n in range(40)]
    with MetricsService({}, delay_s=2.0) as service:
        began = time.monotonic()
        chosen = choose(
            [*blocks, candidate("c", tokens(1))],
            {**query(GUIDE), "METRICS_BASE_URL": service.url},
        )
        seconds = time.monotonic() - began

    assert chosen["id"] == "c"
    assert seconds < 1.5
    assert capsys.readouterr().err.count("No metrics: ") == 40
