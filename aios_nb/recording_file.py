"""The file of a recording: lines are appended, and an old file stays until there is an answer."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import ConfigurationError


class RecordingFile:
    """A file that takes lines; what it held before stays whole until the first answer.

    Parameters
    ----------
    path
        Where; the folder is made if need be.

    Raises
    ------
    ConfigurationError
        No file can be written there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_old = has_content(path)
        self._held: list[str] = []
        _prepare(path)

    def add(self, line: str, *, is_answered: bool) -> None:
        """Append a line, or begin the file anew with the first that holds an answer."""
        if not self._is_old:
            _append(self._path, line)
            return
        # An AIOS that cannot be reached must not cost the old recording.
        self._held.append(line)
        if is_answered:
            _replace(self._path, "".join(self._held))
            self._is_old = False


def has_content(path: Path) -> bool:
    """Say whether there is such a file, and anything in it."""
    return path.exists() and path.stat().st_size > 0


def _prepare(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"cannot record in {path}: {error.strerror or error}") from error
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ConfigurationError(f"cannot record in {path}; give a file that can be written")


def _append(path: Path, line: str) -> None:
    # Unbuffered, so that a kernel that dies leaves no half of a line.
    with path.open("ab", buffering=0) as stream:
        stream.write(line.encode())


def _replace(path: Path, text: str) -> None:
    """Put a new file in the old one's place in one step."""
    target = path.resolve()  # the file that a link leads to, not the link
    new = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        new.write_text(text, encoding="utf-8")
        os.replace(new, target)
    finally:
        new.unlink(missing_ok=True)
