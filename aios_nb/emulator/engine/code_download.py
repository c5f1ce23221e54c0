"""Fetching a policy's archive from another web server: allowed places, bounded in size and time."""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import threading
import urllib.error
import urllib.request
from typing import Any, Self
from urllib.parse import quote, unquote, urlsplit

from ..blotting import blotted_text
from ..refusal import Refusal

LIMIT_BYTES = 100 * 2**20
SAFE = "!#$%&'()*+,/:;=?@[]~"  # what requests leaves as it is in an address


def http_error(status: int, reason: str, url: str) -> str:
    side = "Client" if status < 500 else "Server"
    return f"{status} {side} Error: {reason} for url: {blotted_text(url)}"


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only to where a code may lie."""

    def __init__(self, sources: tuple[str, ...]) -> None:
        self._sources = sources

    def redirect_request(self, *call: Any) -> urllib.request.Request | None:
        request = super().redirect_request(*call)
        if request is not None:
            _refuse_foreign(request.full_url, self._sources)
        return request


class Watch:
    """Ends all connections after so many seconds: a timeout of theirs only counts the silence."""

    def __init__(self, limit_s: float) -> None:
        self.limit_s = limit_s
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(limit_s, self.end)
        self._timer.daemon = True
        self.is_over = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._timer.cancel()

    def watched(self, kind: type[http.client.HTTPConnection]) -> Any:
        """Return the class with connections that this watch ends."""
        watch = self

        class Watched(kind):  # type: ignore[misc, valid-type]
            def connect(self) -> None:
                super().connect()
                watch._sockets.append(self.sock)
                if watch.is_over:
                    watch.end()

        return Watched

    def end(self) -> None:
        """End all connections, those that are about to be made among them."""
        self.is_over = True
        for connection in self._sockets:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Plain(urllib.request.HTTPHandler):
    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._kind = watch.watched(http.client.HTTPConnection)

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._kind, req)


class _Encrypted(urllib.request.HTTPSHandler):
    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._kind = watch.watched(http.client.HTTPSConnection)

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._kind, req)


def _is_allowed(code: str, sources: tuple[str, ...]) -> bool:
    # http://host/pub/../secret begins with http://host/pub/, and does not lie there.
    steps = unquote(unquote(urlsplit(code).path)).replace("\\", "/").split("/")
    # Some servers leave out what follows a semicolon or NUL in a step.
    is_inside = not any(re.fullmatch(r"\.\.([;\0].*)?", step, re.DOTALL) for step in steps)
    return is_inside and any(code.startswith(source) for source in sources)


def _refuse_foreign(code: str, sources: tuple[str, ...]) -> None:
    """Keep a registered address from reaching other services of this machine or network."""
    if _is_allowed(code, sources):
        return
    parts = urlsplit(code)
    try:
        socket.getaddrinfo(parts.hostname, parts.port or 80)
    except (OSError, UnicodeError) as error:
        raise Refusal(_no_connection(code, error)) from error
    place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"
    raise Refusal(
        f"emulator: the policy's code {blotted_text(code)} lies outside the emulator's store, "
        f"and AIOS would fetch it; to allow that, start the emulator with --allow-code {place}"
    )


def download(code: str, sources: tuple[str, ...], *, watch: Watch) -> bytes:
    """Return what lies at an allowed address, unless the watch ends first.

    Raises
    ------
    Refusal
        It is not allowed, not there or too large, in the words of ``requests``.
    TimeoutError
        It did not come within the time of the watch.
    """
    _refuse_foreign(code, sources)
    with watch:
        try:
            with _opener(sources, watch).open(quote(code, SAFE), timeout=watch.limit_s) as answer:
                data: bytes = answer.read(LIMIT_BYTES + 1)
        except urllib.error.HTTPError as error:
            raise Refusal(http_error(error.code, error.reason, error.url)) from error
        except TimeoutError:
            raise
        except (OSError, UnicodeError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            if watch.is_over or isinstance(reason, TimeoutError):
                raise TimeoutError(str(reason)) from error
            raise Refusal(_no_connection(code, reason)) from error
    if watch.is_over:  # an answer without a length seems whole when it is cut off
        raise TimeoutError(f"no archive within {watch.limit_s:g} s")
    if len(data) > LIMIT_BYTES:
        raise too_large(code)
    return data


def _opener(sources: tuple[str, ...], watch: Watch) -> urllib.request.OpenerDirector:
    # Not urlopen(), which follows a redirect to ftp:.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        _Plain(watch),
        _Encrypted(watch),
        urllib.request.HTTPDefaultErrorHandler(),
        _Redirects(sources),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def too_large(code: str) -> Refusal:
    return Refusal(
        f"archive at {code} is larger than {LIMIT_BYTES // 2**20} MB; AIOS sets no limit"
    )


def _no_connection(code: str, reason: Any) -> str:
    """Return the words of ``requests`` with urllib3 2 for a connection that failed."""
    parts = urlsplit(code)
    kind = "HTTPSConnection" if parts.scheme == "https" else "HTTPConnection"
    port = parts.port or (443 if kind == "HTTPSConnection" else 80)
    peer = f"{kind}(host={parts.hostname!r}, port={port})"
    if type(reason).__name__ == "gaierror":
        cause = f'NameResolutionError("{peer}: Failed to resolve {parts.hostname!r} ({reason})")'
    else:
        cause = f'NewConnectionError("{peer}: Failed to establish a new connection: {reason}")'
    pool = f"{kind}Pool(host={parts.hostname!r}, port={port})"
    target = parts.path or "/"
    return f"{pool}: Max retries exceeded with url: {target} (Caused by {cause})"
