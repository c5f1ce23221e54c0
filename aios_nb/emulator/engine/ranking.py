"""From the search server to the policy, by way of policy system and policy executor (§5.3, §8)."""

from __future__ import annotations

import json
from typing import Any

from ..refusal import Refusal
from ..world import JSON, POLICY_SYSTEM_LOG, SEARCH_LOG, World
from . import policies
from .hops import Unreachable, http_error, reach, url_of
from .waiting import Endless

# POLICY_SYSTEM_EXECUTOR_ID of the search server as deployed (contract §3).
EXECUTOR_ID = "executor-001"
LONGEST_LINE = 16_384  # container runtimes cut log lines here


async def rank_remotely(
    world: World, uri: Any, candidates: list[JSON] | str, parameters: Any
) -> Any:
    """Return a policy's result in executor mode; a failed policy gives a dict that says so.

    Raises
    ------
    Refusal
        In ``requests``' words: only the status reaches the search server, never the reason.
    Endless
        AIOS would never answer.
    """
    path = f"/executor/{EXECUTOR_ID}/execute_policy"
    url = url_of(world, "policy_system", path)
    world.logs.write(SEARCH_LOG, *_sent(url, uri, candidates, parameters))
    status = await reach(world, "policy_system", path) or await _obstacle(world, uri)
    if status is not None:
        raise Refusal(http_error(status, url))
    try:
        result = await policies.execute(world, uri, candidates, parameters)
    except Endless:
        raise
    except Refusal as refusal:
        world.logs.write(POLICY_SYSTEM_LOG, f"ERROR:root:{refusal.text}")
        raise Refusal(http_error(refusal.status or 500, url)) from refusal
    response = {"data": result, "success": True}
    body = json.dumps(response, sort_keys=True, separators=(",", ":"))  # as it came
    _log(world, POLICY_SYSTEM_LOG, f"INFO:root:executor api status=202 response={body}")
    _log(world, SEARCH_LOG, f"INFO:root:Received response from {url}: 200 - {response}")
    return result


async def _obstacle(world: World, uri: Any) -> int | None:
    """Return the status with which the policy system refuses before any policy runs."""
    if world.executors.first(executor_id=EXECUTOR_ID) is None:
        return 404
    if not uri:
        return 400
    try:
        return 500 if await reach(world, "policy_executor", "/execute_policy") else None
    except Unreachable:
        return 500


def _sent(url: str, uri: Any, candidates: list[JSON] | str, parameters: Any) -> list[str]:
    # AIOS prints the candidates too, hundreds of lines for each: they would drown all other logs.
    left_out = [f"(emulator: {len(candidates)} candidate documents left out)"]
    payload = {"policy_rule_uri": uri, "input_data": left_out, "parameters": parameters}
    text = json.dumps(payload, indent=4)
    return f"INFO:root:Sending request to {url} with payload: {text}".split("\n")


def _log(world: World, labels: dict[str, str], line: str) -> None:
    world.logs.write(labels, line[:LONGEST_LINE])
