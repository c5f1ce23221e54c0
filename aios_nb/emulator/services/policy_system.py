"""The registry of policies and executors, and the way to run one (contract §5.3)."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..collection import Collection
from ..engine import driver
from ..engine.bson import MongoError
from ..engine.hops import http_error, reach, url_of
from ..engine.policies import execute
from ..engine.policy_records import executor_record, new_executor_record, policy_record
from ..engine.python_words import in_pythons_words
from ..http import compact, read_json
from ..refusal import Refusal
from ..world import JSON, POLICY_SYSTEM_LOG, World


def error_shape(refusal: Refusal) -> Response:
    return compact({"message": refusal.text, "success": False}, refusal.status or 200)


async def create_policy(world: World, request: Request) -> Response:
    """POST /policy: store a policy rule; a URI may be registered twice, the first one counts."""
    # No unique index (policies-components/system/core/db.py): the trap T26 of the contract.
    record = driver.encodable(policy_record(await read_json(request)))
    world.policies.insert({"_id": world.new_id(), **record})
    return _done("Policy created successfully.")


async def query_policies(world: World, request: Request) -> Response:
    """POST /policy/query: the policies that match a raw Mongo filter."""
    return _found(world.policies, await read_json(request))


async def read_policy(world: World, request: Request) -> Response:
    """GET /policy/{uri}: the first policy registered under this URI."""
    return _done(_shown(_policy(world, request, "Policy not found.")))


async def update_policy(world: World, request: Request) -> Response:
    """PUT /policy/{uri}: replace the first; the record must be complete and may rename it."""
    record = driver.encodable(policy_record(await read_json(request)))
    _replace(world.policies, _policy(world, request, "Failed to update policy."), record)
    return _done("Policy updated successfully.")


async def delete_policy(world: World, request: Request) -> Response:
    """DELETE /policy/{uri}: remove the first, which reveals the next."""
    world.policies.remove(_policy(world, request, "Failed to delete policy."))
    return _done("Policy deleted successfully.")


async def create_executor(world: World, request: Request) -> Response:
    """POST /executor: store an executor at ``http://<cluster_public_ip>:30900``."""
    record = {"_id": world.new_id(), **new_executor_record(await read_json(request))}
    old = world.executors.first(executor_id=record["executor_id"])
    if old is not None and "_id" not in old:
        # Who registers the executor that is here from the start does what an operator of AIOS did.
        world.executors.replace(old, record)
    else:
        world.executors.insert(record)
    return _done("Executor created successfully.")


async def query_executors(world: World, request: Request) -> Response:
    """POST /executor/query: the executors that match a raw Mongo filter."""
    return _found(world.executors, await read_json(request))


async def read_executor(world: World, request: Request) -> Response:
    """GET /executor/{executor_id}: one executor."""
    return _done(_shown(_executor(world, request, "Executor not found.")))


async def update_executor(world: World, request: Request) -> Response:
    """PUT /executor/{executor_id}: replace an executor; the record must be complete."""
    record = executor_record(await read_json(request))
    _replace(world.executors, _executor(world, request, "Failed to update executor."), record)
    return _done("Executor updated successfully.")


async def delete_executor(world: World, request: Request) -> Response:
    """DELETE /executor/{executor_id}: remove an executor."""
    world.executors.remove(_executor(world, request, "Failed to delete executor."))
    return _done("Executor deleted successfully.")


async def execute_policy(world: World, request: Request) -> Response:
    """POST /executor/{executor_id}/execute_policy: run a policy; its failure is a success here."""
    _executor(world, request, "Executor not found", 404)
    try:
        body = await read_json(request)
        with in_pythons_words():
            uri, data = body.get("policy_rule_uri"), body.get("input_data")
        if not uri or not data:
            raise Refusal("policy_rule_uri and input_data are required", 400)
        result = await _ask_executor(world, uri, data, body.get("parameters"))
    except Refusal as refusal:
        refusal.status = refusal.status or 500
        raise
    return _done(result)


async def not_emulated(world: World, request: Request) -> Response:  # noqa: ARG001 - a handler
    """POST /{rest:path}: 501 for functions, graphs, jobs and estimators, which no lesson uses."""
    text = (
        f"emulator: {request.method} {request.url.path} is not emulated; of the policy system it "
        "has /policy…, /executor… and /executor/<id>/execute_policy"
    )
    raise Refusal(text, 501)


async def _ask_executor(world: World, uri: Any, data: Any, parameters: Any) -> Any:
    status = await reach(world, "policy_executor", "/execute_policy")
    if status is not None:
        # An HTML error page is no JSON, so its status counts (system/core/executor_proxy.py).
        url = url_of(world, "policy_executor", "/execute_policy")
        raise Refusal(http_error(status, url), 500)
    result = await execute(world, uri, data, parameters)
    reply = json.dumps({"data": result, "success": True}, sort_keys=True, separators=(",", ":"))
    world.logs.write(POLICY_SYSTEM_LOG, f"INFO:root:executor api status=202 response={reply}")
    return result


def _policy(world: World, request: Request, refusal: str) -> JSON:
    found = world.policies.first(policy_rule_uri=request.path_params["uri"])
    if found is None:
        raise Refusal(refusal)
    return found


def _executor(world: World, request: Request, refusal: str, status: int | None = None) -> JSON:
    found = world.executors.first(executor_id=request.path_params["executor_id"])
    if found is None:
        raise Refusal(refusal, status)
    return found


def _replace(collection: Collection, old: JSON, record: JSON) -> None:
    identity = {"_id": old["_id"]} if "_id" in old else {}
    collection.replace(old, {**identity, **record})


def _found(collection: Collection, query: Any) -> Response:
    try:
        return _done([_shown(document) for document in driver.find(collection, query)])
    except MongoError:
        return _done([])  # db.py prints the server's error and returns nothing


def _shown(document: JSON) -> JSON:
    return {key: value for key, value in document.items() if key != "_id"}


def _done(data: Any) -> Response:
    return compact({"data": data, "success": True})
