"""One emulator with the course's policy, and the guide's query for it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aios_nb import AIOSClient, InferenceRequest, PolicyPackage, SelectionQuery, connect
from aios_nb.lab import Recorded

ROOT = Path(__file__).parents[2]
ROUTER = ROOT / "notebooks" / "policies" / "attributebasedrouter"


@pytest.fixture(scope="session")
def package() -> PolicyPackage:
    return PolicyPackage.from_folder(ROUTER)


@pytest.fixture(scope="session")
def aios(package: PolicyPackage) -> Iterator[AIOSClient]:
    with connect("emulator", wait_limit_s=0.5) as client:
        client.deploy_policy(package)
        yield client


@pytest.fixture(scope="session")
def query(aios: AIOSClient) -> SelectionQuery:
    text = (ROOT / "fixtures" / "guide" / "request.json").read_text()
    query = InferenceRequest.from_wire(json.loads(text)).selection_query
    assert query is not None
    base = aios.endpoints.metrics_base_url
    uri = "attributebasedrouter:1.0-stable"
    return replace(query, policy_rule_uri=uri, metrics_base_url=base)


@pytest.fixture(scope="session")
def recorded(aios: AIOSClient, query: SelectionQuery) -> Recorded:
    return Recorded.of(aios, query)
