"""The emulator's folder on disk: one per world, gone with the process that made it."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Collection
from pathlib import Path

PREFIX = "aios-emulator-"


def make_folder() -> Path:
    """Return a new folder that only this user can read."""
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))


def remove_folder(folder: Path | str) -> None:
    """Remove a folder and all in it, however deep and whoever may open it; what cannot go stays."""
    with contextlib.suppress(OSError):
        os.rmdir(folder)
        return
    with contextlib.suppress(OSError):
        top = _opened(folder)
        try:
            _clear(top)
        finally:
            os.close(top)
        os.rmdir(folder)


def remove_all_but(kept: Collection[str], folder: Path) -> None:
    """Remove all files and folders in ``folder`` but those of these names."""
    for path in folder.iterdir():
        if path.name in kept:
            continue
        if path.is_dir() and not path.is_symlink():
            remove_folder(path)
        else:
            path.unlink(missing_ok=True)


def _clear(top: int) -> None:
    """Remove all in an open folder: what lies deeper is lifted up first, so that no depth counts.

    A policy may have nested folders deeper than Python's stack and table of files, or taken away
    its own right to list them; neither ``shutil.rmtree`` nor ``rm`` gets through both.
    """
    waiting = os.listdir(top)
    while waiting:
        name = waiting.pop()
        with contextlib.suppress(OSError):
            if _unlink(name, top):
                continue
            folder = _opened(name, inside=top)
            try:
                waiting += _lift(folder, top)
            finally:
                os.close(folder)
            os.rmdir(name, dir_fd=top)


def _lift(folder: int, top: int) -> list[str]:
    """Remove the files of a folder and move its folders up; return their new names."""
    lifted = []
    for name in os.listdir(folder):
        if not _unlink(name, folder):
            new = f"removed-{secrets.token_hex(8)}"
            os.close(_opened(name, inside=folder))  # only what may be written can be moved
            os.rename(name, new, src_dir_fd=folder, dst_dir_fd=top)
            lifted.append(new)
    return lifted


def _unlink(name: str, folder: int) -> bool:
    try:
        os.unlink(name, dir_fd=folder)
    except OSError:
        return False
    return True


def _opened(name: Path | str, *, inside: int | None = None) -> int:
    how = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    try:
        folder = os.open(name, how, dir_fd=inside)
    except PermissionError:
        os.chmod(name, 0o700, dir_fd=inside)
        folder = os.open(name, how, dir_fd=inside)
    os.fchmod(folder, 0o700)
    return folder


def remove_orphans() -> None:
    """Remove the folders of emulators that were killed before they could do so themselves."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        owner = folder.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdecimal() and _is_ours(folder) and not _is_alive(int(owner)):
            remove_folder(folder)


def _is_ours(folder: Path) -> bool:
    try:
        return folder.lstat().st_uid == os.getuid() and not folder.is_symlink()
    except OSError:
        return False


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
