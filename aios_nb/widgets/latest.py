"""Runs only the newest of many requests, off the main thread, and drops late answers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Q = TypeVar("Q")
PAUSE_S = 0.04


class Superseded(Exception):  # noqa: N818 - no error: a newer request has come
    """A newer request has come; the work for this one is in vain."""


class Latest(Generic[Q]):
    """A queue of length one.

    Parameters
    ----------
    work
        Does the work for one request, in a thread of its own. It gets the request and ``check``,
        which raises :class:`Superseded` once a newer request has come: call it between steps,
        and always before showing anything.
    pause_s
        How long the requests must rest before the last is worked on, in seconds.
    is_eager
        Whether a request that comes while none is at hand is worked on without a pause.
    """

    def __init__(
        self,
        work: Callable[[Q, Callable[[], None]], None],
        *,
        pause_s: float = PAUSE_S,
        is_eager: bool = False,
    ) -> None:
        self._work = work
        self._pause_s, self._is_eager = pause_s, is_eager
        self._lock = threading.Lock()
        self._number = 0
        self._timer: threading.Timer | None = None
        self._idle = threading.Event()
        self._idle.set()

    def submit(self, request: Q) -> None:
        """Work on this request soon, and on no older one any more."""
        with self._lock:
            number = self._next()
            pause_s = 0.0 if self._is_eager and self._idle.is_set() else self._pause_s
            self._idle.clear()
            self._timer = threading.Timer(pause_s, self._run, (request, number))
            self._timer.daemon = True
            self._timer.start()

    def cancel(self) -> None:
        """Forget the request at hand; its answer is dropped."""
        with self._lock:
            self._next()
            self._idle.set()

    def wait(self, timeout_s: float) -> bool:
        """Return whether the newest request is done, waiting for it at most so long."""
        return self._idle.wait(timeout_s)

    def _next(self) -> int:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._number += 1
        return self._number

    def _run(self, request: Q, number: int) -> None:
        def check() -> None:
            if number != self._number:
                raise Superseded

        try:
            check()
            self._work(request, check)
        except Superseded:
            return
        finally:
            with self._lock:
                if number == self._number:
                    self._idle.set()
