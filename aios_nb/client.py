"""One method per HTTP call: the guide's steps as verbs."""

from __future__ import annotations

import time
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from . import answers
from .answers import LogLine
from .caller import Caller, limit
from .errors import AIOSError, PayloadError, ServiceError
from .hints import hint_for
from .inference import InferenceRequest, InferenceResult
from .policy import PolicyPackage, PolicyRegistration
from .query import FilterRule
from .selection import TEMPLATE_URI, SelectionQuery
from .wire import JSON, shown, text

REASON_TIMEOUT_S = 3.0
# Who still has the words that the ad-hoc server or the Router lost.
REASONS = {
    "adhoc_control": {"search": "/discovery/search", "filter": "/discovery/filter"},
    "search_server": {"search": "/api/similarity-search", "filter": "/api/filter-data"},
}
SILENCE = (
    "AIOS says nothing when a block fails, so it may never answer: see the block's log and "
    "block_health(), and do not repeat the same (session_id, seq_no) (lesson 04)"
)


class AIOSClient(Caller):
    """A connection to AIOS; use it as a context manager, or call :meth:`close`.

    Parameters
    ----------
    endpoints
        One address per service.
    timeout_s
        Limit of an ordinary call, in seconds.
    infer_timeout_s
        Limit of :meth:`infer` and :meth:`select_block`, in seconds: real blocks take minutes, and
        a policy may ask one.
    grafana
        Who asks for logs: a bearer token, or name and password. ``None``: nobody, and the address
        of ``logs`` is Loki's own.
    grafana_datasource
        Id of Loki in Grafana (``uid/...`` works too); used with ``grafana`` only.
    emulator
        What serves the endpoints, closed together with the client.

    Examples
    --------
    >>> from aios_nb import Endpoints
    >>> AIOSClient(Endpoints(adhoc="http://127.0.0.1:31504"))
    AIOSClient(adhoc='http://127.0.0.1:31504')
    """

    def upload_policy(self, package: PolicyPackage) -> str:
        """Return the URL from which AIOS fetches the uploaded package.

        A package of the same name is overwritten, and changes what every policy that is
        registered with it does, at once.

        Raises
        ------
        ServiceError
            The policy store said no.
        TransportError
            It gave no usable answer.
        """
        answer = self._send(
            "policy_store",
            "POST",
            "/upload",
            files={"file": (package.file_name, package.archive())},
            data={"path": "."},
            expect="any",
        )
        answers.unwrap("policy_store", answer.status, answer.body)
        return f"{self.endpoints.address('static_server')}/{quote(package.file_name)}"

    def register_policy(self, registration: PolicyRegistration) -> str:
        """Return the URI under which the policy is now registered.

        AIOS accepts the same URI twice and goes on using the first record: give a new version,
        or call :meth:`update_policy`.

        Raises
        ------
        PayloadError
            The registration has no ``code``.
        ServiceError
            The policy system said no (with HTTP 200).
        TransportError
            It gave no usable answer.
        """
        self._ask("policy_system", "POST", "/policy", "data", json=_complete(registration))
        return registration.uri

    def deploy_policy(
        self, package: PolicyPackage, registration: PolicyRegistration | None = None
    ) -> str:
        """Upload, then register (lesson 01 shows both steps), and return the policy's URI.

        Parameters
        ----------
        registration
            Its ``code`` is filled in. ``None``: version 1.0, named like the package.

        Raises
        ------
        ServiceError
            One of the two services said no.
        TransportError
            One of them gave no usable answer.
        """
        record = registration or PolicyRegistration(package.name)
        return self.register_policy(replace(record, code=self.upload_policy(package)))

    def read_policy(self, policy_uri: str) -> PolicyRegistration:
        """Return the (first) record registered under this URI.

        Raises
        ------
        ServiceError
            There is none.
        TransportError
            The policy system gave no usable answer.
        """
        record = self._ask("policy_system", "GET", f"/policy/{_part(policy_uri)}", "data")
        return _record(record)

    def download_policy(self, policy_uri: str) -> PolicyPackage:
        """Return the package that AIOS runs for this URI, from the static server.

        Raises
        ------
        PayloadError
            What is served is no package that AIOS could run.
        ServiceError
            There is no such policy, or its ``code`` serves nothing.
        TransportError
            The policy system or the static server gave no usable answer.
        """
        code = self.read_policy(policy_uri).code
        name = Path(unquote(urlsplit(code).path)).name
        # AIOS knows the static server by an address that need not lead anywhere from here.
        answer = self._send("static_server", "GET", f"/{quote(name)}", expect="any")
        answers.unwrap("static_server", answer.status, answer.body if answer.status > 399 else {})
        return PolicyPackage.from_archive(name.split(".")[0], answer.raw)

    def update_policy(self, registration: PolicyRegistration) -> None:
        """Replace the (first) record of the same URI.

        Raises
        ------
        PayloadError
            The registration has no ``code``.
        ServiceError
            There is no such record, or it equals the new one.
        TransportError
            The policy system gave no usable answer.
        """
        path = f"/policy/{_part(registration.uri)}"
        self._ask("policy_system", "PUT", path, "data", json=_complete(registration))

    def delete_policy(self, policy_uri: str) -> None:
        """Delete the (first) record of this URI; the uploaded archive stays.

        Raises
        ------
        ServiceError
            There is none.
        TransportError
            The policy system gave no usable answer.
        """
        self._ask("policy_system", "DELETE", f"/policy/{_part(policy_uri)}", "data")

    def query_policies(self, query: JSON | None = None) -> list[PolicyRegistration]:
        """Return the records that a Mongo filter finds, oldest first.

        Parameters
        ----------
        query
            Such as ``{"name": "attributebasedrouter"}``; ``None``: all.

        Raises
        ------
        ServiceError
            The policy system said no.
        TransportError
            It gave no usable answer.
        """
        records = self._ask("policy_system", "POST", "/policy/query", "data", json=query or {})
        return [_record(record) for record in records]

    def find_candidates(self, filter_rule: FilterRule) -> list[JSON]:
        """Return the blocks that pass, each with its live metrics under ``metrics``.

        Raises
        ------
        ServiceError
            The filter could not be evaluated; the hint has the search server's own words if
            the control API can be asked.
        TransportError
            The Router gave no usable answer.
        """
        spec = {"header": {"templateUri": TEMPLATE_URI}, "body": {"values": filter_rule.to_wire()}}
        answer = self._send("router", "POST", "/api/filter", json=spec)
        try:
            return answers.candidates("router", answer.status, answer.body)
        except ServiceError as error:
            raise self._explained(error, "filter", spec) from error

    def select_block(self, selection_query: SelectionQuery) -> JSON:
        """Return the block that AIOS selects, without asking it anything.

        Raises
        ------
        ServiceError
            No candidate passed, the policy failed, or the search did; the hint has the search
            server's own words if the control API can be asked.
        TransportError
            The Router gave no usable answer.
        """
        spec = selection_query.to_wire()
        limit_s = self.infer_timeout_s
        answer = self._send("router", "POST", "/api/search", json=spec, timeout_s=limit_s)
        try:
            return answers.selected_block("router", answer.status, answer.body)
        except ServiceError as error:
            raise self._explained(error, "search", spec) from error

    def infer(
        self, request: InferenceRequest, *, timeout_s: float | None = None
    ) -> InferenceResult:
        """Select a block, ask it, and return what it answered. Never sent twice.

        Parameters
        ----------
        timeout_s
            Limit in seconds. ``None``: the client's ``infer_timeout_s``, 180 s, because
            recorded answers of real blocks took up to 152 s.

        Raises
        ------
        ServiceError
            Nothing was selected, the policy failed, or the block is unknown (all HTTP 200).
        TransportError
            No usable answer; after the limit this often means that the block failed.
        """
        answer = self._send(
            "adhoc",
            "POST",
            "/v1/infer",
            json=request.to_wire(),
            timeout_s=self.infer_timeout_s if timeout_s is None else limit(timeout_s),
            next_step=SILENCE,
        )
        try:
            body = answers.unwrap("adhoc", answer.status, answer.body)
            return InferenceResult.from_wire(body, elapsed_s=answer.elapsed_ms / 1000)
        except PayloadError as error:
            hint = "is the address that of another service?"
            raise ServiceError("adhoc", answer.status, str(error), hint) from error
        except ServiceError as error:
            if request.selection_query is None:
                raise
            raise self._explained(error, "search", request.selection_query.to_wire()) from error

    def read_metrics(self, block_id: str) -> JSON:
        """Return the block's live metrics, ``{blockId, instances}``; empty if it has none.

        Raises
        ------
        ServiceError
            The metrics service said no.
        TransportError
            It gave no usable answer.
        """
        found = self._ask("block_metrics", "GET", f"/block/{_part(block_id)}", "data")
        return dict(found[0]) if found else {}

    def block_health(self, block_id: str) -> JSON:
        """Return ``{block_id, healthy, instances}``; a block without instances counts as healthy.

        Raises
        ------
        ServiceError
            Nothing is known about the block.
        TransportError
            The metrics service gave no usable answer.
        """
        health = self._ask("block_metrics", "GET", f"/block/health/{_part(block_id)}")
        return {key: value for key, value in health.items() if key != "success"}

    def read_block(self, block_id: str) -> JSON:
        """Return the block's document in the registry.

        Raises
        ------
        ServiceError
            There is no such block.
        TransportError
            The registry gave no usable answer.
        """
        return dict(self._ask("blocks", "GET", f"/blocks/{_part(block_id)}"))

    def query_blocks(self, query: JSON | None = None) -> list[JSON]:
        """Return the blocks that a Mongo filter finds.

        Parameters
        ----------
        query
            Such as ``{"id": "atlas-14b-chat"}``; ``None``: all.

        Raises
        ------
        ServiceError
            The registry refused the filter.
        TransportError
            It gave no usable answer.
        """
        return list(self._ask("blocks", "POST", "/blocks/query", json={"query": query or {}}))

    def query_clusters(self, query: JSON | None = None) -> list[JSON]:
        """Return the clusters that a Mongo filter finds; ``None``: all.

        Raises
        ------
        ServiceError
            The registry refused the filter.
        TransportError
            It gave no usable answer.
        """
        return list(self._ask("clusters", "POST", "/clusters/query", json={"query": query or {}}))

    def read_logs(self, logql: str, *, since_s: float = 3600.0, limit: int = 1000) -> list[LogLine]:
        """Return the newest log lines that a LogQL query finds, oldest first.

        Parameters
        ----------
        logql
            Such as ``{container="executor-executor-001"} |= "Final Score"``.
        since_s
            How far to look back, in seconds.
        limit
            How many lines at most.

        Returns
        -------
        list of LogLine
            Each is ``(ns, line, labels)``.

        Raises
        ------
        ServiceError
            The query was refused, or the credentials were.
        TransportError
            The log service gave no usable answer.
        """
        now_ns = time.time_ns()
        params = {
            "query": text(logql, "logql", example='{container="executor-executor-001"}'),
            "start": str(now_ns - int(since_s * 1e9)),
            "end": str(now_ns + 10**9),  # this very moment included
            "limit": str(limit),
            "direction": "backward",
        }
        path = f"{self._loki}/loki/api/v1/query_range"
        answer = self._send("logs", "GET", path, params=params, headers=self._grafana)
        return answers.log_lines("logs", answer.status, answer.body)

    def _explained(self, error: ServiceError, what: str, spec: JSON) -> ServiceError:
        """Return the error with the search server's own words, where AIOS lost them on the way."""
        if not answers.is_second_hand(error.message):
            return error
        reason = self._reason(what, spec)
        if not reason:
            return error
        meaning = hint_for(reason, "search_server")
        hint = f"the search itself failed; in its own words: {reason}"
        hint += f"; that is, {meaning}" if meaning else " (lesson 03)"
        return ServiceError(error.service, error.status, error.message, hint)

    def _reason(self, what: str, spec: JSON) -> str:
        """Return why a search fails, from whoever can be reached; empty if nobody says."""
        for service, paths in REASONS.items():
            try:
                answer = self._send(
                    service, "POST", paths[what], json=spec, timeout_s=REASON_TIMEOUT_S
                )
            except AIOSError:  # its address is unknown, or it does not answer
                continue
            words = answers.failure_of(answer.status, answer.body)
            if words:
                return words
        return ""


def _record(document: Any) -> PolicyRegistration:
    """Return a stored record; what a newer AIOS may add to it is left out."""
    names = (*(entry.name for entry in fields(PolicyRegistration)), "policy_rule_uri")
    return PolicyRegistration.from_wire({k: v for k, v in document.items() if k in names})


def _complete(registration: PolicyRegistration) -> JSON:
    if not registration.code:
        raise PayloadError(
            f"the registration of {registration.uri!r} has no code; give the URL that "
            "upload_policy() returns, or call deploy_policy()"
        )
    return registration.to_wire()


def _part(value: str) -> str:
    """Return one part of a path, quoted; a slash in it must not lead elsewhere."""
    part = text(value, "an id in an address", example="atlas-14b-chat")
    if part in {".", ".."}:
        raise PayloadError(f"an id in an address is {shown(part)}; expected a name")
    return quote(part, safe=":")
