"""One call in a child: wait for it, run the policy as AIOS does, reply."""

from __future__ import annotations

import gc
import logging
import marshal
import socket
from types import ModuleType
from typing import Any

from .encoding import encode
from .importing import import_function
from .limits import limit_time
from .metrics import metrics_api
from .protocol import JSON, LENGTH, failure, receive_exactly, send_bytes
from .streams import redirect_streams


def answer(
    job: JSON, module: ModuleType | None, connection: socket.socket, documents: dict[int, Any]
) -> None:
    header, descriptors, _, _ = socket.recv_fds(connection, LENGTH.size, 1)
    if not descriptors:
        return  # the worker or the emulator is gone
    redirect_streams(descriptors[0])
    gc.disable()
    call = marshal.loads(receive_exactly(connection, LENGTH.unpack(header)[0]))
    if "places" in call:
        call["input_data"] = [documents[place] for place in call["places"]]
    gc.freeze()  # a thousand candidates are no garbage; looking at them would take a while
    gc.enable()
    limit_time(job, call["limit_s"])
    send_bytes(connection, encode(evaluate(job, module, call), job["result_bytes"]))


def evaluate(job: JSON, module: ModuleType | None, call: JSON) -> JSON:
    stage = "import"
    try:
        module = module or import_function(job["function"])
        stage = "construct"
        settings, parameters = call["settings"], call["parameters"]
        if call["mode"] == "local":
            settings = {**metrics_api().clients(call.get("services", {})), **settings}
        policy = module.AIOSv1PolicyRule(call.get("rule_id", ""), settings, parameters)
        logging.info("Initialized AgentSpaceFunction")
        if call.get("constructs_only"):
            return {"ok": True, "result": None}
        stage = "eval"
        return {"ok": True, "result": policy.eval(parameters, call["input_data"], None)}
    except Exception as error:  # noqa: BLE001 - whatever a policy raises is AIOS's answer
        return failure("raised", error, stage)
