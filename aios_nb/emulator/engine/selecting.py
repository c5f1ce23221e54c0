"""How a block is chosen: the search server filters and asks the policy, the ad-hoc server reads."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from ..refusal import Refusal
from ..world import JSON, SEARCH_LOG, World
from . import policies
from .filtering import filter_documents
from .hops import reach
from .python_words import in_pythons_words
from .ranking import LONGEST_LINE, rank_remotely
from .truth import compile_truth
from .waiting import Endless

Work = Callable[[World, Any], Awaitable[Any]]

NOT_JSON = (
    "415 Unsupported Media Type: Did not attempt to load JSON data because the request "
    "Content-Type was not 'application/json'."
)
NO_BODY = "Missing or invalid JSON body"
NO_BLOCK = "no block selected in the specified filter"


async def select(world: World, spec: Any) -> Any:
    """Return what similarity-search answers in ``data`` (contract §5.9).

    Raises
    ------
    Refusal
        With status 400 where AIOS fails before the search; without one where it answers 200 and
        ``[false, text]``.
    """
    if not spec:
        raise Refusal(NO_BODY, 400)
    uri, parameters = ranking_rule(spec)
    return await search(world, uri, parameters)


async def select_in_envelope(world: World, spec: Any) -> Any:
    """Return ``data`` with failures of the search as ``[False, text]`` (SS/core/action.py)."""
    try:
        return await select(world, spec)
    except Endless:
        raise
    except Refusal as refusal:
        if refusal.status == 400:
            raise
        return [False, refusal.text]


def ranking_rule(spec: Any) -> tuple[Any, Any]:
    """Return policy URI and parameters of a search spec; a missing rule is not an error."""
    with in_pythons_words(400):
        values = spec["body"]["values"]
        rule = values.get("rankingPolicyRule", {}).get("values", {})
        return rule.get("policyRuleURI"), rule.get("parameters", {})


async def search(world: World, uri: Any, parameters: Any) -> Any:
    """Filter, then let the policy choose; no candidates, or no filter rule, give ``[]``."""
    rule = {"policyRuleURI": uri, "parameters": parameters}
    world.logs.write(SEARCH_LOG, f"INFO:root:received search IR: {{'rankingPolicyRule': {rule}}}")
    is_local = world.settings.policy_mode == "local"
    if is_local:
        # Local mode makes the policy ready before it filters (contract §8.2).
        parameters = await policies.prepare_local(world, uri, parameters)
    with in_pythons_words():
        wanted = parameters.get("filterRule")
    candidates = await find_candidates(world, wanted) if wanted else []
    world.note(policy=uri)
    result: Any = []
    if candidates:
        begun = time.monotonic()
        rank = policies.execute_local if is_local else rank_remotely
        result = await rank(world, uri, candidates, parameters)
        elapsed_ms = round((time.monotonic() - begun) * 1000, 3)
        world.note(result=_excerpt(result), policy_ms=elapsed_ms)
    world.logs.write(SEARCH_LOG, f"similarity search output: {result}"[:LONGEST_LINE])
    return result


async def find_candidates(world: World, rule: Any) -> list[JSON] | str | None:
    """Return the documents that pass a ``{matchType, filter}`` rule (contract §7)."""
    found = await filter_documents(world, rule)
    if not found and rule["matchType"] == "block":
        world.note(conditions=compile_truth(rule["filter"])(world).summary())
    world.note(candidates=_names(found), candidate_count=len(found or ()))
    return found


async def filter_in_envelope(world: World, spec: Any) -> Any:
    """Return what filter-data answers in ``data``, failures of the filter as ``[False, text]``.

    Raises
    ------
    Refusal
        With status 400 where AIOS fails before the filter.
    """
    rule = filter_rule(spec)
    try:
        return await find_candidates(world, rule)
    except Endless:
        raise
    except Refusal as refusal:
        return [False, refusal.text]


def filter_rule(spec: Any) -> JSON:
    """Return the ``{matchType, filter}`` rule of a filter spec; absent parts are null."""
    if not spec:
        raise Refusal(NO_BODY, 400)
    with in_pythons_words(400):
        values = spec["body"]["values"]
        return {"matchType": values.get("matchType"), "filter": values.get("filter")}


def _names(candidates: list[JSON] | str | None) -> list[Any]:
    return [c.get("id") for c in candidates or () if isinstance(c, dict)]


def _excerpt(result: Any) -> Any:
    """Return the part of a policy's result that fits beside a request in the journal."""
    if isinstance(result, dict) and "id" in result:
        return {"id": result["id"]}
    return [_excerpt(r) for r in result[:10]] if isinstance(result, list) else result


async def choose_block(world: World, selection_query: Any) -> tuple[Any, Any]:
    """Return the block id as the ad-hoc server extracts it, and the winner it comes from.

    The id is whatever the policy put there; protobuf complains later if it is not a text.

    Raises
    ------
    Refusal
        With the texts of contract §12.3.
    """
    path, action = "/api/similarity-search", "similarity_search"
    data = await ask_search_server(world, path, action, selection_query, select_in_envelope)
    if isinstance(data, list):
        if not data:
            raise Refusal(NO_BLOCK)
        data = data[0]
    with in_pythons_words():
        block_id = data.get("id", "")
    if block_id == "":
        # Flask has sorted the keys twice on the way here.
        ordered = json.loads(json.dumps(data, sort_keys=True))
        raise Refusal(f"invalid similarity search result, {ordered}")
    return block_id, data


async def ask_search_server(world: World, path: str, action: str, spec: Any, work: Work) -> Any:
    """Let the search server do ``work`` for the ad-hoc server (AH/core/search.py).

    Raises
    ------
    Refusal
        ``Error in <action>: `` and the search server's message, or ``requests``'.
    """
    try:
        if await reach(world, "search_server", path):
            # An error page is not JSON.
            raise Refusal("Expecting value: line 1 column 1 (char 0)")
        if spec is None:
            # requests.post(json=None) sends neither a body nor a content type.
            raise Refusal(NOT_JSON)
        return await work(world, spec)
    except Endless:
        raise
    except Refusal as refusal:
        raise Refusal(f"Error in {action}: {refusal.text}") from refusal
