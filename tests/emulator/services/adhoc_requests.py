"""Requests to the ad-hoc server, and its two kinds of answer."""

from typing import Any

from aios_nb.emulator.services import adhoc
from aios_nb.emulator.world import World

from ..harness import call

INFER = ("POST", "/v1/infer")
NEAR, FAR, OTHER_FAR = "atlas-14b-chat", "birch-15b-code", "gemma3-27b-vision"
CHAT = {"mode": "chat", "message": "hello"}
T6 = "'bool' object has no attribute 'get'"


def infer(world: World, body: Any) -> Any:
    answer = call(world, adhoc.infer, *INFER, json=body)
    assert 200 == answer.status_code
    return answer.json()


def message(world: World, body: Any) -> str:
    answer = infer(world, body)
    assert {"message", "success"} == set(answer)
    assert answer["success"] is False
    return str(answer["message"])


def known(model: Any = NEAR, **changes: Any) -> dict[str, Any]:
    return {"model": model, "session_id": "s", "seq_no": 1, "data": CHAT, **changes}


def selecting(query: Any, **changes: Any) -> dict[str, Any]:
    return known("", selection_query=query, **changes)
