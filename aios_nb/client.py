"""One method per HTTP call: the guide's steps as verbs. Here: filter, select, infer."""

from __future__ import annotations

from . import answers
from .caller import limit
from .errors import AIOSError, PayloadError, ServiceError
from .hints import hint_for
from .inference import InferenceRequest
from .policy_calls import PolicyCalls
from .query import FilterRule
from .registry_calls import RegistryCalls
from .result import InferenceResult
from .selection import TEMPLATE_URI, SelectionQuery
from .wire import JSON

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


class AIOSClient(PolicyCalls, RegistryCalls):
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
