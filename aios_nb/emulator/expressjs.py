"""How an Express app reads a JSON body, and the HTML page it answers when it cannot (§5.6-§5.8)."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from .frameworks import escaped
from .refusal import Refusal


class Unreadable(Refusal):
    """The body never reached the handler: Express's own error page answers."""


async def read_body(request: Request) -> dict[str, Any]:
    """Return the body as ``express.json()`` leaves it; anything but JSON leaves ``{}``.

    Arrays come back as ``{}`` too: the registries read named members only, and an array has none.

    Raises
    ------
    Unreadable
        Malformed JSON, or JSON that is neither object nor array (``strict`` is on).
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    raw = await request.body()
    if kind != "application/json" or not raw:
        return {}
    try:
        body = _parse(raw.decode())
    except ValueError as error:
        raise Unreadable(_complaint(raw.decode(errors="replace"), error), 400) from error
    if not isinstance(body, dict | list):
        shown = raw.decode().strip()
        raise Unreadable(f"Unexpected token '{shown[0]}', \"{shown}\" is not valid JSON", 400)
    return body if isinstance(body, dict) else {}


def _parse(text: str) -> Any:
    """Parse JSON as JavaScript does: all numbers are doubles, and NaN is no JSON."""

    def refuse(constant: str) -> None:
        raise json.JSONDecodeError("no JSON", text, text.find(constant))

    return json.loads(text, parse_float=_double, parse_int=_double, parse_constant=refuse)


def _double(digits: str) -> int | float:
    number = float(digits)
    # 82.0 comes back from a registry as 82, and a policy sees an int.
    return int(number) if number.is_integer() else number


def error_page(refusal: Unreadable) -> Response:
    """Return Express's default error page, without the stack that a development server adds."""
    return HTMLResponse(_page(f"SyntaxError: {refusal.text}"), refusal.status or 400)


def _page(text: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>Error</title>\n</head>\n<body>\n<pre>{escaped(text)}</pre>\n</body>\n</html>\n"
    )


def _complaint(text: str, error: ValueError) -> str:
    place = getattr(error, "pos", len(text))
    if place >= len(text):
        return "Unexpected end of JSON input"
    return f"Unexpected token '{text[place]}', \"{text[:40]}\" is not valid JSON"
