"""Log lines as Loki stores them, with the labels by which the guide finds them."""

from __future__ import annotations

import time
from collections import deque
from typing import NamedTuple


class LogLine(NamedTuple):  # made thousands of times per request at 1,000 candidates
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
        first_ns = max(time.time_ns(), self._last_ns + 1)
        self.lines.extend([LogLine(first_ns + n, labels, text) for n, text in enumerate(texts)])
        self._last_ns = first_ns + len(texts) - 1


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
