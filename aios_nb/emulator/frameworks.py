"""How each web framework behind AIOS names itself and words its own errors (contract §4)."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from starlette.responses import Response

Headers = tuple[tuple[bytes, bytes], ...]
ErrorPage = Callable[[int, str, str], Response]


@dataclass(frozen=True)
class Framework:
    """A web framework as its clients see it.

    Parameters
    ----------
    headers
        Sent with every answer.
    error_page
        Its own page for a status, a verb and a path.
    protocol, phrase
        How its status line begins and ends.
    wrong_verb
        Status for a known path with a wrong verb.
    has_loose_paths
        A slash at the end and the case of letters make no difference.
    merges_slashes
        A path with two slashes side by side is sent on to the one without.
    """

    headers: Headers
    error_page: ErrorPage
    protocol: str = "HTTP/1.1"
    phrase: Callable[[int, str], str] = lambda status, _verb: HTTPStatus(status).phrase
    wrong_verb: int = 405
    has_loose_paths: bool = False
    merges_slashes: bool = False

    def status_line(self, status: int, verb: str) -> bytes:
        try:
            phrase = self.phrase(status, verb)
        except ValueError:
            phrase = "UNKNOWN"
        return f"{self.protocol} {status} {phrase}\r\n".encode()


WERKZEUG_WORDS = {
    403: "You don't have the permission to access the requested resource. It is either "
    "read-protected or not readable by the server.",
    404: "The requested URL was not found on the server. If you entered the URL manually "
    "please check your spelling and try again.",
    405: "The method is not allowed for the requested URL.",
    413: "The data value transmitted exceeds the capacity limit.",
    500: "The server encountered an internal error and was unable to complete your request. "
    "Either the server is overloaded or there is an error in the application.",
    502: "The proxy server received an invalid response from an upstream server.",
    503: "The server is temporarily unable to service your request due to maintenance downtime "
    "or capacity problems. Please try again later.",
    504: "The connection to an upstream server timed out.",
}


def escaped(text: str) -> str:
    """Escape as MarkupSafe and escape-html do: an apostrophe is ``&#39;``."""
    return html.escape(text).replace("&#x27;", "&#39;")


def _werkzeug_page(status: int, _verb: str, _path: str) -> Response:
    name = _phrase(status)
    words = WERKZEUG_WORDS.get(status, name)
    text = (
        f"<!doctype html>\n<html lang=en>\n<title>{status} {name}</title>\n"
        f"<h1>{name}</h1>\n<p>{escaped(words)}</p>\n"
    )
    return Response(text, status, media_type="text/html; charset=utf-8")


def moved(location: str) -> Response:
    """Return Werkzeug's page of a path that is another's, and known there."""
    shown = escaped(location)
    text = (
        "<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n"
        "<h1>Redirecting...</h1>\n<p>You should be redirected automatically to the target URL: "
        f'<a href="{shown}">{shown}</a>. If not, click the link.\n'
    )
    return Response(text, 308, {"Location": location}, media_type="text/html; charset=utf-8")


def _express_page(status: int, verb: str, path: str) -> Response:
    words = f"Cannot {verb} {path}" if status == 404 else _phrase(status)
    text = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<title>Error</title>\n</head>\n<body>\n"
        f"<pre>{escaped(words)}</pre>\n</body>\n</html>\n"
    )
    guards = {
        "Content-Security-Policy": "default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(text, status, guards, media_type="text/html; charset=utf-8")


def _simple_page(status: int, verb: str, _path: str) -> Response:
    words = _simple_phrase(status, verb)
    text = (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN"\n'
        '        "http://www.w3.org/TR/html4/strict.dtd">\n<html>\n    <head>\n'
        '        <meta http-equiv="Content-Type" content="text/html;charset=utf-8">\n'
        "        <title>Error response</title>\n    </head>\n    <body>\n"
        "        <h1>Error response</h1>\n"
        f"        <p>Error code: {status}</p>\n"
        f"        <p>Message: {html.escape(words, quote=False)}.</p>\n"
        f"        <p>Error code explanation: {_member(status)} - {_description(status)}.</p>\n"
        "    </body>\n</html>\n"
    )
    return Response(text, status, media_type="text/html;charset=utf-8")


def _go_page(status: int, _verb: str, _path: str) -> Response:
    words = "404 page not found" if status == 404 else _phrase(status)
    return Response(words + "\n", status, media_type="text/plain; charset=utf-8")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown Error"


def _description(status: int) -> str:
    if status == 501:
        return "Server does not support this operation"
    return _DESCRIPTIONS.get(status) or _phrase(status)


_DESCRIPTIONS: dict[int, str] = {s.value: s.description for s in HTTPStatus}


def _member(status: int) -> str:
    # Python 3.9 prints the enumeration's member where a number is meant.
    try:
        return f"HTTPStatus.{HTTPStatus(status).name}"
    except ValueError:
        return str(status)


def _simple_phrase(status: int, verb: str) -> str:
    # The phrase reaches users: "404 Client Error: File not found for url: …" (contract §5.2).
    own = {404: "File not found", 501: f"Unsupported method ({verb!r})"}
    return own.get(status) or _phrase(status)


CLOSE = (b"connection", b"close")

WERKZEUG = Framework(
    headers=((b"server", b"Werkzeug/3.0.4 Python/3.10.14"), CLOSE),
    error_page=_werkzeug_page,
    # requests shows it: "400 Client Error: BAD REQUEST for url: …" (contract §12.3).
    phrase=lambda status, _verb: HTTPStatus(status).phrase.upper(),
    merges_slashes=True,
)
EXPRESS = Framework(
    headers=((b"x-powered-by", b"Express"),),
    error_page=_express_page,
    wrong_verb=404,
    has_loose_paths=True,
)
SIMPLE_HTTP = Framework(
    headers=((b"server", b"SimpleHTTP/0.6 Python/3.9.19"), CLOSE),
    error_page=_simple_page,
    protocol="HTTP/1.0",
    phrase=_simple_phrase,
    wrong_verb=501,
)
GO = Framework(headers=(), error_page=_go_page)
EMULATOR = Framework(headers=((b"server", b"aios-nb"),), error_page=_werkzeug_page)
