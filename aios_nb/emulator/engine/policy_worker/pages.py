"""Gives a child of the worker its own memory before its call comes.

A fork shares all memory until it is written, and Python writes to all that it looks at, for it
counts references. Each first write to a page then costs about 3 µs, which adds up: 1,000 candidates
stand on 3,300 pages, and one call of requests looks at 1,000. A child that waits has time for it.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import json
import logging
import marshal
import mmap
import socket
import sys
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

POPULATE_WRITE = 23  # Linux 5.14; an older one refuses, and the pages come one by one
PIECE_BYTES = 2**18  # some 150 µs
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
LIBC = ctypes.CDLL(None)


def page_runs(documents: Iterable[Any]) -> list[tuple[int, int]]:
    """Return where the objects of the documents stand: addresses and lengths, in bytes."""
    page = mmap.PAGESIZE
    pages = sorted({id(value) // page for value in _values(documents)})
    runs: list[tuple[int, int]] = []
    for number in pages:
        start = number * page
        if runs and sum(runs[-1]) == start:
            runs[-1] = (runs[-1][0], runs[-1][1] + page)
        else:
            runs.append((start, page))
    return runs


def _values(documents: Iterable[Any]) -> Iterator[Any]:
    waiting = [*documents]
    while waiting:
        value = waiting.pop()
        yield value
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list | tuple):
            waiting += value


def own(runs: Iterable[tuple[int, int]], *, is_over: Callable[[], bool]) -> None:
    """Make pages this process's own, piece by piece until ``is_over``."""
    with contextlib.suppress(AttributeError):
        for start, length in runs:
            for offset in range(0, length, PIECE_BYTES):
                if is_over():
                    return
                place, size = start + offset, min(PIECE_BYTES, length - offset)
                LIBC.madvise(ctypes.c_void_p(place), ctypes.c_size_t(size), POPULATE_WRITE)


def rehearse() -> None:
    """Do what every call does, so that its pages are this process's own by then."""
    sample = [{str(n): [n, float(n), {"text": "x" * n}]} for n in range(60)]
    with contextlib.suppress(Exception):  # the policy may have changed any of these
        json.loads(json.dumps(marshal.loads(marshal.dumps(sample)), sort_keys=True))
        _rehearse_log()
        if requests := sys.modules.get("requests"):
            _rehearse_request(requests)


def _rehearse_log() -> None:
    handler = logging.StreamHandler(io.TextIOWrapper(io.BytesIO(), write_through=True))
    handler.setFormatter(logging.Formatter("%(asctime)s - %(name)s - %(message)s"))
    log = logging.Logger("rehearsal")
    log.addHandler(handler)
    log.info("%s", "x")


def _rehearse_request(requests: ModuleType) -> None:
    """Send a request to nobody; not where the policy has changed what would run."""
    if requests.get is not requests.api.get or requests.get.__module__ != "requests.api":
        return
    connections: Any = sys.modules["urllib3.util.connection"]
    ours, theirs = socket.socketpair()
    ours.sendall(ANSWER)
    create, connections.create_connection = connections.create_connection, lambda *_, **__: theirs
    try:
        requests.get("http://localhost/", timeout=1).json()
    finally:
        connections.create_connection = create
        ours.close()
