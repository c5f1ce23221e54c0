"""One emulator with the two blocks of contract §6.5, and what the cases share."""

import copy
import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from aios_nb.emulator import Emulator

FIXTURES = Path(__file__).parents[2] / "fixtures"
JSON = dict[str, Any]
PAIR = ("atlas-14b-chat", "lynx-27b-vision")


class Cluster:
    """The emulator as a plain HTTP client sees it."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.url = emulator.addresses
        self._sessions = 0

    def call(self, method: str, service: str, path: str, **options: Any) -> requests.Response:
        options.setdefault("timeout", 20)
        return requests.request(method, self.url[service] + path, **options)

    def post(self, service: str, path: str, body: Any) -> requests.Response:
        return self.call("POST", service, path, json=body)

    def control(self, method: str, path: str, **options: Any) -> requests.Response:
        url = f"{self.emulator.url}/_emulator{path}"
        return requests.request(method, url, timeout=20, **options)

    def upload(self, name: str, archive: bytes) -> str:
        form = {"file": (name, archive)}
        answer = self.call("POST", "policy_store", "/upload", files=form, data={"path": "."})
        assert 200 == answer.status_code
        return f"{self.url['static_server']}/{name}"

    def register(self, name: str, code: str, **fields: Any) -> str:
        record = json.loads((FIXTURES / "guide" / "registration.json").read_text())
        record.update(name=name, code=code, **fields)
        answer = self.post("policy_system", "/policy", record)
        assert {"data": "Policy created successfully.", "success": True} == answer.json()
        return f"{name}:{record['version']}-{record['release_tag']}"

    def deploy(self, name: str, source: str) -> str:
        return self.register(name, self.upload(f"{name}.zip", zipped({"code/function.py": source})))

    def request(self, policy: str, **changes: Any) -> JSON:
        """Return the guide's request for a new session, with this cluster's addresses."""
        self._sessions += 1
        request = json.loads((FIXTURES / "guide" / "request.json").read_text())
        request["session_id"] = f"golden-{self._sessions}"
        rule = ranking(request)
        rule["policyRuleURI"] = policy
        rule["parameters"]["METRICS_BASE_URL"] = self.url["block_metrics"] + "/block/"
        request.update(changes)
        return request

    def infer(self, request: JSON) -> JSON:
        answer = self.post("adhoc", "/v1/infer", request)
        assert 200 == answer.status_code
        return dict(answer.json())


def ranking(request: JSON) -> JSON:
    rule: JSON = request["selection_query"]["body"]["values"]["rankingPolicyRule"]["values"]
    return rule


def zipped(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fleet")
    shutil.copytree(FIXTURES / "clusters", folder / "clusters")
    for kind in ("blocks", "metrics", "replies"):
        (folder / kind).mkdir()
        for block in PAIR:
            shutil.copy(FIXTURES / kind / f"{block}.json", folder / kind)
    return folder


@pytest.fixture
def cluster(fleet: Path) -> Iterator[Cluster]:
    with Emulator(fleet=fleet, wait_limit_s=1.0, time_scale=0.01, grpc_port=0) as emulator:
        yield Cluster(emulator)


@pytest.fixture
def reference(cluster: Cluster) -> str:
    return cluster.deploy("reference", (Path(__file__).parent / "reference_like.py").read_text())


@pytest.fixture
def add_block(cluster: Cluster) -> Callable[..., JSON]:
    """Register a copy of the first block under another id, with metrics of its own."""

    def add(block_id: str, instances: list[JSON] | None = None, **changes: Any) -> JSON:
        block = json.loads((FIXTURES / "blocks" / f"{PAIR[0]}.json").read_text())
        block = {k: v for k, v in block.items() if k not in {"_id", "__v"}} | {"id": block_id}
        block.update(copy.deepcopy(changes))
        assert 201 == cluster.post("blocks", "/blocks", block).status_code
        if instances is not None:
            document = {"blockId": block_id, "instances": instances}
            assert 201 == cluster.post("block_metrics", "/block", document).status_code
        return block

    return add
