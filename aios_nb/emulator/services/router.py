"""The Router, called parser in the cluster (contract §5.10); not on the ad-hoc path."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..engine.hops import Unreachable, http_error, reach, url_of
from ..engine.joining import with_texts
from ..engine.python_words import in_pythons_words
from ..engine.selecting import filter_rule, find_candidates, ranking_rule, search
from ..engine.waiting import Endless
from ..http import indented, read_json
from ..refusal import Refusal
from ..world import ROUTER_LOG, World

NOT_EMULATED = {
    "createBlock",
    "createCluster",
    "createvDAG",
    "addNode",
    "executeMgmtCommand",
    "llmCreate",
    "llmVDAGCreateManual",
    "llmVDAGCreate",
}
SEARCH_FIELDS = ("matchType", "rankingPolicyRule", "executionMode", "policyRuleURI", "settings")

Work = Callable[[], Awaitable[Any]]


def error_shape(refusal: Refusal) -> Response:
    """Answer 500 with the key ``error`` to every exception."""
    return indented({"error": refusal.text}, refusal.status or 500)


async def act(world: World, request: Request) -> Response:
    """POST /api/{action}: search, filter, or a refusal."""
    action = request.path_params["action"]
    spec = await read_json(request, debug=True)
    if not spec:
        return indented({"error": "Invalid JSON input"}, 400)
    if action in NOT_EMULATED:
        raise Refusal(_not_emulated(f"Router action {action!r}"), 501)
    if action not in ("search", "filter", "parameterUpdate"):
        raise Refusal(f"Invalid action: {action}")
    result = await _result(world, action, spec)
    if result is None:
        # PA/core/api.py takes a null result for a missing action.
        text = f"Action {action} is not implemented"
        return indented({"message": text, "success": False}, 400)
    return indented({"result": with_texts(world, result), "success": True, "task_id": ""})


async def act_with_spec(world: World, request: Request) -> Response:  # noqa: ARG001
    """POST /api/with-spec/{action}: the same with a body from the spec store."""
    if not request.query_params.get("specUri"):
        return indented({"error": "specUri not provided", "success": False})
    raise Refusal(_not_emulated("the spec store"), 501)


def _not_emulated(what: str) -> str:
    return (
        f"emulator: {what} is not emulated; use POST /api/search or /api/filter, "
        "or a real AIOS (connect('cluster'))"
    )


async def _result(world: World, action: str, spec: Any) -> Any:
    if action == "parameterUpdate":
        return None
    _refuse_foreign_template(spec)
    return await (_search if action == "search" else _filter)(world, spec)


def _refuse_foreign_template(spec: Any) -> None:
    with in_pythons_words():
        header = spec.get("header")
        template = header.get("templateUri") if header else None
    if template and template != "Parser/V1":
        raise Refusal(
            f"emulator: no template store is configured for templateUri {template!r}; "
            "use 'Parser/V1', or leave the header out"
        )


def _unmarked(read: Callable[[Any], Any], spec: Any) -> Any:
    """Read a spec; what is a 400 in the search server is a 500 in the Router."""
    try:
        return read(spec)
    except Refusal as refusal:
        raise Refusal(refusal.text) from refusal


async def _search(world: World, spec: Any) -> list[Any]:
    uri, parameters = _unmarked(ranking_rule, spec)
    _log_parsing(world, *SEARCH_FIELDS, "parameters", "filter field in parameters")

    async def work() -> Any:
        return await search(world, uri, parameters)

    return [True, await _ask_search_server(world, "/api/no-ir/similarity-search", work)]


async def _filter(world: World, spec: Any) -> Any:
    rule = _unmarked(filter_rule, spec)
    _log_parsing(world, "matchType", "filter field in parameters")

    async def work() -> Any:
        return await find_candidates(world, rule)

    return await _ask_search_server(world, "/api/no-ir/filter", work)


async def _ask_search_server(world: World, path: str, work: Work) -> Any:
    """Do the search server's ``work``; a failure loses the search server's explanation."""
    url = url_of(world, "search_server", path)
    try:
        status = await reach(world, "search_server", path)
    except Unreachable as unreachable:
        return _failed(world, path, unreachable.text)
    if status is not None:
        return _failed(world, path, http_error(status, url))
    try:
        return await work()
    except Endless:
        raise
    except Refusal:
        # Be it a service further on that is down: the search server answers 400 to everything.
        return _failed(world, path, http_error(400, url))


def _failed(world: World, path: str, text: str) -> Any:
    world.logs.write(ROUTER_LOG, f"ERROR:root:Request failed for {path}: {text}")
    return {"message": text, "success": False}


def _log_parsing(world: World, *fields: str) -> None:
    lines = [f if " " in f else f"{f} field" for f in fields]
    world.logs.write(ROUTER_LOG, *(f"INFO:root:Parsing {line}" for line in lines))
