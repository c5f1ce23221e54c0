"""Every route of the emulator on one screen."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from .dispatch import Dispatcher, Service
from .frameworks import EMULATOR, EXPRESS, GO, SIMPLE_HTTP
from .http import indented
from .openapi import describe
from .services import (
    adhoc,
    adhoc_control,
    block_metrics,
    blocks,
    clusters,
    components,
    console,
    control,
    inference_servers,
    logs,
    policy_executor,
    policy_store,
    policy_system,
    policy_workloads,
    router,
    search_server,
    static_server,
)
from .world import World

__all__ = ["OWN", "SERVICES", "Service", "make_app"]

# Ports are those of contract §2. A longer path comes before a pattern that would swallow it.
SERVICES: dict[str, Service] = {
    "policy_store": Service(
        30186,
        policy_store.error_shape,
        (("POST", "/upload", policy_store.upload),),
    ),
    "static_server": Service(
        32555,
        static_server.error_shape,
        (
            ("GET", "/{path:path}", static_server.get_file),
            ("HEAD", "/{path:path}", static_server.head_file),
            ("ANY", "/{path:path}", static_server.unsupported),
        ),
        SIMPLE_HTTP,
    ),
    "policy_system": Service(
        30102,
        policy_system.error_shape,
        (
            ("POST", "/policy", policy_system.create_policy),
            ("POST", "/policy/query", policy_system.query_policies),
            ("GET", "/policy/{uri}", policy_system.read_policy),
            ("PUT", "/policy/{uri}", policy_system.update_policy),
            ("DELETE", "/policy/{uri}", policy_system.delete_policy),
            ("POST", "/executor", policy_system.create_executor),
            ("POST", "/executor/query", policy_system.query_executors),
            ("GET", "/executor/{executor_id}", policy_system.read_executor),
            ("PUT", "/executor/{executor_id}", policy_system.update_executor),
            ("DELETE", "/executor/{executor_id}", policy_system.delete_executor),
            ("POST", "/executor/{executor_id}/execute_policy", policy_system.execute_policy),
            ("POST", "/executor/{executor_id}/create-infra", policy_system.not_emulated),
            ("DELETE", "/executor/{executor_id}/remove-infra", policy_system.not_emulated),
            ("POST", "/executor/{executor_id}/estimator/estimate", policy_system.not_emulated),
            ("POST", "/function/query", policy_workloads.query_functions),
            ("GET", "/function/{function_id}", policy_workloads.read_function),
            ("POST", "/graphs/query", policy_workloads.query_graphs),
            ("GET", "/graphs/{graph_uri}", policy_workloads.read_graph),
            ("DELETE", "/graphs/{graph_uri}", policy_workloads.delete_graph),
            ("POST", "/jobs/query", policy_workloads.query_jobs),
            ("GET", "/jobs/{job_id}", policy_workloads.read_job),
            ("ANY", "/function/{rest:path}", policy_system.not_emulated),
            ("ANY", "/graphs", policy_system.not_emulated),
            ("ANY", "/graphs/{rest:path}", policy_system.not_emulated),
            ("ANY", "/graph/{rest:path}", policy_system.not_emulated),
            ("ANY", "/jobs/{rest:path}", policy_system.not_emulated),
        ),
    ),
    "policy_executor": Service(
        30900,
        policy_executor.error_shape,
        (("POST", "/execute_policy", policy_executor.execute_policy),),
    ),
    "block_metrics": Service(
        30201,
        block_metrics.error_shape,
        (
            ("POST", "/block/query", block_metrics.query),
            ("POST", "/block/aggregate", block_metrics.aggregate),
            ("GET", "/block/health/{block_id}", block_metrics.health),
            ("POST", "/block", block_metrics.create),
            ("GET", "/block/{block_id}", block_metrics.read),
            ("PUT", "/block/{block_id}", block_metrics.update),
            ("DELETE", "/block/{block_id}", block_metrics.delete),
        ),
    ),
    "router": Service(
        30501,
        router.error_shape,
        (
            ("POST", "/api/{action}", router.act),
            ("POST", "/api/with-spec/{action}", router.act_with_spec),
        ),
    ),
    "search_server": Service(
        30150,
        search_server.error_shape,
        (
            ("POST", "/api/similarity-search", search_server.similarity_search),
            ("POST", "/api/filter-data", search_server.filter_data),
            ("POST", "/api/no-ir/similarity-search", search_server.plain_search),
            ("POST", "/api/no-ir/filter", search_server.plain_filter),
        ),
    ),
    "blocks": Service(
        30100,
        blocks.error_shape,
        (
            ("POST", "/blocks", blocks.create),
            ("GET", "/blocks", blocks.read_all),
            ("POST", "/blocks/query", blocks.query),
            ("GET", "/blocks/{block_id}", blocks.read),
            ("PUT", "/blocks/{block_id}", blocks.update),
            ("DELETE", "/blocks/{block_id}", blocks.delete),
        ),
        EXPRESS,
    ),
    "clusters": Service(
        30101,
        clusters.error_shape,
        (
            ("POST", "/clusters", clusters.create),
            ("POST", "/clusters/query", clusters.query),
            ("GET", "/clusters/{cluster_id}", clusters.read),
            ("PUT", "/clusters/{cluster_id}", clusters.update),
            ("DELETE", "/clusters/{cluster_id}", clusters.delete),
        ),
        EXPRESS,
    ),
    "components": Service(
        30112,
        components.error_shape,
        (
            ("POST", "/api/registerComponent", components.register),
            ("POST", "/api/unregisterComponent", components.unregister),
            ("POST", "/api/updateComponent", components.update),
            ("POST", "/api/updateMetadata", components.update_metadata),
            ("POST", "/api/getByType", components.get_by_type),
            ("POST", "/api/getByURI", components.get_by_uri),
            ("POST", "/api/query", components.query),
            ("GET", "/health", components.health),
        ),
        EXPRESS,
    ),
    "inference_servers": Service(
        30105,
        inference_servers.error_shape,
        (
            ("POST", "/inference_server", inference_servers.create),
            ("GET", "/inference_server/{server_id}", inference_servers.read),
            ("PUT", "/inference_server/{server_id}", inference_servers.update),
            ("DELETE", "/inference_server/{server_id}", inference_servers.delete),
            ("POST", "/inference_servers", inference_servers.query),
        ),
    ),
    "adhoc": Service(
        31504,
        adhoc.error_shape,
        (
            ("POST", "/v1/infer", adhoc.infer),
            ("POST", "/v1/infer-multipart", adhoc.infer_multipart),
            ("POST", "/v1/chat/completions", adhoc.chat_completions),
            ("POST", "/v1/completions", adhoc.completions),
        ),
    ),
    "adhoc_control": Service(
        31501,
        adhoc_control.error_shape,
        (
            ("GET", "/logs/session/{session_id}", adhoc_control.session_logs),
            ("GET", "/logs/request/{request_id}", adhoc_control.request_logs),
            ("GET", "/logs/block/{block_id}", adhoc_control.block_logs),
            ("GET", "/logs/session_block", adhoc_control.session_block_logs),
            ("POST", "/discovery/search", adhoc_control.search),
            ("POST", "/discovery/filter", adhoc_control.filter_blocks),
            ("POST", "/discovery/get_url/{block_id}", adhoc_control.get_url),
            ("POST", "/discovery/resolve_graph", adhoc_control.resolve_graph),
            ("POST", "/discovery/estimate", adhoc_control.estimate),
            ("POST", "/discovery/check_execute", adhoc_control.check_execute),
        ),
    ),
    "logs": Service(
        32199,
        logs.error_shape,
        (
            ("GET", "/loki/api/v1/labels", logs.labels),
            ("GET", "/loki/api/v1/label/{name}/values", logs.label_values),
            ("GET", "/loki/api/v1/query_range", logs.query_range),
            ("POST", "/loki/api/v1/query_range", logs.query_range),
            ("GET", "/loki/api/v1/query", logs.query),
            ("POST", "/loki/api/v1/query", logs.query),
            ("GET", "/loki/api/v1/series", logs.series),
            ("GET", "/ready", logs.ready),
            ("GET", "/explore", logs.explore),
            ("GET", "/api/health", logs.health),
            ("GET", "/api/datasources/proxy/uid/{datasource}/{rest:path}", logs.proxied),
            ("GET", "/api/datasources/proxy/{datasource}/{rest:path}", logs.proxied),
            ("POST", "/api/datasources/proxy/{datasource}/{rest:path}", logs.proxied),
        ),
        GO,
    ),
}


async def openapi(world: World, request: Request) -> Response:  # noqa: ARG001
    """GET /_emulator/openapi.json: every route above and below, for tools that read such."""
    return indented(describe(SERVICES, OWN))


# The emulator's own page and switches, under a path that AIOS does not use.
OWN = Service(
    0,
    control.error_shape,
    (
        ("GET", "/", console.page),
        ("GET", "/_emulator/openapi.json", openapi),
        ("GET", "/_emulator/services", control.services),
        ("GET", "/_emulator/settings", control.read_settings),
        ("PATCH", "/_emulator/settings", control.change_settings),
        ("POST", "/_emulator/reset", control.reset),
        ("GET", "/_emulator/journal", control.read_journal),
        ("DELETE", "/_emulator/journal", control.clear_journal),
        ("GET", "/_emulator/faults", control.read_faults),
        ("POST", "/_emulator/faults", control.add_fault),
        ("DELETE", "/_emulator/faults", control.clear_faults),
        ("DELETE", "/_emulator/faults/{number}", control.remove_fault),
        ("GET", "/_emulator/latency", control.read_latency),
        ("PUT", "/_emulator/latency/{block_id}", control.set_latency),
        ("DELETE", "/_emulator/latency/{block_id}", control.remove_latency),
        ("POST", "/_emulator/metrics/wipe", control.wipe_metrics),
        ("POST", "/_emulator/metrics/stale", control.make_metrics_stale),
        ("POST", "/_emulator/metrics/freeze", control.freeze_metrics),
        ("POST", "/_emulator/metrics/advance", control.advance_metrics),
        ("POST", "/_emulator/metrics/resume", control.resume_metrics),
        ("POST", "/_emulator/fleet/load", control.load_fleet),
        ("POST", "/_emulator/fleet/save", control.save_fleet),
    ),
    EMULATOR,
)


def make_app(world: World, ports: Mapping[int, str] | None = None) -> Dispatcher:
    """Return the ASGI application that serves ``world`` (``ports``: service by its own port)."""
    return Dispatcher(world, SERVICES, OWN, ports or {})
