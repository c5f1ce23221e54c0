"""HTTP with limits: the only user of requests, and the keeper of what was said."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Literal, NoReturn, Protocol, Self
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.util import Retry

from .errors import TransportError
from .exchanges import Answer, Exchange, History, parsed, redacted, redacted_text
from .wire import JSON, shown

CONNECT_LIMIT_S = 10.0
SIZE_LIMIT_BYTES = 64 * 2**20
RETRY_AFTER_LIMIT_S = 5
HISTORY_LENGTH = 200


class Recorder(Protocol):
    """Keeps answers, or gives kept ones (``recording.py``)."""

    def find(self, service: str, method: str, url: str, sent: Any) -> Answer | None: ...
    def keep(
        self, service: str, method: str, url: str, sent: Any, answer: Answer | TransportError
    ) -> None: ...


class Transport:
    """Pooled connections, limits on time and size, and a bounded history; threads may share it.

    Parameters
    ----------
    size_limit_bytes
        Longer answers are refused.
    history_length
        How many exchanges are kept.
    """

    def __init__(
        self,
        *,
        size_limit_bytes: int = SIZE_LIMIT_BYTES,
        history_length: int = HISTORY_LENGTH,
    ) -> None:
        self.history = History(history_length, size_limit_bytes)
        self.recorder: Recorder | None = None
        self._size_limit_bytes = size_limit_bytes
        self._near, self._far = _session(), _session()
        self._near.trust_env = False  # a proxy of the environment cannot reach this machine

    def close(self) -> None:
        """Give up all pooled connections."""
        self._near.close()
        self._far.close()

    def send(
        self,
        service: str,
        method: str,
        url: str,
        *,
        timeout_s: float,
        json: Any = None,
        files: Mapping[str, tuple[str, bytes]] | None = None,
        data: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        expect: Literal["json", "any"] = "json",
        next_step: str = "",
    ) -> Answer:
        """Send one request and return the answer, whatever its status.

        Only GET is ever sent again: when no connection could be made, and after a status 429 or
        503 (a ``Retry-After`` is heeded up to 5 s).

        Parameters
        ----------
        timeout_s
            Limit in seconds for each attempt, the body included.
        json, files, data, params, headers
            As in ``requests``.
        expect
            ``json``: an answer that is not JSON fails, unless its status says no already.
        next_step
            What to do after a failure, added to the message.

        Raises
        ------
        TransportError
            No usable answer came: refused, timed out, redirected, not JSON, too large.
        """
        call = _Call(service, method, url, timeout_s, next_step)
        sent = _sent(json, files, data, params)
        ask = partial(self._ask, call, sent, json, files, data, params, headers, expect)
        return ask() if self.recorder is None else self._recorded(self.recorder, call, sent, ask)

    def _recorded(
        self, recorder: Recorder, call: _Call, sent: Any, ask: Callable[[], Answer]
    ) -> Answer:
        """Give the kept answer, or ask and keep what comes, a failure too."""
        facts = call.service, call.method, call.url, sent
        try:
            kept = recorder.find(*facts)
        except TransportError as error:
            self.history.append(Exchange(*facts, None, 0.0, failure=error.text))
            raise
        if kept is not None:
            self.history.append(Exchange(*facts, kept.status, kept.elapsed_ms, kept.raw))
            return kept
        try:
            answer = ask()
        except TransportError as error:
            recorder.keep(*facts, error)
            raise
        recorder.keep(*facts, answer)
        return answer

    def _ask(
        self,
        call: _Call,
        sent: Any,
        json: Any,
        files: Mapping[str, tuple[str, bytes]] | None,
        data: Mapping[str, str] | None,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        expect: Literal["json", "any"],
    ) -> Answer:
        """Ask over HTTP, and keep in the history what became of it."""
        started = time.perf_counter()
        status, raw, failure = None, b"", ""
        try:
            with self._open(call, json, files, data, params, headers) as response:
                status = response.status_code
                raw = self._read(call, response, started)
            body, is_json = parsed(raw)
            _check(call, response, body, is_json or expect == "any")
        except TransportError as error:
            failure = str(error)
            raise
        finally:
            ms = (time.perf_counter() - started) * 1000
            where = redacted_text(call.url)
            seen = Exchange(call.service, call.method, where, sent, status, ms, raw, failure)
            self.history.append(seen)
        return Answer(status, response.headers, body, ms, raw)

    def _open(
        self,
        call: _Call,
        json: Any,
        files: Mapping[str, tuple[str, bytes]] | None,
        data: Mapping[str, str] | None,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
    ) -> requests.Response:
        session = self._near if _is_loopback(call.url) else self._far
        try:
            return session.request(
                call.method,
                call.url,
                json=json,
                files=files,
                data=data,
                params=params,
                headers=headers,
                timeout=(min(CONNECT_LIMIT_S, call.timeout_s), call.timeout_s),
                allow_redirects=False,
                stream=True,
            )
        except requests.RequestException as error:
            call.fail(error)

    def _read(self, call: _Call, response: requests.Response, started: float) -> bytes:
        """Read the body piece by piece: a service that drips must not evade the limits."""
        chunks: list[bytes] = []
        size = 0
        try:
            while chunk := _next_chunk(response):
                chunks.append(chunk)
                size += len(chunk)
                if size > self._size_limit_bytes:
                    call.refuse(f"sent more than {self._size_limit_bytes} bytes, the limit")
                if time.perf_counter() - started > call.timeout_s:
                    raise requests.ReadTimeout
        except requests.RequestException as error:
            call.fail(error)
        return b"".join(chunks)


@dataclass(frozen=True)
class _Call:
    """One call on its way, and how it words what goes wrong."""

    service: str
    method: str
    url: str
    timeout_s: float
    next_step: str

    def fail(self, error: requests.RequestException) -> NoReturn:
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
        where = redacted_text(self.url)
        advice = "; ".join(step for step in (next_step, self.next_step) if step)
        message = f"{self.service} at {where} {what}" + (f"; {advice}" if advice else "")
        error = TransportError(message, service=self.service, url=where, timed_out=timed_out)
        raise error from cause


class _GetOnly(Retry):
    """Retries for GET alone: any other call might be carried out twice."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        if method != "GET":
            Retry(0, read=False).increment(method, url, response, error, _pool, _stacktrace)
        return super().increment(method, url, response, error, _pool, _stacktrace)

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        return method == "GET" and super().is_retry(method, status_code, has_retry_after)

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        wait_s = super().get_retry_after(response)
        return None if wait_s is None else min(wait_s, RETRY_AFTER_LIMIT_S)


def _session() -> requests.Session:
    retries = _GetOnly(
        total=None,
        connect=1,
        read=False,
        status=2,
        redirect=0,
        other=0,
        status_forcelist=(429, 503),
        backoff_factor=0.1,
        raise_on_status=False,
    )
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retries, pool_maxsize=32))
    return session


def _sent(
    json: Any,
    files: Mapping[str, tuple[str, bytes]] | None,
    data: Mapping[str, str] | None,
    params: Mapping[str, str] | None,
) -> Any:
    if files is None and data is None:
        return redacted(json if json is not None else params)
    parts: JSON = {key: f"{name}, {len(raw)} bytes" for key, (name, raw) in (files or {}).items()}
    return parts | redacted(dict(data or {}))


def _next_chunk(response: requests.Response) -> bytes:
    """Return what has arrived, and nothing at the end; a wait has the call's limit."""
    try:
        chunk: bytes = response.raw.read1(2**16, decode_content=True)
    except (ReadTimeoutError, TimeoutError) as error:
        raise requests.ReadTimeout(error) from error
    except (HTTPError, OSError) as error:
        raise requests.ConnectionError(error) from error
    return chunk


def _check(call: _Call, response: requests.Response, body: Any, is_readable: bool) -> None:
    if 300 <= response.status_code < 400:
        target = response.headers.get("Location", "nowhere")
        call.refuse(f"redirects to {target}", "no AIOS service does: is the address right?")
    if response.status_code < 400 and not is_readable:
        call.refuse(
            f"answered {response.status_code} with something that is not JSON: {shown(body)}",
            "is another service listening there?",
        )


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


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
