"""One emulator with the kit's policy, shared: explaining changes nothing in it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aios_nb import AIOSClient, InferenceRequest, PolicyPackage, SelectionQuery, connect
from aios_nb.explanation import Explanation, explain

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def aios() -> Iterator[AIOSClient]:
    with connect("emulator", time_scale=0.0) as client:
        folder = ROOT / "notebooks" / "policies" / "attributebasedrouter"
        client.deploy_policy(PolicyPackage.from_folder(folder))
        yield client


@pytest.fixture(scope="session")
def query(aios: AIOSClient) -> SelectionQuery:
    """Return the guide's selection query, with this emulator's addresses."""
    document = json.loads((ROOT / "fixtures" / "guide" / "request.json").read_text())
    wanted = InferenceRequest.from_wire(document).selection_query
    assert wanted is not None  # the guide's request has one
    base = aios.endpoints.metrics_base_url
    uri = "attributebasedrouter:1.0-stable"
    return replace(wanted, policy_rule_uri=uri, metrics_base_url=base)


@pytest.fixture(scope="session")
def guides(aios: AIOSClient, query: SelectionQuery) -> Explanation:
    return explain(aios, query)
