"""The registry of clusters, the one whose numbers are typed (contract §5.7)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..engine import registry
from ..engine.mongoose import answered_on_save, minimize
from ..engine.query_schemas import CLUSTERS
from ..engine.schemas import CLUSTER
from ..expressjs import Unreadable, error_page, read_body
from ..http import express
from ..refusal import Refusal
from ..world import JSON, World


def error_shape(refusal: Refusal) -> Response:
    if isinstance(refusal, Unreadable):
        return error_page(refusal)
    return express({"error": refusal.text}, refusal.status or 500)


async def create(world: World, request: Request) -> Response:
    """POST /clusters: store a cluster (200); ``status`` is not in the schema and is dropped."""
    body = await read_body(request)
    document = registry.save(world.clusters, CLUSTER, body, world.new_id())
    return express(answered_on_save(document))


async def read(world: World, request: Request) -> Response:
    """GET /clusters/{cluster_id}: one cluster; 404 if there is none."""
    return express(minimize(_cluster(world, request)))


async def update(world: World, request: Request) -> Response:
    """PUT /clusters/{cluster_id}: Mongo update operators or plain fields; the changed cluster."""
    body = await read_body(request)
    changed = registry.update(world.clusters, CLUSTER, request.path_params["cluster_id"], body)
    if changed is None:
        raise _not_found()
    return express(minimize(changed))


async def delete(world: World, request: Request) -> Response:
    """DELETE /clusters/{cluster_id}: remove one cluster."""
    world.clusters.remove(_cluster(world, request))
    return express({"message": "Cluster deleted successfully"})


async def query(world: World, request: Request) -> Response:
    """POST /clusters/query: ``{"query": <Mongo filter>}``; numbers in strings are cast."""
    body = await read_body(request)
    found = registry.find(world.clusters, CLUSTERS, body.get("query"))
    return express([minimize(document) for document in found])


def _cluster(world: World, request: Request) -> JSON:
    cluster = world.clusters.first(id=request.path_params["cluster_id"])
    if cluster is None:
        raise _not_found()
    return cluster


def _not_found() -> Refusal:
    return Refusal("Cluster not found", 404)
