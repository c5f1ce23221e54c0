"""The pod that runs policies (contract §5.4)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..engine.policies import execute
from ..engine.python_words import in_pythons_words
from ..http import compact, read_json
from ..refusal import Refusal
from ..world import World


def error_shape(refusal: Refusal) -> Response:
    return compact({"message": refusal.text, "success": False}, refusal.status or 500)


async def execute_policy(world: World, request: Request) -> Response:
    """POST /execute_policy: run a policy (202); its failure is data, and still a success."""
    body = await read_json(request)
    if not body:
        raise Refusal("Invalid or missing JSON body", 400)
    with in_pythons_words():
        uri, data = body.get("policy_rule_uri"), body.get("input_data")
    if not uri or not data:
        text = "Missing required fields: 'policy_rule_uri' and/or 'input_data'."
        raise Refusal(text, 400)
    result = await execute(world, uri, data, body.get("parameters"))
    return compact({"data": result, "success": True}, 202)
