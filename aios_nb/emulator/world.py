"""Everything the emulator remembers: documents, sessions, logs, journal, switches."""

from __future__ import annotations

import itertools
import math
import shutil
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from .collection import JSON, Collection
from .faults import Fault, Faults
from .fleet import components_of, read_fleet, write_fleet
from .folders import make_folder
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

POLICY_MODES = ("executor", "local")
# Harmful upstream defects that can be switched on (contract §12.4).
QUIRKS = ("shared_gateway", "retry_poisoning", "stale_reply")


@dataclass
class Settings:
    """Switches of a running emulator; the control API changes them at run time.

    Parameters
    ----------
    policy_mode
        ``executor`` as deployed (POLICY_EXECUTION_MODE=remote), or ``local``.
    wait_limit_s
        Where AIOS waits for ever, answer with its failure shape after this many seconds.
    time_scale
        Simulated waits (block latency, 50 s of retries) last this many times as long.
    quirks
        Names of harmful upstream defects (contract §12.4) that are switched on.
    seed
        Start of every generated id.
    """

    policy_mode: str = "executor"
    wait_limit_s: float = 30.0
    time_scale: float = 1.0
    quirks: frozenset[str] = frozenset()
    seed: int = 0

    def __post_init__(self) -> None:
        if self.policy_mode not in POLICY_MODES:
            raise ValueError(_expected("policy_mode", self.policy_mode, " or ".join(POLICY_MODES)))
        if not _is_number(self.wait_limit_s) or self.wait_limit_s <= 0:
            raise ValueError(_expected("wait_limit_s", self.wait_limit_s, "seconds above 0"))
        if not _is_number(self.time_scale) or self.time_scale < 0:
            raise ValueError(_expected("time_scale", self.time_scale, "a number from 0 up"))
        if not isinstance(self.seed, int) or isinstance(self.seed, bool):
            raise ValueError(_expected("seed", self.seed, "a whole number"))
        if unknown := sorted(self.quirks - set(QUIRKS)):
            raise ValueError(_expected("quirk", unknown[0], ", ".join(QUIRKS)))

    def to_json(self) -> JSON:
        """Return what the control API shows."""
        return {**vars(self), "quirks": sorted(self.quirks)}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _expected(name: str, value: Any, expected: str) -> str:
    return f"{name} is {value!r}; expected {expected}"


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
    sessions: dict[str, str] = field(default_factory=dict)
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
        path = self.folder / "policies"
        path.mkdir(exist_ok=True)
        return path

    def new_id(self) -> str:
        """Return a 24-digit id in the shape of a Mongo ObjectId, the same in every run."""
        return f"68a1{self.settings.seed & 0xFFFFFFFF:08x}{next(self._ids):012x}"

    def block(self, block_id: str) -> JSON | None:
        return self.blocks.first(id=block_id)

    def metrics_of(self, block_id: str) -> JSON | None:
        return self.metrics.first(blockId=block_id)

    def load_fleet(self, folder: Path) -> None:
        """Replace blocks, metrics, clusters and replies by those in ``folder``.

        Raises
        ------
        ValueError
            The folder has no ``blocks`` folder, or a file in it is not a JSON object. Nothing is
            changed then.
        """
        fleet = read_fleet(folder)
        self.fleet_folder = folder
        for name in ("blocks", "clusters"):
            collection: Collection = getattr(self, name)
            collection.clear()
            for document in fleet[name].values():
                collection.insert(document)
        self.metrics.load(fleet["metrics"].values())
        self.components.clear()
        for component in components_of(fleet["blocks"].values()):
            self.components.insert(component)
        self.replies = dict(fleet["replies"])
        self.latency.clear()
        self.sessions.clear()
        self.addresses.clear()

    def save_fleet(self, folder: Path) -> None:
        """Write the present fleet in the layout that :meth:`load_fleet` reads.

        Of two metrics documents for one block the first is kept, which is the one AIOS reads;
        a document without a block's id cannot be named, and is left out.
        """
        kept = {"blocks": (self.blocks, "id"), "clusters": (self.clusters, "id")}
        kept["metrics"] = (self.metrics, "blockId")
        fleet = {name: _by_key(documents, key) for name, (documents, key) in kept.items()}
        write_fleet(folder, {**fleet, "replies": self.replies})

    def reset(self) -> None:
        """Go back to the first minute: the fleet as on disk, nothing uploaded, no faults.

        Raises
        ------
        ValueError
            The fleet's folder cannot be read any more. Nothing is changed then.
        """
        if self.fleet_folder is not None:
            self.load_fleet(self.fleet_folder)
        self.settings = self.first_settings or Settings()
        self._ids = itertools.count(1)
        shutil.rmtree(self.store, ignore_errors=True)
        for collection in (self.policies, self.executors, self.inference_servers):
            collection.clear()
        self.clock.resume()
        self.faults.reset(self.settings.seed)
        self.logs.lines.clear()
        self.journal.clear()
        self.add_default_executor()

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
        shutil.rmtree(self.folder, ignore_errors=True)


def _by_key(documents: Collection, key: str) -> dict[str, JSON]:
    found: dict[str, JSON] = {}
    for document in documents:
        if isinstance(name := document.get(key), str):
            found.setdefault(name, document)
    return found


# How a handler waits; tests put a clock of their own in its place.
Waiter = Callable[[float], Awaitable[None]]
