"""The documents of a fleet: read by public calls, scrubbed, and written as a folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ..errors import AIOSError
from ..exchanges import REDACTED
from ..policy import PolicyPackage, PolicyRegistration
from ..wire import JSON
from .blotting import without_secrets
from .scrubbing import Scrubber

# ``replies`` stays empty: they cannot be had without asking every block.
FOLDERS = ("blocks", "metrics", "clusters", "replies", "policies")
OWN = {"_id", "__v"}  # Mongo's, not the document's


class AIOS(Protocol):
    """What a snapshot asks of a client."""

    def query_blocks(self) -> list[JSON]: ...
    def query_clusters(self) -> list[JSON]: ...
    def query_policies(self) -> list[PolicyRegistration]: ...
    def read_metrics(self, block_id: str, /) -> JSON: ...
    def download_policy(self, policy_uri: str, /) -> PolicyPackage: ...


@dataclass
class FleetDocuments:
    """The documents of a fleet, by kind and file name.

    Parameters
    ----------
    documents
        By kind (one of ``FOLDERS``), then by file name without its ending.
    archives
        Code of policies by file name.
    missing
        What could not be had, a line each.
    secrets
        How many were blotted out.
    """

    documents: dict[str, dict[str, JSON]] = field(default_factory=dict)
    archives: dict[str, bytes] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    secrets: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """How many documents there are of each kind."""
        return {kind: len(documents) for kind, documents in self.documents.items()}

    def read(self, aios: AIOS) -> None:
        """Ask an AIOS for all documents, and for the code of its policies.

        Raises
        ------
        AIOSError
            Blocks, metrics, clusters or policies cannot be had; code that cannot is noted.
        """
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
            self.documents[kind].setdefault(_file_name(own[key]), own)

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
        record = {"policy_rule_uri": policy.uri, **policy.to_wire()}
        self.documents["policies"][name] = {**record, "code": archive}

    def _archive_name(self, package: PolicyPackage) -> str:
        # Records may share an archive, or have different ones of the same name.
        taken = self.archives.get(package.file_name, package.archive())
        is_free = taken == package.archive()
        return package.file_name if is_free else f"{package.name}-{package.digest[:12]}.zip"

    def scrub(self) -> dict[str, str]:
        """Replace every address and name of a machine; return what stands for each."""
        # A policy's archive is told by the name of its file, and all others by their ids.
        keys = {"blocks": "id", "clusters": "id", "policies": "policy_rule_uri"}
        ids = (d[key] for kind, key in keys.items() for d in self.documents[kind].values())
        scrubber = Scrubber(frozenset([*ids, *self.archives]))
        for documents in self.documents.values():
            scrubber.learn(list(documents.values()))
        self._change(scrubber.clean)
        return scrubber.replaced

    def blot(self) -> None:
        """Blot out every secret."""
        before = self._blots()
        self._change(without_secrets)
        self.secrets = self._blots() - before

    def _change(self, change: Callable[[Any], Any]) -> None:
        for documents in self.documents.values():
            documents.update({name: change(document) for name, document in documents.items()})

    def _blots(self) -> int:
        return sum(
            json.dumps(d).count(REDACTED) for k in self.documents.values() for d in k.values()
        )

    def write(self, folder: Path) -> None:
        """Write a folder of files per kind, and the order in which AIOS lists them.

        Raises
        ------
        OSError
            A file cannot be written, or the folder holds a fleet already.
        """
        for kind, documents in self.documents.items():
            (folder / kind).mkdir(parents=True)
            for name, document in documents.items():
                _write_json(folder / kind / f"{name}.json", document)
        for name, raw in self.archives.items():
            (folder / "policies" / name).write_bytes(raw)
        _write_json(folder / "order.json", {k: list(d) for k, d in self.documents.items() if d})


def _write_json(path: Path, document: JSON) -> None:
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _file_name(key: str) -> str:
    # An id comes from whoever registered it: it may hold a slash, and must not lead elsewhere.
    name = "".join(c if c.isalnum() or c in "-_.@" else "_" for c in key)
    return name if name.strip(".") else f"_{name}"
