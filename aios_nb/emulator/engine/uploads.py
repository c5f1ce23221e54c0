"""Files in the policy store: where they may lie, and writing them whole or not at all."""

from __future__ import annotations

import mimetypes
import os
import posixpath
import tempfile
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

from ..refusal import Refusal
from ..world import World

CHUNK_BYTES = 2**20
TYPES = {
    ".gz": "application/gzip",
    ".z": "application/octet-stream",
    ".bz2": "application/x-bzip2",
    ".xz": "application/x-xz",
}


class Source(Protocol):
    """An uploaded file, as far as storing it goes."""

    async def read(self, size: int = -1) -> bytes: ...


def target_in(store: Path, folder: str, name: str) -> str:
    """Return the path below ``store`` that an upload may take, with ``/`` between its parts.

    Raises
    ------
    Refusal
        The folder or the name leads out of the store, is absolute, or hides such a thing.
    """
    if any(c in name for c in "/\\"):
        raise _unsafe("file name", name)
    parts = [*_parts(folder, "path"), *_parts(name, "file name")]
    if not parts or parts[-1] != name:
        raise _unsafe("file name", name)
    target = store.joinpath(*parts)
    if not target.parent.resolve().is_relative_to(store.resolve()):
        raise _unsafe("path", folder)
    if os.path.isdir(target):  # False, not an error, for a name that is too long
        raise Refusal(f"file name {name!r} is taken by a folder; choose another name")
    return "/".join(parts)


def existing_in(store: Path, asked: str) -> Path | None:
    """Return the file or folder that a GET names; ``None`` if there is none inside the store."""
    if "\0" in asked:
        return None
    try:
        # http.server drops '..' after resolving it, so nothing above the store can be named.
        found = store.joinpath(posixpath.normpath(f"/{asked}").lstrip("/")).resolve()
        return found if found.is_relative_to(store.resolve()) and found.exists() else None
    except OSError:
        return None


async def place_file(world: World, name: str, source: Source) -> int:
    """Write the upload beside the store, then move it into place; return its size in bytes.

    Raises
    ------
    Refusal
        The file system does not take the name; the store is as before.
    """
    target = world.store / name
    handle, temporary = tempfile.mkstemp(dir=world.incoming, prefix="upload-")
    try:
        size = 0
        with os.fdopen(handle, "wb") as file:
            while chunk := await source.read(CHUNK_BYTES):
                size += file.write(chunk)
        target.parent.mkdir(parents=True, exist_ok=True)
        Path(temporary).chmod(0o644)
        os.replace(temporary, target)
    except OSError as error:
        raise Refusal(f"cannot store {name!r}: {error.strerror}") from error
    finally:
        Path(temporary).unlink(missing_ok=True)
    return size


def content_type(name: str) -> str:
    """Return what SimpleHTTPRequestHandler guesses from the extension."""
    extension = posixpath.splitext(name)[1].lower()
    return TYPES.get(extension) or mimetypes.types_map.get(extension, "application/octet-stream")


def _parts(path: str, role: str) -> list[str]:
    plain = unquote(unquote(path))
    controls = any(ord(c) < 32 or ord(c) == 127 for c in plain)
    if controls or plain.startswith("/") or "\\" in plain or ":" in plain.split("/")[0]:
        raise _unsafe(role, path)
    parts = plain.split("/")
    if ".." in parts or (plain != path and "%" in path):
        raise _unsafe(role, path)
    return [part for part in parts if part not in ("", ".")]


def _unsafe(role: str, value: str) -> Refusal:
    return Refusal(
        f"{role} {value!r} leads out of the store; use a plain name, or a folder relative to the "
        "store such as '.'"
    )
