"""The log lines of one request, followed while it is under way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import traitlets

from ..answers import LogLine
from ..errors import AIOSError

EVERY_S = 1.0
FOLLOW_S = 120.0
AFTERMATH_S = 3.0
MARGIN_S = 1.0
LINES_AT_MOST = 500


class ReadLogs(Protocol):
    """What the panel asks of a client; ``aios.read_logs`` is one."""

    def __call__(self, logql: str, *, since_s: float = ..., limit: int = ...) -> list[LogLine]:
        """Return log lines, oldest first."""
        ...


@dataclass(frozen=True)
class Source:
    """One service that writes about a request.

    Parameters
    ----------
    name
        As the panel shows it.
    logql
        Which lines; ``{queue}`` becomes the name of the reply queue.
    is_exact
        Whether lines name the request. Other services do not: theirs are chosen by time alone, so
        another request at the same moment may be among them.
    """

    name: str
    logql: str
    is_exact: bool = False


SOURCES = (
    Source("search server", '{container="search-server"} |~ "db query|execute_policy: "'),
    Source("policy executor", '{container="executor-executor-001"} |~ "INFO|WARNING|ERROR"'),
    Source("ad-hoc server", '{container="inference-server"} |= `{queue}`', is_exact=True),
)


@dataclass(frozen=True)
class Entry:
    """One log line of the request.

    Parameters
    ----------
    after_s
        How long after the request was sent, in seconds, by the two clocks involved.
    source
        Who wrote it.
    line
        The text.
    """

    ns: int
    after_s: float
    source: str
    line: str


class LogModel(traitlets.HasTraits):
    """Follows the log lines of one request.

    Parameters
    ----------
    read_logs
        Reads log lines, such as ``aios.read_logs``.
    sources
        Which services are asked, and for which lines.
    every_s
        How often, in seconds.
    clock
        Returns seconds since the epoch.

    Attributes
    ----------
    entries
        The lines so far, oldest first.
    is_following
        Whether more are awaited.
    message
        Why there are none; empty: there is nothing to say.
    """

    entries = traitlets.Tuple()
    is_following = traitlets.Bool(False)
    message = traitlets.Unicode("")

    def __init__(
        self,
        read_logs: ReadLogs,
        *,
        sources: Iterable[Source] = SOURCES,
        every_s: float = EVERY_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()
        self._read_logs, self.sources = read_logs, tuple(sources)
        self._every_s, self._clock = every_s, clock
        self._stop = threading.Event()
        self._until_s = 0.0

    @property
    def has_request(self) -> bool:
        """Whether there is, or was, a request to follow."""
        return self._until_s > 0

    def follow(
        self, session_id: str, seq_no: int, *, started_s: float, limit_s: float = FOLLOW_S
    ) -> None:
        """Read the lines of this request again and again, until :meth:`stop` or the limit.

        Parameters
        ----------
        session_id, seq_no
            The request.
        started_s
            When it was sent, in seconds since the epoch.
        limit_s
            How long to follow at most, in seconds.
        """
        self._stop.set()
        self._stop = threading.Event()
        self._until_s = self._clock() + limit_s
        self.entries, self.message, self.is_following = (), "", True
        queue = f"__{session_id}__{seq_no}"
        args = (queue, started_s, self._stop)
        threading.Thread(target=self._work, args=args, daemon=True).start()

    def finish(self, aftermath_s: float = AFTERMATH_S) -> None:
        """Follow only a little longer: the request has ended, its last lines may be on the way."""
        self._until_s = min(self._until_s, self._clock() + aftermath_s)

    def stop(self) -> None:
        """Follow no longer; the lines stay."""
        self._stop.set()
        self.is_following = False

    def close(self) -> None:
        """Follow no longer."""
        self.stop()

    def _work(self, queue: str, started_s: float, stop: threading.Event) -> None:
        while not stop.is_set():
            is_last = self._clock() >= self._until_s
            self._show(queue, started_s, stop)
            if is_last:
                break
            stop.wait(min(self._every_s, max(0.05, self._until_s - self._clock())))
        if stop is self._stop:
            self.is_following = False

    def _show(self, queue: str, started_s: float, stop: threading.Event) -> None:
        try:
            found = self._read(queue, started_s)
        except AIOSError as error:
            if not stop.is_set():
                self.message = f"The logs cannot be read. {error}"
                stop.set()
            return
        if stop.is_set():
            return
        merged = {(entry.ns, entry.source, entry.line): entry for entry in (*self.entries, *found)}
        entries = tuple(sorted(merged.values(), key=lambda e: e.ns))[-LINES_AT_MOST:]
        if entries != self.entries:
            self.entries = entries

    def _read(self, queue: str, started_s: float) -> list[Entry]:
        since_s = max(MARGIN_S, self._clock() - started_s + MARGIN_S)
        start_ns = int(started_s * 1e9)
        return [
            Entry(line.ns, (line.ns - start_ns) / 1e9, source.name, line.line)
            for source in self.sources
            for line in self._read_logs(
                source.logql.replace("{queue}", queue), since_s=since_s, limit=LINES_AT_MOST
            )
            # Lines that name the request belong to it whatever the two clocks say.
            if source.is_exact or line.ns >= start_ns
        ]
