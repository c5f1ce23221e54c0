"""Everything the emulator remembers: documents, sessions, logs, journal, switches."""

from __future__ import annotations

import itertools
import json
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

JSON = dict[str, Any]


class Collection:
    """Documents in insertion order, as a Mongo collection returns them without a sort.

    Documents are replaced, never changed in place, so handing them out needs no copy; whoever
    wants to change one builds a new dict and calls :meth:`replace`.
    """

    def __init__(self, documents: Iterable[JSON] = ()) -> None:
        self._documents: dict[int, JSON] = {}
        self._numbers = itertools.count(1)
        self.version = 0
        for document in documents:
            self.insert(document)

    def __iter__(self) -> Iterator[JSON]:
        return iter(self._documents.values())

    def __len__(self) -> int:
        return len(self._documents)

    def insert(self, document: JSON) -> JSON:
        self._documents[next(self._numbers)] = document
        self.version += 1
        return document

    def first(self, **fields: Any) -> JSON | None:
        """Return the oldest document whose top-level fields equal ``fields``."""
        return next((d for d in self if all(d.get(k) == v for k, v in fields.items())), None)

    def replace(self, old: JSON, new: JSON) -> None:
        """Put ``new`` where ``old`` (the very object) stands."""
        self._documents[self._number_of(old)] = new
        self.version += 1

    def remove(self, document: JSON) -> None:
        del self._documents[self._number_of(document)]
        self.version += 1

    def clear(self) -> None:
        self._documents.clear()
        self.version += 1

    def _number_of(self, document: JSON) -> int:
        return next(n for n, d in self._documents.items() if d is document)


@dataclass(frozen=True)
class LogLine:
    """One line as Loki would store it."""

    ns: int
    labels: dict[str, str]
    text: str


class Logbook:
    """The newest log lines of all containers, oldest dropped first."""

    def __init__(self, limit: int = 50_000) -> None:
        self.lines: deque[LogLine] = deque(maxlen=limit)
        self._last_ns = 0

    def write(self, labels: dict[str, str], *texts: str) -> None:
        """Append lines with one set of labels; time stamps never repeat, so order survives."""
        for text in texts:
            self._last_ns = max(time.time_ns(), self._last_ns + 1)
            self.lines.append(LogLine(self._last_ns, labels, text))


def container(name: str, namespace: str, app: str | None = None) -> dict[str, str]:
    """Return the labels that Promtail of grafana/loki-stack gives a container (contract §5.16)."""
    pod = app or name
    return {
        "namespace": namespace,
        "pod": pod,
        "container": name,
        "app": pod,
        "node_name": "emulator",
        "stream": "stderr",
        "filename": f"/var/log/pods/{namespace}_{pod}/{name}/0.log",
        "job": f"{namespace}/{pod}",
    }


EXECUTOR_LOG = container("executor-executor-001", "policies-system")
SEARCH_LOG = container("search-server", "utils")
ROUTER_LOG = container("parser", "services")
POLICY_SYSTEM_LOG = container("policies-system", "registries")
ADHOC_LOG = container("inference-server", "inference-server")


@dataclass
class Exchange:
    """One request as the journal keeps it, with the decision it led to, if any."""

    number: int
    at: float
    service: str
    method: str
    path: str
    status: int
    milliseconds: float
    request: Any = None
    response: Any = None
    decision: JSON | None = None


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


class PolicyRunner(Protocol):
    """Runs policy archives in processes of their own (``engine/policy_runner.py``)."""

    async def run(self, archive: bytes, call: JSON, *, limit_s: float) -> JSON: ...

    async def close(self) -> None: ...


@dataclass
class World:
    """All state of one emulator. Only the event loop's thread touches it."""

    settings: Settings = field(default_factory=Settings)
    blocks: Collection = field(default_factory=Collection)
    metrics: Collection = field(default_factory=Collection)
    clusters: Collection = field(default_factory=Collection)
    components: Collection = field(default_factory=Collection)
    policies: Collection = field(default_factory=Collection)
    executors: Collection = field(default_factory=Collection)
    inference_servers: Collection = field(default_factory=Collection)
    replies: dict[str, JSON] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    addresses: dict[str, tuple[str, int]] = field(default_factory=dict)
    logs: Logbook = field(default_factory=Logbook)
    journal: deque[Exchange] = field(default_factory=lambda: deque(maxlen=2_000))
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="aios-emulator-")))
    service_urls: dict[str, str] = field(default_factory=dict)
    runner: PolicyRunner | None = None
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

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
        read = {name: _read_documents(folder, name) for name in FLEET_FOLDERS}
        if not read["blocks"]:
            raise ValueError(f"{folder} holds no fleet: expected {folder}/blocks/*.json")
        for name in ("blocks", "metrics", "clusters"):
            collection: Collection = getattr(self, name)
            collection.clear()
            for document in read[name].values():
                collection.insert(document)
        self.components.clear()
        for document in read["blocks"].values():
            component = document.get("component")
            if component and not self.components.first(componentURI=component["componentURI"]):
                self.components.insert(component)
        self.replies = dict(read["replies"])
        self.sessions.clear()
        self.addresses.clear()

    def save_fleet(self, folder: Path) -> None:
        """Write the present fleet in the layout that :meth:`load_fleet` reads."""
        fleets: dict[str, dict[str, JSON]] = {
            "blocks": {d["id"]: d for d in self.blocks},
            "metrics": {d["blockId"]: d for d in self.metrics},
            "clusters": {d["id"]: d for d in self.clusters},
            "replies": self.replies,
        }
        for name, documents in fleets.items():
            (folder / name).mkdir(parents=True, exist_ok=True)
            for key, document in documents.items():
                text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
                (folder / name / f"{key}.json").write_text(text)

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


FLEET_FOLDERS = ("blocks", "metrics", "clusters", "replies")

# What a handler may ask for: given the world and a clock, nothing else is global.
Clock = Callable[[], float]
Waiter = Callable[[float], Awaitable[None]]


def _read_documents(folder: Path, name: str) -> dict[str, JSON]:
    documents: dict[str, JSON] = {}
    for path in sorted((folder / name).glob("*.json")):
        try:
            document = json.loads(path.read_text())
        except ValueError as error:
            raise ValueError(f"{path} is not JSON: {error}") from error
        if not isinstance(document, dict):
            raise ValueError(f"{path} holds a {type(document).__name__}, expected a JSON object")
        documents[path.stem] = document
    return documents
