"""How a filter rule finds its candidates: three queries, combined as AIOS does (contract §7.3)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NoReturn

from ..refusal import Refusal
from ..world import JSON, SEARCH_LOG, World
from .aggregate import run_stages
from .bson import MongoError
from .casting import BLOCKS, CLUSTERS, COMPONENTS, Schema
from .compiled import matcher_of, stages_of
from .find import compile_find
from .hops import Unreachable, express_error, http_error, reach, url_of
from .joining import with_metrics
from .python_words import in_pythons_words
from .translating import to_find, to_pipeline

# The registries' clients turn every failure into a dict or a text, whose keys or letters are then
# indexed as documents; the reason is lost (SS/core/webhooks/blocks.py, clusters.py).
LOST_REASON = "string indices must be integers, not 'str'"
BLOCKS_TIMEOUT_S = 10.0
LONGEST_LINE = 16_384  # container runtimes cut log lines here
METRICS = "block_metrics"


async def filter_documents(world: World, rule: Any) -> list[JSON] | str | None:
    """Return the documents that pass a rule ``{"matchType": …, "filter": {…}}``.

    Blocks come as ``{**block, "metrics": <metrics document or {}>}``, in the registry's order.
    The rule's filter changes as in AIOS: ids found by ``clusterQuery`` and ``blockMetricsQuery``
    are appended to its ``blockQuery``, for the policy and the logs to see.

    Returns
    -------
    list, str or None
        None for an unknown ``matchType`` and for a ``clusterQuery`` that no cluster passes. The
        failure of the clusters registry, as text, for ``matchType: cluster``, as AIOS has it.

    Raises
    ------
    Refusal
        With the texts of contract §7.3.
    """
    with in_pythons_words():
        match_type, query = rule["matchType"], rule["filter"]
    find = FINDERS.get(match_type) if isinstance(match_type, str) else None
    return None if find is None else await find(world, query)


async def _find_blocks(world: World, query: Any) -> list[JSON] | None:
    with in_pythons_words():
        has_cluster_query, cluster_query = _part(query, "clusterQuery")
    if has_cluster_query:
        clusters = await _query_clusters(world, cluster_query)
        if not clusters:
            return None
        _narrow(query, "blockQuery", "cluster.id", _column(clusters, "id"))
    with in_pythons_words():
        has_metrics_query, metrics_query = _part(query, "blockMetricsQuery")
    if has_metrics_query:
        passed = await _aggregate_metrics(world, metrics_query)
        _narrow(query, "blockQuery", "id", _column(passed, "blockId"))
    blocks = await _query_blocks(world, _needed(query, "blockQuery"))
    return await _with_metrics(world, blocks)


def _part(query: Any, name: str) -> tuple[bool, Any]:
    # Presence counts, not truth: {} is a query, and fails for want of 'variable'.
    return (True, query[name]) if name in query else (False, None)


def _needed(query: Any, name: str) -> Any:
    with in_pythons_words():
        return query[name]


def _column(documents: Iterable[Any], name: str) -> list[Any]:
    with in_pythons_words():  # of a text, too: its letters are no documents
        return [document[name] for document in documents]


def _narrow(query: Any, name: str, variable: str, ids: list[Any]) -> None:
    """Add ``variable IN ids`` to a query of the request.

    It joins the query's conditions whatever their logicalOperator, so under a top-level OR the
    result is a union (contract §7.3, similarity_search.py:347-353).
    """
    condition = {"variable": variable, "operator": "IN", "value": ids}
    with in_pythons_words():
        if name not in query or len(query[name]) == 0:
            query[name] = condition
        elif "conditions" in query[name]:
            query[name]["conditions"].append(condition)
        elif "variable" in query[name]:
            query[name] = {"logicalOperator": "AND", "conditions": [query[name], condition]}


async def _query_blocks(world: World, node: Any) -> list[JSON]:
    query = _find_query(world, "block", node)
    fault = world.faults.check("blocks")
    if fault is not None and fault.kind in ("slow", "silent"):
        delay_s = BLOCKS_TIMEOUT_S if fault.kind == "silent" else fault.delay_s
        await asyncio.sleep(min(delay_s, BLOCKS_TIMEOUT_S * world.settings.time_scale))
        if delay_s < BLOCKS_TIMEOUT_S:
            fault = None
    if fault is not None:
        raise Refusal(LOST_REASON)
    return _matching(world.blocks, query, BLOCKS, LOST_REASON)


async def _query_clusters(world: World, node: Any) -> list[JSON] | str:
    """Return the clusters, or the text that stands for them when their registry fails."""
    query = _find_query(world, "cluster", node)
    path = "/clusters/query"
    try:
        status = await reach(world, "clusters", path)
    except Unreachable as unreachable:
        return f"Error occurred: {unreachable.text}"
    failed = f"Error occurred: {express_error(status or 500, url_of(world, 'clusters', path))}"
    if status is not None:
        return failed
    try:
        return _matching(world.clusters, query, CLUSTERS, failed)
    except Refusal as refusal:
        return refusal.text


async def _aggregate_metrics(world: World, node: Any) -> list[JSON]:
    pipeline = to_pipeline(node)
    _log(world, "blockMetrics", {"__pipeline__": pipeline})
    await _reach_metrics(world, "/block/aggregate")
    try:
        return run_stages(stages_of(pipeline), world.metrics)
    except MongoError as error:
        # MongoDB's own words stay in the metrics service (contract §7.3).
        url = url_of(world, METRICS, "/block/aggregate")
        raise Refusal(http_error(400, url)) from error


async def _reach_metrics(world: World, path: str) -> None:
    status = await reach(world, METRICS, path)
    if status is not None:
        raise Refusal(http_error(status, url_of(world, METRICS, path)))


async def _with_metrics(world: World, blocks: list[JSON]) -> list[JSON]:
    # Fetched anew, so the metrics service must be up even without a metrics query.
    await _reach_metrics(world, "/block/query")
    return with_metrics(world, blocks)


def _dropping_id(document: JSON) -> JSON:
    return {name: value for name, value in document.items() if name != "_id"}


async def _find_clusters(world: World, query: Any) -> list[JSON] | str:
    with in_pythons_words():
        has_metrics_query, metrics_query = _part(query, "clusterMetricsQuery")
    if has_metrics_query:
        _log(world, "clusterMetrics", {"__pipeline__": to_pipeline(metrics_query)})
        _refuse_absent("cluster metrics")
    return await _query_clusters(world, _needed(query, "clusterQuery"))


async def _find_components(world: World, query: Any) -> list[JSON]:
    find_query = _find_query(world, "component", _needed(query, "componentQuery"))
    status = await reach(world, "components", "/api/query")
    refused = "Error Code = {}"
    if status is not None:
        raise Refusal(refused.format(status))
    return _matching(world.components, find_query, COMPONENTS, refused.format(500))


async def _find_policies(world: World, query: Any) -> list[JSON]:
    find_query = _find_query(world, "policy", _needed(query, "policyQuery"))
    if await reach(world, "policy_system", "/policy/query") is not None:
        raise Refusal("Invalid JSON response from API.")
    try:
        matches = compile_find(find_query)
        return [_dropping_id(policy) for policy in world.policies if matches(policy)]
    except MongoError:
        return []  # the policy system prints MongoDB's words and answers an empty list (§5.3)


async def _find_vdags(world: World, query: Any) -> list[JSON]:
    with in_pythons_words():
        if "vdagMetricsQuery" in query:
            query["vdagMetrics"]  # a wrong key upstream (similarity_search.py:440)
            _refuse_absent("vDAG metrics")
    _find_query(world, "vdag", _needed(query, "vdagQuery"))
    return []  # the emulator has no vDAG registry: nothing is ever stored in it


def _unknown_kind(entity: str, name: str) -> Callable[[World, Any], Awaitable[NoReturn]]:
    async def refuse(world: World, query: Any) -> NoReturn:
        # The entity's name and the one that is known differ (similarity_search.py:476,482).
        _find_query(world, entity, _needed(query, name))
        raise Refusal("unknown query type")

    return refuse


def _refuse_absent(service: str) -> NoReturn:
    raise Refusal(f"emulator: the {service} service is not emulated; filter on blocks instead")


def _find_query(world: World, entity: str, node: Any) -> JSON:
    query = to_find(node)
    _log(world, entity, query)
    return query


def _matching(documents: Iterable[JSON], query: JSON, schema: Schema, refused: str) -> list[JSON]:
    try:
        matches = matcher_of(query, schema)
        return [document for document in documents if matches(document)]
    except MongoError as error:
        raise Refusal(refused) from error


def _log(world: World, entity: str, query: Any) -> None:
    line = f"INFO:root:db query: {entity} - {query}"
    world.logs.write(SEARCH_LOG, line[:LONGEST_LINE])


FINDERS: dict[str, Callable[[World, Any], Awaitable[list[JSON] | str | None]]] = {
    "block": _find_blocks,
    "cluster": _find_clusters,
    "component": _find_components,
    "policy": _find_policies,
    "policyFunction": _unknown_kind("policy_function", "policyFunctionQuery"),
    "policyGraph": _unknown_kind("policy_graph", "policyGraphQuery"),
    "vdag": _find_vdags,
}
