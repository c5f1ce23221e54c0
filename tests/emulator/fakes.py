"""Policies as plain functions, so that tests of the ad-hoc path start no process."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aios_nb.emulator.world import World

JSON = dict[str, Any]
GUIDE = Path(__file__).parents[2] / "fixtures" / "guide"
GUIDES_POLICY = "attributebasedrouter:2.0-stable"


class FunctionRunner:
    """Runs a Python function where AIOS runs an archive."""

    def __init__(self, policy: Callable[[list[JSON], JSON], Any]) -> None:
        self.policy = policy
        self.calls: list[JSON] = []

    async def run(self, archive: bytes, call: JSON, *, limit_s: float) -> JSON:
        self.calls.append(call)
        answer: JSON = {"logs": [], "ms": 0.1, "pid": 1, "stage": "eval", "folder": "x"}
        if call.get("constructs_only"):
            return {**answer, "ok": True, "result": None}
        try:
            result = self.policy(call["input_data"], call["parameters"])
        except Exception as error:  # noqa: BLE001 - whatever a policy raises becomes data
            return {**answer, "ok": False, "kind": "raised", "error": str(error)}
        if isinstance(result, set):
            error = "Object of type set is not JSON serializable"
            return {**answer, "ok": False, "kind": "unserialisable", "error": error}
        return {**answer, "ok": True, "result": json.loads(json.dumps(result))}

    async def close(self) -> None:
        pass


def install(world: World, policy: Callable[[list[JSON], JSON], Any]) -> FunctionRunner:
    """Register ``policy`` under the guide's URI, with an executor to run it."""
    (world.store / "policy.zip").write_bytes(b"never opened")
    code = world.service_urls["static_server"] + "/policy.zip"
    record = {"policy_rule_uri": GUIDES_POLICY, "code": code}
    world.policies.insert({**record, "policy_parameters": {}, "policy_settings": {}})
    world.add_default_executor()
    world.service_urls["policy_system"] = "http://emulator/policy_system"
    world.service_urls["search_server"] = "http://emulator/search_server"
    world.runner = runner = FunctionRunner(policy)
    return runner


def first(candidates: list[JSON], parameters: JSON) -> JSON:
    """Choose the first candidate."""
    return candidates[0]


def guides_request(**changes: Any) -> JSON:
    request: JSON = json.loads((GUIDE / "request.json").read_text())
    return {**request, **changes}


def guides_query() -> JSON:
    query: JSON = guides_request()["selection_query"]
    return query


def ranking(query: JSON) -> JSON:
    """Return the part of a selection query that names policy and parameters."""
    rule: JSON = query["body"]["values"]["rankingPolicyRule"]["values"]
    return rule


def only(query: JSON, block_id: str) -> JSON:
    """Narrow a selection query to one block, or to none if there is no such block."""
    condition = {"variable": "id", "operator": "==", "value": block_id}
    ranking(query)["parameters"]["filterRule"]["filter"] = {"blockQuery": condition}
    return query


def first_alive(candidates: list[JSON], parameters: JSON) -> JSON:
    """Choose the first candidate that has more than its executor."""
    return next(c for c in candidates if len(c["metrics"].get("instances", [])) > 1)
