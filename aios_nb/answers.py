"""AIOS says no in several shapes, most of them with HTTP 200: one place that reads them all."""

from __future__ import annotations

from typing import Any, NamedTuple

from .errors import ServiceError
from .exchanges import redacted, redacted_text
from .hints import POLICY_SAID, SEARCH_FAILED, hint_for, policy_hint
from .wire import JSON, shown

NO_CANDIDATE = "no block selected in the specified filter"
# A null result is mistaken for a missing action: PA/core/api.py (contract §5.10).
NO_CLUSTER_MATCHES = "Action filter is not implemented"


class LogLine(NamedTuple):
    """One log line: when (nanoseconds since the epoch), what, and the labels of its container."""

    ns: int
    line: str
    labels: dict[str, str]


def failure_of(status: int, body: Any) -> str | None:
    """Return the service's words if the answer is a no, and ``None`` if it is a yes.

    Examples
    --------
    >>> failure_of(200, {"success": False, "message": "Policy not found."})
    'Policy not found.'
    >>> failure_of(200, {"success": True, "data": [False, "boom"]})
    'boom'
    >>> failure_of(200, {"success": True, "data": []}) is None
    True
    """
    if status >= 400:
        return _words(body) or f"HTTP {status} without a word"
    if not isinstance(body, dict):
        return None
    if body.get("success") is False or body.get("error"):
        return _words(body) or "success is false, and no reason is given"
    # A reply of /v1/infer has no "success": what a block puts into "data" is its own affair.
    if body.get("success") is True:
        return _nested(body.get("data")) or _nested(body.get("result"))
    return None


def is_second_hand(message: str) -> bool:
    """Say whether the search server's own words were lost on the way to this message."""
    return message == SEARCH_FAILED or "/api/no-ir/" in message


def unwrap(service: str, status: int, body: Any, key: str | None = None) -> Any:
    """Return what a yes carries.

    Parameters
    ----------
    key
        Name of the envelope's member; ``None``: the whole body.

    Raises
    ------
    ServiceError
        The answer is a no, or lacks the member.
    """
    message = failure_of(status, body)
    if message is not None:
        raise ServiceError(service, status, redacted_text(message), hint_for(message, service))
    if key is None:
        return body
    if not isinstance(body, dict) or key not in body:
        message = f"unexpected answer without {key!r}: {shown(redacted(body))}"
        raise ServiceError(service, status, message, "is the address that of another service?")
    return body[key]


def candidates(service: str, status: int, body: Any) -> list[JSON]:
    """Return the blocks that a filter lets pass; none if no cluster matches.

    Raises
    ------
    ServiceError
        The filter could not be evaluated.
    """
    if status == 400 and _words(body) == NO_CLUSTER_MATCHES:
        return []
    return list(unwrap(service, status, body, "result") or [])


def selected_block(service: str, status: int, body: Any) -> JSON:
    """Return the block that a search chose, by the rules of the ad-hoc server.

    Raises
    ------
    ServiceError
        The search failed, no block passed, or the policy returned no block.
    """
    try:
        result = unwrap(service, status, body, "result")
    except ServiceError as error:
        if _is_of_policy(body, error.message):
            raise ServiceError(
                service, status, error.message, policy_hint(error.message)
            ) from error
        if error.hint:
            raise
        raise ServiceError(service, status, error.message, POLICY_SAID) from error
    chosen = result[1] if isinstance(result, list) and len(result) == 2 else result
    if isinstance(chosen, list):
        if not chosen:
            raise ServiceError(service, status, NO_CANDIDATE, hint_for(NO_CANDIDATE, service))
        chosen = chosen[0]
    if isinstance(chosen, dict) and chosen.get("id"):
        return chosen
    message = redacted_text(_policy_words(chosen))
    raise ServiceError(service, status, message, hint_for(message, service) or POLICY_SAID)


def _is_of_policy(body: Any, message: str) -> bool:
    """Say whether the Router handed on what a policy said, and not what failed before it ran."""
    result = body.get("result") if isinstance(body, dict) else None
    is_handed_on = isinstance(result, list) and result[:1] == [True]
    return is_handed_on and not is_second_hand(message) and "HTTPConnectionPool" not in message


def log_lines(service: str, status: int, body: Any) -> list[LogLine]:
    """Return the lines of a Loki answer, oldest first.

    Raises
    ------
    ServiceError
        The query was refused, or the answer is not Loki's.
    """
    data = unwrap(service, status, body, "data")
    try:
        lines = [
            LogLine(int(ns), line, dict(stream["stream"]))
            for stream in data["result"]
            for ns, line in stream["values"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        message = f"unexpected answer: {shown(body)}"
        hint = 'a log query such as {container="…"} is expected, no metric query'
        raise ServiceError(service, status, message, hint) from error
    return sorted(lines, key=lambda entry: entry.ns)


def _nested(part: Any) -> str | None:
    """Return the words of a failure that travels inside a yes."""
    if isinstance(part, list) and len(part) == 2 and isinstance(part[0], bool):
        yes, inner = part
        # The search server answers [false, text], the Router [true, {success: false, …}].
        return _nested(inner) if yes else _words(inner) or "the search failed"
    if isinstance(part, dict) and part.get("success") is False:
        return _words(part) or "success is false, and no reason is given"
    return None


def _words(body: Any) -> str:
    """Return the words in whichever member a service puts them."""
    if isinstance(body, str):
        return " ".join(_without_tags(body).split())[:500]
    if not isinstance(body, dict):
        return "" if body is None else shown(body, 500)
    for key in ("message", "error", "reason", "detail"):
        part = body.get(key)
        if isinstance(part, dict):
            return _words(part)
        if isinstance(part, str) and part:
            return part
    rest = {key: part for key, part in body.items() if key != "success"}
    return shown(rest, 500) if rest else ""


def _without_tags(page: str) -> str:
    import re  # only an error page needs it

    head = re.sub(r"(?is)<(style|script|head)\b.*?</\1>", " ", page) if "<" in page else page
    return re.sub(r"<[^>]*>", " ", head)


def _policy_words(chosen: Any) -> str:
    """Return what the policy said instead of a block, in the ad-hoc server's words."""
    if isinstance(chosen, dict):
        reason = chosen.get("reason") or chosen.get("message")
        return str(reason) if reason else f"invalid similarity search result, {shown(chosen)}"
    return f"'{type(chosen).__name__}' object has no attribute 'get'"
