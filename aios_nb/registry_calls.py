"""What surrounds a request: blocks, clusters, live metrics and logs, each by one call."""

from __future__ import annotations

import time

from . import answers
from .answers import LogLine
from .caller import Caller, id_in_path
from .wire import JSON, text


class RegistryCalls(Caller):
    """One method per call of the registries, the metrics service and the log service."""

    def read_metrics(self, block_id: str) -> JSON:
        """Return the block's live metrics, ``{blockId, instances}``; empty if it has none.

        Raises
        ------
        ServiceError
            The metrics service said no.
        TransportError
            It gave no usable answer.
        """
        found = self._ask("block_metrics", "GET", f"/block/{id_in_path(block_id)}", "data")
        return dict(found[0]) if found else {}

    def block_health(self, block_id: str) -> JSON:
        """Return ``{block_id, healthy, instances}``; a block without instances counts as healthy.

        Raises
        ------
        ServiceError
            Nothing is known about the block.
        TransportError
            The metrics service gave no usable answer.
        """
        health = self._ask("block_metrics", "GET", f"/block/health/{id_in_path(block_id)}")
        return {key: value for key, value in health.items() if key != "success"}

    def read_block(self, block_id: str) -> JSON:
        """Return the block's document in the registry.

        Raises
        ------
        ServiceError
            There is no such block.
        TransportError
            The registry gave no usable answer.
        """
        return dict(self._ask("blocks", "GET", f"/blocks/{id_in_path(block_id)}"))

    def query_blocks(self, query: JSON | None = None) -> list[JSON]:
        """Return the blocks that a Mongo filter finds.

        Parameters
        ----------
        query
            Such as ``{"id": "atlas-14b-chat"}``; ``None``: all.

        Raises
        ------
        ServiceError
            The registry refused the filter.
        TransportError
            It gave no usable answer.
        """
        return list(self._ask("blocks", "POST", "/blocks/query", json={"query": query or {}}))

    def query_clusters(self, query: JSON | None = None) -> list[JSON]:
        """Return the clusters that a Mongo filter finds; ``None``: all.

        Raises
        ------
        ServiceError
            The registry refused the filter.
        TransportError
            It gave no usable answer.
        """
        return list(self._ask("clusters", "POST", "/clusters/query", json={"query": query or {}}))

    def read_logs(self, logql: str, *, since_s: float = 3600.0, limit: int = 1000) -> list[LogLine]:
        """Return the newest log lines that a LogQL query finds, oldest first.

        Parameters
        ----------
        logql
            Such as ``{container="executor-executor-001"} |= "Final Score"``.
        since_s
            How far to look back, in seconds.
        limit
            How many lines at most.

        Returns
        -------
        list of LogLine
            Each is ``(ns, line, labels)``.

        Raises
        ------
        ServiceError
            The query was refused, or the credentials were.
        TransportError
            The log service gave no usable answer.
        """
        now_ns = time.time_ns()
        params = {
            "query": text(logql, "logql", example='{container="executor-executor-001"}'),
            "start": str(now_ns - int(since_s * 1e9)),
            "end": str(now_ns + 10**9),  # this very moment included
            "limit": str(limit),
            "direction": "backward",
        }
        path = f"{self._loki}/loki/api/v1/query_range"
        answer = self._send("logs", "GET", path, params=params, headers=self._grafana)
        return answers.log_lines("logs", answer.status, answer.body)
