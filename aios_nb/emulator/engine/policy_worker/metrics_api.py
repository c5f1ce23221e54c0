"""The metrics clients that a policy finds in its settings in local mode (contract §8.2).

Loaded by path (``metrics.py``), so it rests on the standard library alone. Method names and
failures are those of the search server's clients (SS/core/webhooks/global_metrics.py).
"""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_S = 30


class APIError(Exception):
    """The metrics service said no."""

    def __init__(self, message: str, status_code: int | None = None) -> None:
        super().__init__(message)
        self.status_code = status_code


class _Client:
    kind = ""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        parts = urlsplit(f"{self.base_url}/{self.kind}{path}")
        connection = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT_S)
        try:
            headers = {"Content-Type": "application/json"}
            connection.request(method, parts.path, json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status >= 400:
            side = "Client" if answer.status < 500 else "Server"
            raise APIError(
                f"{answer.status} {side} Error: {answer.reason} for url: {parts.geturl()}",
                answer.status,
            )
        document = json.loads(text)
        if not document.get("success", False):
            raise APIError(document.get("error", "Unknown error"), answer.status)
        return document.get("data")


class GlobalBlocksMetricsClient(_Client):
    """Block metrics, as on port 30201."""

    kind = "block"

    def create_block(self, block_data: Any) -> Any:
        return self._send("POST", "", block_data)

    def update_block(self, block_id: str, update_data: Any) -> Any:
        return self._send("PUT", f"/{block_id}", update_data)

    def delete_block(self, block_id: str) -> Any:
        return self._send("DELETE", f"/{block_id}")

    def get_block(self, block_id: str) -> Any:
        return self._send("GET", f"/{block_id}")

    def query_blocks(self, query_params: Any = None) -> Any:
        return self._send("POST", "/query", query_params or {})

    def aggregate_blocks(self, pipeline: Any) -> Any:
        return self._send("POST", "/aggregate", pipeline)


class GlobalClusterMetricsClient(_Client):
    """Cluster metrics; the emulator has no such service, so calls end in its 404."""

    kind = "cluster"

    def create_cluster(self, cluster_data: Any) -> Any:
        return self._send("POST", "", cluster_data)

    def update_cluster(self, cluster_id: str, update_data: Any) -> Any:
        return self._send("PUT", f"/{cluster_id}", update_data)

    def delete_cluster(self, cluster_id: str) -> Any:
        return self._send("DELETE", f"/{cluster_id}")

    def get_cluster(self, cluster_id: str) -> Any:
        return self._send("GET", f"/{cluster_id}")

    def query_clusters(self, query_params: Any = None) -> Any:
        return self._send("POST", "/query", query_params or {})

    def aggregate_clusters(self, pipeline: Any) -> Any:
        return self._send("POST", "/aggregate", pipeline)


def clients(services: dict[str, str]) -> dict[str, Any]:
    """Return the settings that the search server adds in local mode."""
    blocks = services.get("block_metrics", "http://127.0.0.1:30201")
    clusters = services.get("cluster_metrics", blocks)
    return {
        "block_metrics_api": GlobalBlocksMetricsClient(blocks),
        "cluster_metrics_api": GlobalClusterMetricsClient(clusters),
    }
