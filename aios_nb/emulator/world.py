"""Everything the emulator remembers: documents, sessions, logs, journal, switches."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from .collection import JSON, Collection, Records
from .datastore import DataStore
from .faults import Fault, Faults
from .fleet import Fleet, by_key, components_of, copied_archives, read_fleet, write_fleet
from .folders import make_folder, remove_all_but, remove_folder
from .journal import Exchange, Journal, note
from .logbook import (
    ADHOC_LOG,
    EXECUTOR_LOG,
    POLICY_SYSTEM_LOG,
    ROUTER_LOG,
    SEARCH_LOG,
    Logbook,
    LogLine,
    container,
)
from .metrics import Clock, Metrics
from .settings import POLICY_MODES, QUIRKS, Settings

__all__ = [
    "ADHOC_LOG",
    "EXECUTOR_LOG",
    "JSON",
    "POLICY_MODES",
    "POLICY_SYSTEM_LOG",
    "QUIRKS",
    "ROUTER_LOG",
    "SEARCH_LOG",
    "Collection",
    "Exchange",
    "Fault",
    "LogLine",
    "Logbook",
    "PolicyRunner",
    "Settings",
    "Waiter",
    "World",
    "container",
]

# Collections and records that a data folder keeps, each under the name of its field.
COLLECTIONS = (
    "blocks",
    "metrics",
    "clusters",
    "components",
    "policies",
    "executors",
    "inference_servers",
)


class PolicyRunner(Protocol):
    """Runs policy archives in processes of their own (``engine/policy_runner.py``)."""

    async def run(self, archive: bytes, call: JSON, *, limit_s: float) -> JSON: ...

    async def close(self) -> None: ...


class ChatServer(Protocol):
    """A real model that answers for the matcher block (``engine/openai_chat.py``)."""

    async def ask(self, prompt: str, *, limit_s: float) -> str: ...


@dataclass
class World:
    """All state of one emulator. Only the event loop's thread touches it."""

    settings: Settings = field(default_factory=Settings)
    blocks: Collection = field(default_factory=Collection)
    metrics: Metrics = field(default_factory=Metrics)
    clusters: Collection = field(default_factory=Collection)
    components: Collection = field(default_factory=Collection)
    policies: Collection = field(default_factory=Collection)
    executors: Collection = field(default_factory=Collection)
    inference_servers: Collection = field(default_factory=Collection)
    replies: dict[str, JSON] = field(default_factory=dict)
    sessions: Records = field(default_factory=Records)
    addresses: dict[str, tuple[str, int]] = field(default_factory=dict)
    logs: Logbook = field(default_factory=Logbook)
    journal: Journal = field(default_factory=Journal)
    faults: Faults = field(default_factory=Faults)
    latency: dict[str, float] = field(default_factory=dict)
    folder: Path = field(default_factory=make_folder)
    service_urls: dict[str, str] = field(default_factory=dict)
    runner: PolicyRunner | None = None
    chat_server: ChatServer | None = None
    fleet_folder: Path | None = None
    first_settings: Settings | None = None
    data: DataStore | None = None
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def clock(self) -> Clock:
        """The time by which metrics are fresh or stale."""
        return self.metrics.clock

    def note(self, **facts: Any) -> None:
        """Show facts (candidates, policy, block, …) beside the request being served (journal)."""
        note(**facts)

    @property
    def store(self) -> Path:
        """The folder that the upload server writes and the static server serves (§5.1)."""
        path = self.data.policies if self.data else self.folder / "policies"
        path.mkdir(exist_ok=True)
        return path

    @property
    def incoming(self) -> Path:
        """Where an upload lies until it is whole: on the file system of the store."""
        return self.data.incoming if self.data else self.folder

    def new_id(self) -> str:
        """Return a 24-digit id in the shape of a Mongo ObjectId, the same in every run."""
        return f"{self._id_prefix}{next(self._ids):012x}"

    @property
    def _id_prefix(self) -> str:
        return f"68a1{self.settings.seed & 0xFFFFFFFF:08x}"

    def block(self, block_id: str) -> JSON | None:
        return self.blocks.first(id=block_id)

    def metrics_of(self, block_id: str) -> JSON | None:
        return self.metrics.first(blockId=block_id)

    def keep_in(self, data: DataStore) -> None:
        """Take over what a data folder holds, and store every change in it from now on."""
        self.data = data
        for name in (*COLLECTIONS, "sessions"):
            getattr(self, name).keep_in(data, name)
        if not data.is_new:
            self._restore(data)

    def _restore(self, data: DataStore) -> None:
        for name in COLLECTIONS:
            getattr(self, name).restore(data.documents(name))
        self.sessions.restore(data.facts("sessions"))
        self.replies = data.facts("replies")
        ours = re.compile(f"{self._id_prefix}([0-9a-f]{{12}})")
        ids = (str(d.get("_id")) for name in COLLECTIONS for d in getattr(self, name))
        used = (int(found[1], 16) for found in map(ours.fullmatch, ids) if found)
        self._ids = itertools.count(max(used, default=0) + 1)

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        """Make all changes inside, or none, in memory and in the data folder."""
        if self.data is None:
            yield
            return
        try:
            with self.data.at_once():
                yield
        except BaseException:
            self._restore(self.data)
            raise

    def load_fleet(self, folder: Path) -> None:
        """Replace blocks, metrics, clusters and replies by those in ``folder``; add its policies.

        Raises
        ------
        ValueError
            The folder has no ``blocks`` folder, or a file in it is not a JSON object. Nothing is
            changed then.
        Refusal
            The disk is full. Nothing is changed then either.
        """
        fleet, copies = read_fleet(folder), copied_archives(folder, self.incoming)
        with self._at_once():
            self._take(fleet)
            self._take_policies(fleet, copies)
        self.fleet_folder = folder
        self.latency.clear()
        self.addresses.clear()

    def _take(self, fleet: Fleet) -> None:
        for name in ("blocks", "clusters"):
            collection: Collection = getattr(self, name)
            collection.clear()
            for document in fleet[name].values():
                collection.insert(document)
        self.metrics.load(fleet["metrics"].values())
        self.components.clear()
        for component in components_of(fleet["blocks"].values()):
            self.components.insert(component)
        self.sessions.clear()
        self.replies = dict(fleet["replies"])
        if self.data is not None:
            self.data.drop_facts("replies")
            for block_id, profile in self.replies.items():
                self.data.put_fact("replies", block_id, profile)

    def _take_policies(self, fleet: Fleet, copies: dict[str, Path]) -> set[str]:
        """Register a snapshot's policies, whose code is served from here; return its files."""
        here = self.service_urls.get("static_server", "")
        for record in fleet["policies"].values():
            stored = self.policies.first(policy_rule_uri=record.get("policy_rule_uri"))
            if stored is not None:
                self.policies.remove(stored)
            self.policies.insert(
                {"_id": self.new_id(), **record, "code": f"{here}/{record['code']}"}
            )
        for name, copy in copies.items():
            os.replace(copy, self.store / name)
        return set(copies)

    def save_fleet(self, folder: Path) -> None:
        """Write the present fleet in the layout that :meth:`load_fleet` reads.

        Of two metrics documents for one block the first is kept, which is the one AIOS reads;
        a document without a block's id cannot be named, and is left out.
        """
        kept = {"blocks": (self.blocks, "id"), "clusters": (self.clusters, "id")}
        kept["metrics"] = (self.metrics, "blockId")
        fleet = {name: by_key(documents, key) for name, (documents, key) in kept.items()}
        write_fleet(folder, {**fleet, "replies": self.replies})

    def reset(self) -> None:
        """Go back to the first minute: the fleet as on disk, nothing uploaded, no faults.

        Raises
        ------
        ValueError
            The fleet's folder cannot be read any more. Nothing is changed then.
        Refusal
            The disk is full. Nothing is changed then either.
        """
        folder = self.fleet_folder
        fleet = read_fleet(folder) if folder is not None else None
        copies = copied_archives(folder, self.incoming) if folder is not None else {}
        settings, self.settings = self.settings, self.first_settings or Settings()
        with self._at_once():
            try:
                files = self._begin_anew(fleet, copies)
            except BaseException:
                self.settings = settings
                raise
        remove_all_but(files, self.store)
        self.latency.clear()
        self.addresses.clear()
        self.clock.resume()
        self.faults.reset(self.settings.seed)
        self.logs.lines.clear()
        self.journal.clear()

    def _begin_anew(self, fleet: Fleet | None, copies: dict[str, Path]) -> set[str]:
        if fleet is not None:
            self._take(fleet)
        self._ids = itertools.count(1)
        for collection in (self.policies, self.executors, self.inference_servers):
            collection.clear()
        self.add_default_executor()
        return set() if fleet is None else self._take_policies(fleet, copies)

    def add_default_executor(self) -> None:
        """Register the executor that the search server is configured for (§3, §5.3)."""
        self.executors.insert(
            {
                "executor_id": "executor-001",
                "executor_host_uri": self.service_urls.get("policy_executor", ""),
                "executor_metadata": {},
                "executor_hardware_info": {},
                "executor_status": "healthy",
            }
        )

    def close(self) -> None:
        if self.data is not None:
            self.data.close()
        remove_folder(self.folder)


# How a handler waits; tests put a clock of their own in its place.
Waiter = Callable[[float], Awaitable[None]]
