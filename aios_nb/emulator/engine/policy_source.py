"""Where a policy's archive comes from: the emulator's own store, or another web server (§8.1)."""

from __future__ import annotations

import asyncio
import http.client
import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlsplit

from ..refusal import Refusal
from ..world import World
from .code_download import LIMIT_BYTES, Watch, download, http_error, too_large
from .hops import reach
from .uploads import existing_in

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
    return await _download(code, world.settings.code_sources, limit_s=limit_s)


async def _download(code: str, sources: tuple[str, ...], *, limit_s: float) -> bytes:
    watch = Watch(limit_s)
    try:
        async with asyncio.timeout(limit_s):
            return await asyncio.to_thread(download, code, sources, watch=watch)
    finally:
        watch.end()  # a thread that nobody waits for would hold up the emulator's end


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
    """Return the archive, or one of the folder; either may change or vanish meanwhile."""
    try:
        return _read_present(path)
    except OSError as error:
        raise Refusal(str(error)) from error


def _read_present(path: Path) -> bytes:
    if path.is_file() and path.suffix in SUFFIXES:
        if path.stat().st_size > LIMIT_BYTES:
            raise too_large(str(path))
        return path.read_bytes()
    if not path.is_dir():
        raise Refusal(NOT_A_PATH)
    # AIOS copies the folder to code/; the runner wants an archive of it.
    buffer, size = io.BytesIO(), 0
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in sorted(_plain_files(path)):
            size += file.stat().st_size
            if size > LIMIT_BYTES:
                raise too_large(str(path))
            archive.write(file, Path("code") / file.relative_to(path))
    return buffer.getvalue()


def _plain_files(folder: Path) -> Iterator[Path]:
    return (p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())


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
        raise Refusal(http_error(status, http.client.responses.get(status, ""), code))
    found = existing_in(world.store, name)
    if found is None:
        # The reason phrase of CPython's http.server (contract §5.2).
        raise Refusal(http_error(404, "File not found", code))
    if found.is_dir():
        return b"<!DOCTYPE HTML>"  # the listing; no archive, says the next step
    return found.read_bytes()
