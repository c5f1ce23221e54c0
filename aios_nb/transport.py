"""HTTP with limits, and the keeper of what was said."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Mapping
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from .errors import TransportError
from .exchanges import Answer, Exchange, History, parsed, redacted_text
from .http_call import CONNECT_LIMIT_S, HTTPCall
from .retrying import open_session

SIZE_LIMIT_BYTES = 64 * 2**20
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
        self._near, self._far = open_session(), open_session()
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
        content = {"json": json, "files": files, "data": data, "params": params}
        content["headers"] = headers
        call = HTTPCall(service, method, url, timeout_s, content, expect, next_step)
        return self._ask(call) if self.recorder is None else self._recorded(self.recorder, call)

    def _recorded(self, recorder: Recorder, call: HTTPCall) -> Answer:
        """Give the kept answer, or ask and keep what comes, a failure too."""
        facts = call.service, call.method, call.url, call.sent
        try:
            kept = recorder.find(*facts)
        except TransportError as error:
            self.history.append(Exchange(*facts, None, 0.0, failure=error.text))
            raise
        if kept is not None:
            self.history.append(Exchange(*facts, kept.status, kept.elapsed_ms, kept.raw))
            return kept
        try:
            answer = self._ask(call)
        except TransportError as error:
            recorder.keep(*facts, error)
            raise
        recorder.keep(*facts, answer)
        return answer

    def _ask(self, call: HTTPCall) -> Answer:
        """Ask over HTTP, and keep in the history what became of it."""
        started = time.perf_counter()
        status, raw, failure = None, b"", ""
        try:
            with self._open(call) as response:
                status = response.status_code
                raw = self._read(call, response, started)
            body, is_json = parsed(raw)
            call.check(response, body, is_json=is_json)
        except TransportError as error:
            failure = str(error)
            raise
        finally:
            ms = (time.perf_counter() - started) * 1000
            where = redacted_text(call.url)
            seen = Exchange(call.service, call.method, where, call.sent, status, ms, raw, failure)
            self.history.append(seen)
        return Answer(status, response.headers, body, ms, raw)

    def _open(self, call: HTTPCall) -> requests.Response:
        session = self._near if _is_loopback(call.url) else self._far
        try:
            return session.request(
                call.method,
                call.url,
                **call.content,
                timeout=(min(CONNECT_LIMIT_S, call.timeout_s), call.timeout_s),
                allow_redirects=False,
                stream=True,
            )
        except requests.RequestException as error:
            call.fail(error)

    def _read(self, call: HTTPCall, response: requests.Response, started: float) -> bytes:
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


def _next_chunk(response: requests.Response) -> bytes:
    """Return what has arrived, and nothing at the end; a wait has the call's limit."""
    try:
        chunk: bytes = response.raw.read1(2**16, decode_content=True)
    except (ReadTimeoutError, TimeoutError) as error:
        raise requests.ReadTimeout(error) from error
    except (HTTPError, OSError) as error:
        raise requests.ConnectionError(error) from error
    return chunk


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
