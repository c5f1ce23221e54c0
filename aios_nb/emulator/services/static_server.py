"""The file server from which policies are downloaded: CPython's http.server (contract §5.2)."""

from __future__ import annotations

import html
import os
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from ..engine.uploads import content_type, existing_in
from ..frameworks import SIMPLE_HTTP
from ..refusal import Refusal
from ..world import World

NOT_FOUND = "File not found"
CHUNK_BYTES = 64 * 1024
# Not AIOS's: a page that somebody uploaded must not call the emulator as its own would.
INERT = {"content-security-policy": "sandbox", "x-content-type-options": "nosniff"}


def error_shape(refusal: Refusal) -> Response:
    return SIMPLE_HTTP.error_page(refusal.status or 404, "GET", "")


async def get_file(world: World, request: Request) -> Response:
    """GET /{path:path}: a file of the store, or the listing of a folder."""
    return _serve(world, request)


async def head_file(world: World, request: Request) -> Response:
    """HEAD /{path:path}: the headers of GET without a body."""
    answer = _serve(world, request)
    if isinstance(answer, _OpenFile):
        return answer  # leaves the body out by itself
    head = Response(status_code=answer.status_code)
    head.raw_headers = answer.raw_headers
    return head


async def unsupported(world: World, request: Request) -> Response:  # noqa: ARG001 - a handler
    """POST /{path:path}: 501, and so for every verb but GET and HEAD."""
    return SIMPLE_HTTP.error_page(501, request.method, request.url.path)


def _serve(world: World, request: Request) -> Response:
    asked: str = request.path_params.get("path", "")
    found = existing_in(world.store, asked)
    if found is None or (found.is_file() and asked.endswith("/")):
        raise Refusal(NOT_FOUND, 404)
    if found.is_dir():
        if asked and not asked.endswith("/"):
            return RedirectResponse(f"{quote(found.name)}/", 301)
        return _folder(found, asked, request)
    return _file(found, request)


def _folder(folder: Path, asked: str, request: Request) -> Response:
    for name in ("index.html", "index.htm"):
        if (folder / name).is_file():
            return _file(folder / name, request)
    return HTMLResponse(_listing(folder, f"/{asked}"))


class _OpenFile(Response):
    """A file that is sent as it was when it was asked for, be it replaced or removed meanwhile."""

    def __init__(self, file: BinaryIO, size: int, headers: dict[str, str]) -> None:
        super().__init__(headers={"content-length": str(size), **headers})
        self._file, self._size = file, size

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        start = {"status": self.status_code, "headers": self.raw_headers}
        left = 0 if scope["method"] == "HEAD" else self._size
        with self._file:
            await send({"type": "http.response.start", **start})
            while left and (chunk := self._file.read(min(left, CHUNK_BYTES))):
                left -= len(chunk)
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _file(path: Path, request: Request) -> Response:
    try:
        file = path.open("rb")
    except OSError as error:
        raise Refusal(NOT_FOUND, 404) from error
    status = os.fstat(file.fileno())
    if _is_known(request, int(status.st_mtime)):
        file.close()
        return Response(status_code=304)
    modified = formatdate(status.st_mtime, usegmt=True)
    headers = {"last-modified": modified, "content-type": content_type(path.name), **INERT}
    return _OpenFile(file, status.st_size, headers)


def _is_known(request: Request, modified_s: int) -> bool:
    since = request.headers.get("if-modified-since")
    if since is None or "if-none-match" in request.headers:
        return False
    try:
        return modified_s <= parsedate_to_datetime(since).timestamp()
    except (TypeError, ValueError, OverflowError):
        return False


def _listing(folder: Path, shown: str) -> str:
    title = f"Directory listing for {html.escape(shown, quote=False)}"
    names = sorted(os.listdir(folder), key=str.lower)
    rows = [_row(name + "/" if (folder / name).is_dir() else name) for name in names]
    return (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" '
        '"http://www.w3.org/TR/html4/strict.dtd">\n<html>\n<head>\n<meta http-equiv="Content-Type" '
        f'content="text/html; charset=utf-8">\n<title>{title}</title>\n</head>\n<body>\n'
        f"<h1>{title}</h1>\n<hr>\n<ul>\n{''.join(rows)}</ul>\n<hr>\n</body>\n</html>\n"
    )


def _row(name: str) -> str:
    return f'<li><a href="{quote(name)}">{html.escape(name, quote=False)}</a></li>\n'
