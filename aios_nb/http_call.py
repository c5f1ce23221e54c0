"""One HTTP call on its way: what it sends, and how it words what goes wrong."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NoReturn

import requests

from .errors import TransportError
from .exchanges import redacted, redacted_text
from .wire import JSON, shown

CONNECT_LIMIT_S = 10.0


@dataclass(frozen=True)
class HTTPCall:
    """A call with its limit in seconds.

    Parameters
    ----------
    content
        ``json``, ``files``, ``data``, ``params`` and ``headers`` as ``requests`` takes them.
    expect
        ``json``: an answer that is not JSON fails, unless its status says no already.
    next_step
        What to do after a failure, added to the message.
    """

    service: str
    method: str
    url: str
    timeout_s: float
    content: JSON
    expect: Literal["json", "any"] = "json"
    next_step: str = ""

    @cached_property
    def sent(self) -> Any:
        """What the history shows of the content: no secrets, and of files their sizes."""
        files, data = self.content["files"], self.content["data"]
        if files is None and data is None:
            json, params = self.content["json"], self.content["params"]
            return redacted(json if json is not None else params)
        parts: JSON = {k: f"{name}, {len(raw)} bytes" for k, (name, raw) in (files or {}).items()}
        return parts | redacted(dict(data or {}))

    def check(self, response: requests.Response, body: Any, *, is_json: bool) -> None:
        """Refuse an answer that no AIOS service gives."""
        if 300 <= response.status_code < 400:
            target = redacted_text(response.headers.get("Location", "nowhere"))
            self.refuse(
                f"redirects to {target[:200]}", "no AIOS service does: is the address right?"
            )
        if response.status_code < 400 and not is_json and self.expect == "json":
            said = shown(redacted(body))
            self.refuse(
                f"answered {response.status_code} with something that is not JSON: {said}",
                "is another service listening there?",
            )

    def fail(self, error: requests.RequestException) -> NoReturn:
        """Raise a TransportError in words that a reader can act on."""
        what, next_step, timed_out = _explained(error, self.timeout_s)
        self.refuse(what, next_step, timed_out=timed_out, cause=error)

    def refuse(
        self,
        what: str,
        next_step: str = "",
        *,
        timed_out: bool = False,
        cause: Exception | None = None,
    ) -> NoReturn:
        """Raise a TransportError: who, where, what, and what to do next."""
        where = redacted_text(self.url)
        # The caller's advice is about a service that was reached, and stayed silent.
        advice = next_step or self.next_step
        message = f"{self.service} at {where} {what}" + (f"; {advice}" if advice else "")
        error = TransportError(message, service=self.service, url=where, timed_out=timed_out)
        raise error from cause


def _explained(error: requests.RequestException, timeout_s: float) -> tuple[str, str, bool]:
    """Return what happened, what to do about it, and whether a time limit ended the call."""
    words = str(error)
    if isinstance(error, requests.ConnectTimeout):
        limit_s = min(CONNECT_LIMIT_S, timeout_s)
        reach = "is the host right, and can it be reached from here?"
        return f"took no connection within {limit_s:g} s", reach, True
    if isinstance(error, requests.Timeout):
        return f"did not answer within {timeout_s:g} s", "", True
    if "refused" in words:
        return "refuses connections", "is it running, and is the port right?", False
    if any(mark in words for mark in ("NameResolution", "getaddrinfo", "Name or service")):
        return "cannot be found: the host name is unknown", "is it spelt right?", False
    if isinstance(error, requests.exceptions.InvalidURL):
        return "is no address", "expected http://HOST:PORT", False
    return f"broke the connection ({shown(words, 200)})", "", False
