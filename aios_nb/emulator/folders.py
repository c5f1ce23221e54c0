"""The emulator's folder on disk: one per world, gone with the process that made it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

PREFIX = "aios-emulator-"


def make_folder() -> Path:
    """Return a new folder that only this user can read."""
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))


def remove_folder(folder: Path | str) -> None:
    """Remove a folder and all in it; what cannot be removed stays."""
    with contextlib.suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if os.path.isdir(folder) and (rm := shutil.which("rm")):
        # A policy may have nested folders deeper than Python's stack and table of files.
        subprocess.run([rm, "-rf", "--", str(folder)], check=False, stderr=subprocess.DEVNULL)


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
