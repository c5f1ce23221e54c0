"""HTTP sessions that repeat only what may safely be repeated, GET, and end an answer in time."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import InvalidHeader
from urllib3.util import Retry

from .time_limit import POOLS

RETRY_AFTER_LIMIT_S = 5


def open_session() -> requests.Session:
    """Return a session that repeats a GET: without a connection once, after 429 or 503 twice."""
    retries = _GetOnly(
        total=None,
        connect=1,
        read=False,
        status=2,
        redirect=0,
        other=0,
        status_forcelist=(429, 503),
        backoff_factor=0.1,
        raise_on_status=False,
    )
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(max_retries=retries, pool_maxsize=32))
    return session


class _Adapter(HTTPAdapter):
    """Takes connections that limit an answer's time, header included."""

    def init_poolmanager(self, *sizes: Any, **more: Any) -> None:
        super().init_poolmanager(*sizes, **more)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: Any, **more: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **more)
        manager.pool_classes_by_scheme = POOLS
        return manager


class _GetOnly(Retry):
    """Retries for GET alone: any other call might be carried out twice."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        if method != "GET":
            Retry(0, read=False).increment(method, url, response, error, _pool, _stacktrace)
        return super().increment(method, url, response, error, _pool, _stacktrace)

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        return method == "GET" and super().is_retry(method, status_code, has_retry_after)

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        try:
            wait_s = super().get_retry_after(response)
        except (InvalidHeader, ValueError, OverflowError):  # a date of the year 99999
            return None  # as if it had not been sent: the answer itself is fine
        return None if wait_s is None else min(wait_s, RETRY_AFTER_LIMIT_S)
