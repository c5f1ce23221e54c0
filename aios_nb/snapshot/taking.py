"""Takes a snapshot: all of the fleet or nothing, and a report of what was written."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import ConfigurationError
from ..wording import counted
from .documents import AIOS, FOLDERS, FleetDocuments

ONE = dict(zip(FOLDERS, ("block", "metrics", "cluster", "reply", "policy"), strict=True))
SHOWN = 40  # addresses, in the report of a snapshot


@dataclass(frozen=True)
class Snapshot:
    """What was written.

    Parameters
    ----------
    folder
        Where; ``connect("emulator", fleet=folder)`` loads it.
    counts
        Documents by kind.
    missing
        What could not be had, a line each; the rest is complete.
    replaced
        What stands for each address; only the owner of the cluster should see it.
    secrets
        How many secrets are blotted out.
    """

    folder: Path
    counts: dict[str, int]
    missing: tuple[str, ...] = ()
    replaced: Mapping[str, str] = field(default_factory=dict)
    secrets: int = 0

    def __str__(self) -> str:
        counts = {kind: count for kind, count in self.counts.items() if count}
        parts = ", ".join(f"{n} {ONE[kind] if n == 1 else kind}" for kind, n in counts.items())
        missing = (f"  without {text}" for text in self.missing)
        return "\n".join([f"{self.folder}: {parts}", *missing, *self._replacements()])

    def _replacements(self) -> Iterator[str]:
        if self.secrets:
            yield f"  {counted(self.secrets, 'secret')} blotted out"
        if not self.replaced:
            return
        yield f"  addresses and names of machines replaced: {len(self.replaced)}"
        yield from (f"    {one} -> {other}" for one, other in [*self.replaced.items()][:SHOWN])
        if len(self.replaced) > SHOWN:
            yield f"    and {len(self.replaced) - SHOWN} more"


def take_snapshot(
    aios: AIOS, folder: str | Path, *, scrubs: bool = False, overwrites: bool = False
) -> Snapshot:
    """Record the fleet of an AIOS in a folder, all of it or nothing.

    Only public calls are made, and nothing is asked of a block. Candidates come from the files in
    the order of the registry, so that a policy that takes the first takes the same one offline.

    Parameters
    ----------
    folder
        Where to write; it must not exist yet.
    scrubs
        Replace every address and name of a machine by a made-up one, the same in all files; the
        result tells which. Secrets are always blotted out: their owner sets them again where the
        snapshot is used. Code, and the names of policies, blocks, clusters and nodes that no field
        tells to be a machine's, stay: look at them before you give the folder away.
    overwrites
        Replace a folder that is there; it must hold a fleet, so that no other is lost.

    Raises
    ------
    ConfigurationError
        The folder is there and may not be overwritten, or cannot be written.
    AIOSError
        Blocks, metrics or clusters cannot be had. A policy whose code cannot be had is noted.
    """
    target = Path(folder).expanduser().absolute()
    _check(target, overwrites=overwrites)
    taken = FleetDocuments()
    taken.read(aios)
    taken.blot()
    replaced = taken.scrub() if scrubs else {}
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # In the same folder, because only there a rename is one step.
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as name:
            new = Path(name) / "new"
            taken.write(new)
            _put_in_place(new, target, Path(name) / "old")
    except OSError as error:
        raise ConfigurationError(f"cannot write {target}: {error.strerror or error}") from error
    return Snapshot(target, taken.counts, tuple(taken.missing), replaced, taken.secrets)


def _check(target: Path, *, overwrites: bool) -> None:
    if not target.exists():
        return
    if not overwrites:
        raise ConfigurationError(f"{target} is there already; give another folder, or --force")
    if not (target / "blocks").is_dir():
        raise ConfigurationError(f"{target} holds no fleet and is not overwritten; remove it first")


def _put_in_place(new: Path, target: Path, old: Path) -> None:
    if target.exists():
        os.rename(target, old)
    try:
        os.rename(new, target)
    except OSError:
        if old.exists():
            shutil.move(old, target)
        raise
