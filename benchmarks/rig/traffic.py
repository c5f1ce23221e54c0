"""Mixed traffic for an emulator, each answer held against the one right answer."""

from __future__ import annotations

import copy
import io
import itertools
import json
import time
import zipfile
from collections.abc import Awaitable, Callable
from typing import Any

from aios_nb import PolicyPackage

from .disturbance import Disturbance, is_server_error
from .fleet import POLICY, client, register, request_for
from .openloop import Caller, Kind, Wrong
from .process import Server

JSON = dict[str, Any]
SOURCE = """import time
class AIOSv1PolicyRule:
    def __init__(self, rule_id, settings, parameters): pass
    def eval(self, parameters, input_data, context):
        wanted = parameters["wanted"]
        if wanted == "raise":
            raise ValueError("asked to fail")
        while wanted == "hang":
            time.sleep(1)
        return next(c for c in input_data if c["id"] == wanted)
"""
CHAT = {"variable": "id", "operator": "LIKE", "value": "*-chat"}
RULE: JSON = {"matchType": "block", "filter": {"blockQuery": CHAT}}
BLOCKS = ("atlas-14b-chat", "finch-8b-chat", "deepseek-r1-70b-chat", "llama4-scout-17b-chat")
SESSIONS = 200
Visit = Callable[[Caller], Awaitable[None]]


class Traffic:
    """What is asked of one emulator; :meth:`prepare` fills it with policies and sessions."""

    def __init__(
        self, server: Server, disturbance: Disturbance, *, wait_limit_s: float, usual_s: float
    ) -> None:
        self.server, self.disturbance = server, disturbance
        self.usual_s, self.patient_s = usual_s, wait_limit_s + usual_s
        self.numbers = itertools.count(1)
        aios = client(server)
        self.wanted = register(aios, PolicyPackage.from_source("wanted", SOURCE))
        self.guides = request_for(server, register(aios, PolicyPackage.from_folder(POLICY)))
        self.archive = _archive()

    def kinds(self) -> list[Kind]:
        """Return the mixture: weights are per cent of the visitors."""
        usual_s, patient_s = self.usual_s, self.patient_s
        return [
            Kind("known session", 34, self.known_session, usual_s),
            Kind("named block", 15, self.named_block, usual_s),
            Kind("policy by Router", 4, self.routed, usual_s),
            Kind("metrics", 14, self.metrics, usual_s),
            Kind("block", 14, self.block, usual_s),
            Kind("filter", 6, self.filter, usual_s),
            Kind("fleet change", 2, self.fleet_change, usual_s, requests=9),
            Kind("new session", 1, self.new_session, usual_s),
            Kind("guide's policy", 1, self.ranked, usual_s),
            Kind("raising policy", 0.5, self.raising, usual_s),
            Kind("hanging policy", 0.1, self.hanging, patient_s),
            Kind("upload", 1, self.upload, usual_s, requests=2),
            Kind("cluster", 3, self.cluster, usual_s),
            Kind("component", 2, self.component, usual_s),
            Kind("server", 1, self.inference_server, usual_s),
            Kind("logs", 1, self.logs, usual_s),
            Kind("sometimes silent block", 0.5, self.silent_block, patient_s),
        ]

    async def prepare(self, caller: Caller) -> None:
        """Open the sessions, warm the policies and learn what cannot be known beforehand."""
        for number in range(SESSIONS):
            await self._open_session(caller, f"load-{number}", BLOCKS[number % len(BLOCKS)])
        self.best = await self._ranked_id(caller)
        names = (await caller.ask("POST", "/router/api/filter", _filtering(RULE))).json()["result"]
        self.chat_ids = [block["id"] for block in names]
        path = "/clusters/clusters/edge-cluster-1"
        self.first_cluster = (await caller.ask("GET", path)).body

    async def known_session(self, caller: Caller) -> None:
        number = next(self.numbers)
        session, block = f"load-{number % SESSIONS}", BLOCKS[number % SESSIONS % len(BLOCKS)]
        await self._infer(caller, _question(session, number), block)

    async def named_block(self, caller: Caller) -> None:
        number = next(self.numbers)
        block = BLOCKS[number % len(BLOCKS)]
        await self._infer(caller, {**_question("named", number), "model": block}, block)

    async def new_session(self, caller: Caller) -> None:
        number = next(self.numbers)
        await self._open_session(caller, f"new-{number}", BLOCKS[number % len(BLOCKS)])

    async def routed(self, caller: Caller) -> None:
        wanted = BLOCKS[next(self.numbers) % len(BLOCKS)]
        found = await self._search(caller, wanted)
        if found is not None:
            _expect([True, wanted], [found[0], found[1].get("id", found[1])])

    async def raising(self, caller: Caller) -> None:
        found = await self._search(caller, "raise")
        if found is not None:
            _expect(True, "asked to fail" in json.dumps(found))

    async def hanging(self, caller: Caller) -> None:
        found = await self._search(caller, "hang")
        if found is not None:
            _expect(True, "emulator:" in json.dumps(found))

    async def ranked(self, caller: Caller) -> None:
        since = time.perf_counter()
        found = await self._ranked_id(caller)
        # A fault excuses that nothing was found, never another block.
        if isinstance(found, str) or not self._excused("policy_executor", since):
            _expect(self.best, found)

    async def metrics(self, caller: Caller) -> None:
        block = BLOCKS[next(self.numbers) % len(BLOCKS)]
        answer = await caller.ask("GET", f"/block_metrics/block/{block}")
        _expect([200, block], [answer.status, answer.json()["data"][0]["blockId"]])

    async def block(self, caller: Caller) -> None:
        block = BLOCKS[next(self.numbers) % len(BLOCKS)]
        answer = await caller.ask("GET", f"/blocks/blocks/{block}")
        _expect([200, block], [answer.status, answer.json()["id"]])

    async def filter(self, caller: Caller) -> None:
        answer = await caller.ask("POST", "/router/api/filter", _filtering(RULE))
        _expect(self.chat_ids, [block["id"] for block in answer.json()["result"]])

    async def fleet_change(self, caller: Caller) -> None:
        """Add a block with metrics, change both, read both, remove both, miss both."""
        number = next(self.numbers)
        block, metrics = f"/blocks/blocks/tide-{number}", f"/block_metrics/block/tide-{number}"
        instances = [{"instanceId": "i", "load": number}]
        _expect(201, (await caller.ask("POST", "/blocks/blocks", {"id": f"tide-{number}"})).status)
        document = {"blockId": f"tide-{number}", "instances": []}
        _expect(201, (await caller.ask("POST", "/block_metrics/block", document)).status)
        await caller.ask("PUT", block, {"component": {"n": number}})
        await caller.ask("PUT", metrics, {"instances": instances})
        _expect({"n": number}, (await caller.ask("GET", block)).json()["component"])
        _expect(instances, (await caller.ask("GET", metrics)).json()["data"][0]["instances"])
        await caller.ask("DELETE", metrics)
        await caller.ask("DELETE", block)
        _expect(404, (await caller.ask("GET", block)).status)

    async def upload(self, caller: Caller) -> None:
        name = f"load-{next(self.numbers) % 5}.zip"
        disposition = f'Content-Disposition: form-data; name="file"; filename="{name}"'
        body = f"--cut\r\n{disposition}\r\n\r\n".encode() + self.archive + b"\r\n--cut--\r\n"
        kind = "multipart/form-data; boundary=cut"
        _expect(200, (await caller.ask("POST", "/policy_store/upload", body, kind=kind)).status)
        answer = await caller.ask("GET", f"/static_server/{name}")
        _expect(True, answer.body == self.archive)

    async def cluster(self, caller: Caller) -> None:
        since = time.perf_counter()
        answer = await caller.ask("GET", "/clusters/clusters/edge-cluster-1")
        if not (is_server_error(answer) and self._excused("clusters", since)):
            _expect(self.first_cluster, answer.body)

    async def component(self, caller: Caller) -> None:
        since = time.perf_counter()
        answer = await caller.ask("GET", "/components/health")
        if not (is_server_error(answer) and self._excused("components", since)):
            _expect(200, answer.status)

    async def inference_server(self, caller: Caller) -> None:
        since = time.perf_counter()
        answer = await caller.ask("GET", "/inference_servers/inference_server/ghost")
        if not (is_server_error(answer) and self._excused("inference_servers", since)):
            _expect(404, answer.status)

    async def logs(self, caller: Caller) -> None:
        since = time.perf_counter()
        query = "query=%7Bcontainer%3D%22search-server%22%7D&limit=5"
        answer = await caller.ask("GET", f"/logs/loki/api/v1/query_range?{query}")
        _expect([200, "success"], [answer.status, answer.json()["status"]])
        if time.perf_counter() - since > 0.4:
            self._excused("logs", since)

    async def silent_block(self, caller: Caller) -> None:
        since, number = time.perf_counter(), next(self.numbers)
        request = {**_question("silent", number), "model": "dune-13b-chat"}
        answer = (await caller.ask("POST", "/adhoc/v1/infer", request)).json()
        is_silent = answer.get("success") is False and "emulator:" in answer["message"]
        if not (is_silent and self._excused("block", since)):
            _expect(["dune-13b-chat", number], [answer.get("model"), answer.get("seq_no")])

    async def _open_session(self, caller: Caller, session: str, wanted: str) -> None:
        since = time.perf_counter()
        request = {**_question(session, 1), "selection_query": self._query(wanted)}
        answer = (await caller.ask("POST", "/adhoc/v1/infer", request)).json()
        is_failure = answer.get("success") is False
        if not (is_failure and self._excused("policy_executor", since)):
            _expect(wanted, answer.get("model"))

    async def _infer(self, caller: Caller, request: JSON, block: str) -> None:
        answer = (await caller.ask("POST", "/adhoc/v1/infer", request)).json()
        asked = [block, request["session_id"], request["seq_no"]]
        _expect(asked, [answer.get(k) for k in ("model", "session_id", "seq_no")])
        _expect(True, block in answer["data"]["reply"])

    async def _search(self, caller: Caller, wanted: str) -> Any:
        """Return the Router's result; None: the policy executor had an injected fault."""
        since = time.perf_counter()
        answer = await caller.ask("POST", "/router/api/search", self._query(wanted))
        found = answer.json().get("result") or [False, answer.json()]
        is_failure = not isinstance(found[1], dict) or "id" not in found[1]
        if is_failure and self._excused("policy_executor", since):
            return None
        return found

    async def _ranked_id(self, caller: Caller) -> Any:
        path, query = "/adhoc_control/discovery/search", self.guides["selection_query"]
        found = (await caller.ask("POST", path, query)).json()["data"]
        return found.get("id", found) if isinstance(found, dict) else found

    def _query(self, wanted: str) -> JSON:
        query: JSON = copy.deepcopy(self.guides["selection_query"])
        rule = query["body"]["values"]["rankingPolicyRule"]["values"]
        rule["policyRuleURI"] = self.wanted
        rule["parameters"] = {"filterRule": RULE, "wanted": wanted}
        return query

    def _excused(self, service: str, since: float) -> bool:
        return self.disturbance.excuses(service, since=since)


def _question(session: str, number: int) -> JSON:
    data = {"mode": "chat", "message": f"Question {number}"}
    return {"model": "", "session_id": session, "seq_no": number, "data": data, "graph": {}}


def _filtering(rule: JSON) -> JSON:
    return {"body": {"values": rule}}


def _archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("code/function.py", SOURCE * 50)
    return buffer.getvalue()


def _expect(expected: object, actual: object) -> None:
    if expected != actual:
        raise Wrong(f"expected {expected!r}, got {actual!r}"[:300])
