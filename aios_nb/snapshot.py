"""A fleet folder from any AIOS: blocks, metrics, clusters and policies, for offline tests."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from .errors import AIOSError, ConfigurationError
from .policy import PolicyPackage, PolicyRegistration
from .scrubbing import Scrubber, without_secrets
from .wire import JSON

# ``replies`` stays empty: they cannot be had without asking every block.
FOLDERS = ("blocks", "metrics", "clusters", "replies", "policies")
ONE = dict(zip(FOLDERS, ("block", "metrics", "cluster", "reply", "policy"), strict=True))
OWN = {"_id", "__v"}  # Mongo's, not the document's


class AIOS(Protocol):
    """What a snapshot asks of a client."""

    def query_blocks(self) -> list[JSON]: ...
    def query_clusters(self) -> list[JSON]: ...
    def query_policies(self) -> list[PolicyRegistration]: ...
    def read_metrics(self, block_id: str, /) -> JSON: ...
    def download_policy(self, policy_uri: str, /) -> PolicyPackage: ...


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
    """

    folder: Path
    counts: dict[str, int]
    missing: tuple[str, ...] = ()

    def __str__(self) -> str:
        counts = {kind: count for kind, count in self.counts.items() if count}
        parts = ", ".join(f"{n} {ONE[kind] if n == 1 else kind}" for kind, n in counts.items())
        return "\n".join([f"{self.folder}: {parts}", *(f"  without {m}" for m in self.missing)])


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
        Replace every address by a made-up one, the same in all files. Secrets are always blotted
        out: their owner sets them again where the snapshot is used. Code and
        names of policies and blocks stay: look at them before you give the folder away.
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
    taken = _Taken(Scrubber().clean if scrubs else without_secrets)
    taken.read(aios)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # In the same folder, because only there a rename is one step.
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as name:
            new = Path(name) / "new"
            taken.write(new)
            _put_in_place(new, target, Path(name) / "old")
    except OSError as error:
        raise ConfigurationError(f"cannot write {target}: {error.strerror or error}") from error
    return Snapshot(target, taken.counts, tuple(taken.missing))


@dataclass
class _Taken:
    """The documents of a snapshot, by kind and file name."""

    clean: Callable[[Any], Any]
    documents: dict[str, dict[str, JSON]] = field(default_factory=dict)
    archives: dict[str, bytes] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        return {kind: len(documents) for kind, documents in self.documents.items()}

    def read(self, aios: AIOS) -> None:
        self.documents = {kind: {} for kind in FOLDERS}
        self._add("blocks", "id", aios.query_blocks())
        found = (aios.read_metrics(block["id"]) for block in self.documents["blocks"].values())
        self._add("metrics", "blockId", (metrics for metrics in found if metrics))
        self._add("clusters", "id", aios.query_clusters())
        for policy in aios.query_policies():
            self._add_policy(aios, policy)

    def _add(self, kind: str, key: str, documents: Iterable[JSON]) -> None:
        for document in documents:
            own = {name: part for name, part in document.items() if name not in OWN}
            # The first of two with one id is the one that AIOS reads.
            self.documents[kind].setdefault(_file_name(own[key]), self.clean(own))

    def _add_policy(self, aios: AIOS, policy: PolicyRegistration) -> None:
        name = _file_name(policy.uri)
        if name in self.documents["policies"]:
            return
        try:
            package = aios.download_policy(policy.uri)
        except AIOSError as error:
            self.missing.append(f"the code of {policy.uri}: {str(error).splitlines()[0]}")
            return
        archive = self._archive_name(package)
        self.archives[archive] = package.archive()
        record = self.clean({"policy_rule_uri": policy.uri, **policy.to_wire()})
        self.documents["policies"][name] = {**record, "code": archive}

    def _archive_name(self, package: PolicyPackage) -> str:
        # Records may share an archive, or have different ones of the same name.
        taken = self.archives.get(package.file_name, package.archive())
        is_free = taken == package.archive()
        return package.file_name if is_free else f"{package.name}-{package.digest[:12]}.zip"

    def write(self, folder: Path) -> None:
        for kind, documents in self.documents.items():
            (folder / kind).mkdir(parents=True)
            for name, document in documents.items():
                _write_json(folder / kind / f"{name}.json", document)
        for name, raw in self.archives.items():
            (folder / "policies" / name).write_bytes(raw)
        _write_json(folder / "order.json", {k: list(d) for k, d in self.documents.items() if d})


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


def _write_json(path: Path, document: JSON) -> None:
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _file_name(key: str) -> str:
    # An id comes from whoever registered it: it may hold a slash, and must not lead elsewhere.
    name = "".join(c if c.isalnum() or c in "-_.@" else "_" for c in key)
    return name if name.strip(".") else f"_{name}"
