"""Odd requests of every kind: each gets an answer in time, and none finds a bug."""

import json
import logging
import os
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from aios_nb.emulator import Emulator
from aios_nb.emulator.app import OWN, SERVICES
from aios_nb.emulator.openapi import describe

schemathesis = pytest.importorskip("schemathesis")
# AIOS_NB_FUZZ=200 tries as hard as SECURITY.md says.
EXAMPLES = int(os.environ.get("AIOS_NB_FUZZ", "6"))
# Upstream's estimator has no graph cache; an update of a server needs Mongo's $ operators.
ALWAYS_FAIL = ("/discovery/estimate", "/discovery/check_execute", "/inference_server/{server_id}")
WAIT_LIMIT_S = 0.1
ANSWER_LIMIT_S = 10.0
# These change what the others may answer, or write where they are told to.
LEFT_OUT = ("/_emulator/settings", "/_emulator/faults", "/_emulator/latency", "/_emulator/fleet")


def operations() -> list[Any]:
    found = schemathesis.openapi.from_dict(describe(SERVICES, OWN)).get_all_operations()
    wanted = [result.ok() for result in found]
    return [o for o in wanted if not o.path.startswith(LEFT_OUT)]


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(wait_limit_s=WAIT_LIMIT_S, time_scale=0.0) as running:
        yield running


@pytest.mark.parametrize("operation", operations(), ids=lambda o: f"{o.method.upper()} {o.path}")
def test_every_operation_survives_odd_requests(
    emulator: Emulator, operation: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, logger="aios_nb.emulator")

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy() | _mutilated(operation))
    def ask(case: Any) -> None:
        begun = time.monotonic()
        answer = case.call(base_url=emulator.url, timeout=ANSWER_LIMIT_S)

        assert time.monotonic() - begun < ANSWER_LIMIT_S
        assert 200 <= answer.status_code < 600
        if "json" in answer.headers.get("content-type", [""])[0] and answer.content:
            json.loads(answer.content)

    ask()

    assert [] == [record.getMessage() for record in caplog.records]


def _mutilated(operation: Any) -> st.SearchStrategy[Any]:
    """Return cases whose body is no longer what the description says, or is any JSON at all."""
    anything = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=8,
    )
    broken = anything.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=64)

    def spoil(case: Any, body: bytes) -> Any:
        if operation.method in ("post", "put", "patch"):
            case.body, case.media_type = body, None
            case.headers = {**(case.headers or {}), "Content-Type": "application/json"}
        return case

    return st.builds(spoil, operation.as_strategy(), broken)


def test_the_description_is_served_and_valid() -> None:
    with Emulator() as emulator:
        document = requests.get(f"{emulator.url}/_emulator/openapi.json", timeout=5).json()

    assert describe(SERVICES, OWN) == document
    schemathesis.openapi.from_dict(document).validate()


def test_every_example_of_the_description_is_welcome() -> None:
    """An example that AIOS would refuse describes nothing."""
    document = describe(SERVICES, OWN)
    refused = {}
    with Emulator(wait_limit_s=2.0, time_scale=0.0) as emulator:
        for path, method, body in _examples(document):
            address = path.format_map(KNOWN)
            answer = requests.request(method, emulator.url + address, json=body, timeout=10)
            if answer.status_code >= 500 and not path.endswith(ALWAYS_FAIL):
                refused[f"{method} {path}"] = answer.text[:200]

    assert refused == {}


class _Known(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "x"


KNOWN = _Known(action="filter", block_id="atlas-14b-chat", executor_id="executor-001")


def _examples(document: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            for kind, body in content.items():
                if kind == "application/json":
                    yield path, method, body["example"]
