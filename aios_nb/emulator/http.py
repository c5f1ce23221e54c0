"""The HTTP habits that AIOS's services share: key order, JSON layout, framework errors (§4)."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from .indenting import indented_json
from .refusal import Refusal

UNSUPPORTED = (
    "415 Unsupported Media Type: Did not attempt to load JSON data because the request "
    "Content-Type was not 'application/json'."
)
BAD_REQUEST = (
    "400 Bad Request: The browser (or proxy) sent a request that this server could not understand."
)

COMPACT = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def compact(body: Any, status: int = 200) -> Response:
    """Answer as Flask does in production: sorted keys, no spaces, one newline."""
    return _answer(COMPACT.encode(body) + "\n", status)


def indented(body: Any, status: int = 200) -> Response:
    """Answer as Flask does with ``debug=True``: sorted keys, two spaces."""
    return _answer(indented_json(body) + "\n", status)


def express(body: Any, status: int = 200) -> Response:
    """Answer as Express does: keys as stored, no spaces, no newline."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    # JSON.stringify escapes half a surrogate pair, which UTF-8 has no bytes for, in just this way.
    data = text.encode(errors="backslashreplace")
    return Response(data, status, media_type="application/json; charset=utf-8")


def _answer(text: str, status: int) -> Response:
    return Response(text, status, media_type="application/json")


async def read_json(request: Request, *, debug: bool = False) -> Any:
    """Read a JSON body as Flask's ``request.get_json()`` does.

    Parameters
    ----------
    debug
        The service runs with ``debug=True`` and adds the decoder's words to its complaint.

    Raises
    ------
    Refusal
        Wrong content type or malformed JSON, in Werkzeug's words.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json" and not (
        kind.startswith("application/") and kind.endswith("+json")
    ):
        raise Refusal(UNSUPPORTED)
    raw = await request.body()
    try:
        return json.loads(raw)
    except RecursionError as error:  # no ValueError, so the handlers show it as it is
        raise Refusal(str(error)) from error
    except ValueError as error:
        detail = f"400 Bad Request: Failed to decode JSON object: {error}" if debug else BAD_REQUEST
        raise Refusal(detail) from error
