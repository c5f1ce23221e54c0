"""Fleets of any size whose blocks all pass the guide's filter, and the guide's request for them."""

from __future__ import annotations

import copy
import itertools
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aios_nb import AIOSClient, PolicyPackage
from aios_nb.endpoints import Endpoints
from aios_nb.policy import PolicyRegistration

from .load import post
from .process import ROOT, Server

JSON = dict[str, Any]
FIXTURES = ROOT / "fixtures"
POLICY = ROOT / "notebooks" / "policies" / "attributebasedrouter"
MODELS = ("finch-8b-chat", "deepseek-r1-70b-chat", "llama4-scout-17b-chat", "qwen3-32b-matcher")
METRICS = ("llm_tokens_per_second", "llm_active_sessions")


def write_fleet(folder: Path, size: int) -> Path:
    """Write ``size`` blocks: the shipped chat blocks again and again, with metrics of their own."""
    draw = random.Random(7)
    for name in ("blocks", "metrics", "clusters", "replies"):
        (folder / name).mkdir(parents=True)
    for number, model in zip(range(size), itertools.cycle(MODELS)):
        block_id = f"{model}-{number:04d}"
        for document in (block(model, block_id), metrics(model, block_id, draw)):
            kind = "metrics" if "blockId" in document else "blocks"
            (folder / kind / f"{block_id}.json").write_text(json.dumps(document))
    return folder


def block(model: str, block_id: str) -> JSON:
    found = _read("blocks", model)
    return {**found, "_id": f"68a2{int(block_id[-4:]):020x}", "id": block_id}


def metrics(model: str, block_id: str, draw: random.Random) -> JSON:
    found = _read("metrics", model)
    for instance in found["instances"]:
        instance["blockId"] = block_id
        if instance["instanceId"] != "executor":
            instance.update({name: draw.uniform(11, 90) for name in METRICS})
    return {**found, "blockId": block_id}


def _read(kind: str, name: str) -> JSON:
    found: JSON = json.loads((FIXTURES / kind / f"{name}.json").read_text())
    return found


def guides_request() -> JSON:
    found: JSON = json.loads((FIXTURES / "guide" / "request.json").read_text())
    return found


def parameters(request: JSON) -> JSON:
    values = request["selection_query"]["body"]["values"]
    found: JSON = values["rankingPolicyRule"]["values"]["parameters"]
    return found


def client(server: Server) -> AIOSClient:
    names = Endpoints.__dataclass_fields__
    return AIOSClient(Endpoints(**{name: f"{server.url}/{name}" for name in names}))


def register(aios: AIOSClient, package: PolicyPackage) -> str:
    """Upload and register a policy; return its URI."""
    code = aios.upload_policy(package)
    return aios.register_policy(PolicyRegistration(name=package.name, code=code, **VERSION))


VERSION: JSON = {"version": "2.0", "release_tag": "stable"}


def request_for(server: Server, uri: str) -> JSON:
    """Return the guide's request with the addresses of this server."""
    request = copy.deepcopy(guides_request())
    values = request["selection_query"]["body"]["values"]["rankingPolicyRule"]["values"]
    values["policyRuleURI"] = uri
    values["parameters"]["METRICS_BASE_URL"] = f"{server.url}/block_metrics/block/"
    return request


def in_new_sessions(server: Server, request: JSON, prefix: str) -> Iterator[bytes]:
    """Yield the request again and again, each time in a session that never was."""
    for number in itertools.count():
        body = json.dumps({**request, "session_id": f"{prefix}-{number}"}).encode()
        yield post("/adhoc/v1/infer", body, port=server.port)
