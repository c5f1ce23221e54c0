"""From an archive to a folder in which a policy can be imported: unpacked, packages installed."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ..world import JSON
from .archives import ArchiveRefused, unpack
from .policy_failing import Unready
from .policy_limits import LIMITS
from .requirements import install


@dataclass
class Workshop:
    """Prepares archives under ``runs`` of the emulator's folder, each of them once.

    Parameters
    ----------
    hidden
        Folders that no policy, and nothing its packages run when they are built, must read.
    """

    folder: Path
    hidden: tuple[Path, ...]
    _installing: set[subprocess.Popen[bytes]] = field(default_factory=set)
    _is_closed: bool = False

    def folder_of(self, digest: str) -> Path:
        return self.folder / "runs" / digest

    def prepare(self, digest: str, archive: bytes) -> list[str]:
        """Unpack and install, for as long as it takes; return the log lines of both.

        Raises
        ------
        Unready
            The archive is none, or pip failed.
        """
        folder = self.folder_of(digest)
        lines = [f"INFO:root:Extracted {_unpacked(archive, folder)} file to {folder}"]
        requirements = folder / "code" / "requirements.txt"
        done = install(requirements, _packages(folder), self._started, hidden=self.hidden)
        if done.error is not None:
            raise Unready("raised", done.error, "install", [*lines, *done.lines])
        return [*lines, *done.lines]

    def job(self, digest: str, call: JSON) -> JSON:
        """Return what a worker is told to do, with a new folder to work in."""
        folder = self.folder_of(digest)
        packages = _packages(folder)
        scratch = Path(tempfile.mkdtemp(prefix="scratch-", dir=folder.parent))
        return {
            **LIMITS,
            "function": str(folder / "code" / "function.py"),
            "packages": str(packages) if packages.exists() else "",
            "fence": self._fence(readable=[folder, packages], writable=scratch),
            "scratch": str(scratch),
            "is_local": call["mode"] == "local",
            "processors": os.cpu_count() or 1,
            "limit_s": call["limit_s"],
        }

    def _fence(self, *, readable: Iterable[Path], writable: Path) -> dict[str, list[str]]:
        hidden = [*map(str, self.hidden)]
        return {"hidden": hidden, "readable": [*map(str, readable)], "writable": [str(writable)]}

    def _started(self, process: subprocess.Popen[bytes]) -> None:
        self._installing.add(process)  # in a thread of its own
        if self._is_closed:
            process.terminate()

    def close(self) -> None:
        """End the installations that still run, and those that are about to."""
        self._is_closed = True
        for process in list(self._installing):
            process.terminate()  # it ends what pip has started


def _unpacked(archive: bytes, folder: Path) -> str:
    """Return the archive's kind; the folder is there afterwards."""
    folder.parent.mkdir(exist_ok=True)
    kind = folder.with_suffix(".kind")
    try:
        if not folder.exists():
            kind.write_text(unpack(archive, folder))
    except ArchiveRefused as refused:
        lines = [f"ERROR:root:{refused}"] if str(refused) == "Unsupported file format" else []
        lines.append(f"ERROR:root:Error extracting archive: {refused}")
        raise Unready("archive", str(refused), "unpack", lines) from refused
    return kind.read_text()


def _packages(folder: Path) -> Path:
    return folder.with_suffix(".packages")
