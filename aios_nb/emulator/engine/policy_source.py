"""Where a policy's archive comes from: the emulator's own store, or another web server (§8.1)."""

from __future__ import annotations

import asyncio
import http.client
import io
import os
import socket
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlsplit

from ..blotting import blotted_text
from ..refusal import Refusal
from ..world import World
from .hops import reach
from .uploads import existing_in

LIMIT_BYTES = 100 * 2**20
GUIDE_HOSTS, GUIDE_PORT = {"127.0.0.1", "localhost", "::1"}, 32555
SUFFIXES = {".gz", ".zip", ".xz"}
NOT_A_PATH = "Unsupported local path format or non-existing path"


async def fetch(world: World, code: Any, *, limit_s: float) -> bytes:
    """Return the archive that a policy's ``code`` names.

    Raises
    ------
    Refusal
        With the words of AIOS's executor, which are mostly those of ``requests``.
    TimeoutError
        Another server did not deliver within ``limit_s``; AIOS sets no limit.
    """
    if not isinstance(code, str):
        kind = type(code).__name__
        raise Refusal(f"expected str, bytes or os.PathLike object, not {kind}")
    path = _allowed_path(world, code)
    if path is not None:
        return await asyncio.to_thread(_read_path, path)
    parts = _checked_url(code)
    name = _name_in_store(world, code, parts)
    if name is not None:
        return await _read_store(world, code, name)
    sources = world.settings.code_sources
    return await asyncio.wait_for(asyncio.to_thread(_download, code, sources, limit_s), limit_s)


def _allowed_path(world: World, code: str) -> Path | None:
    """Return ``code`` as a path inside the store or an allowed folder, if it is one.

    Any other path gets the answer of AIOS's executor, whose pod has none of the reader's files.
    """
    if not os.path.isabs(code):
        return None
    folders = [world.store, *map(Path, filter(os.path.isabs, world.settings.code_sources))]
    try:
        path = Path(code).resolve()
        is_allowed = any(path.is_relative_to(folder.resolve()) for folder in folders)
        return path if is_allowed and path.exists() else None
    except (OSError, ValueError):
        return None


def _read_path(path: Path) -> bytes:
    if path.is_file() and path.suffix in SUFFIXES:
        return path.read_bytes()
    if not path.is_dir():
        raise Refusal(NOT_A_PATH)
    # AIOS copies the folder to code/; the runner wants an archive of it.
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in sorted(p for p in path.rglob("*") if p.is_file() and not p.is_symlink()):
            archive.write(file, Path("code") / file.relative_to(path))
    return buffer.getvalue()


def _checked_url(code: str) -> SplitResult:
    try:
        parts = urlsplit(code)
        parts.port  # noqa: B018 - raises when it is no number
    except ValueError as error:
        raise Refusal(f"Failed to parse: {code}") from error
    if not parts.scheme or "://" not in code:
        raise Refusal(
            f"Invalid URL {code!r}: No scheme supplied. Perhaps you meant https://{code}?"
        )
    if parts.scheme.lower() not in {"http", "https"}:
        raise Refusal(f"No connection adapters were found for {code!r}")
    if not parts.hostname:
        raise Refusal(f"Invalid URL {code!r}: No host supplied")
    return parts


def _name_in_store(world: World, code: str, parts: SplitResult) -> str | None:
    """Return the file's name if the address is that of the emulator's static server."""
    own = world.service_urls.get("static_server", "").rstrip("/")
    if own and code.startswith(own + "/"):
        return unquote(urlsplit(code[len(own) :]).path)
    if parts.hostname in GUIDE_HOSTS and parts.port == GUIDE_PORT:
        return unquote(parts.path)
    return None


async def _read_store(world: World, code: str, name: str) -> bytes:
    status = await reach(world, "static_server", quote(name))
    if status is not None:
        raise Refusal(_http_error(status, http.client.responses.get(status, ""), code))
    found = existing_in(world.store, name)
    if found is None:
        # The reason phrase of CPython's http.server (contract §5.2).
        raise Refusal(_http_error(404, "File not found", code))
    if found.is_dir():
        return b"<!DOCTYPE HTML>"  # the listing; no archive, says the next step
    return found.read_bytes()


def _http_error(status: int, reason: str, url: str) -> str:
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


def _refuse_foreign(code: str, sources: tuple[str, ...]) -> None:
    """Keep a registered address from reaching other services of this machine or network."""
    if any(code.startswith(source) for source in sources):
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


def _download(code: str, sources: tuple[str, ...], limit_s: float) -> bytes:
    _refuse_foreign(code, sources)
    # Not urlopen(), which follows a redirect to ftp:.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        _Redirects(sources),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    try:
        with opener.open(code, timeout=limit_s) as answer:
            data: bytes = answer.read(LIMIT_BYTES + 1)
    except urllib.error.HTTPError as error:
        raise Refusal(_http_error(error.code, error.reason, error.url)) from error
    except TimeoutError:
        raise
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, TimeoutError):
            raise reason from error
        raise Refusal(_no_connection(code, reason)) from error
    if len(data) > LIMIT_BYTES:
        raise Refusal(
            f"archive at {code} is larger than {LIMIT_BYTES // 2**20} MB; AIOS sets no limit"
        )
    return data


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
