"""Many small pieces of work, here or on any executor, with progress and a limit."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, as_completed
from concurrent.futures import TimeoutError as FuturesTimeout  # its own before Python 3.11
from typing import TypeVar

from ..errors import PayloadError
from ..wire import shown

T = TypeVar("T")
R = TypeVar("R")
Progress = Callable[[int, int], None]
TIMEOUT_S = 600.0


def spread(
    work: Callable[[T], R],
    pieces: Sequence[T],
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
    timeout_s: float = TIMEOUT_S,
) -> list[R]:
    """Return the result of each piece, in order.

    Parameters
    ----------
    work
        What to do with a piece. An executor in other processes must be able to pickle it.
    executor
        Any ``concurrent.futures.Executor``, or Dask's ``client.get_executor()``; ``None``: one
        piece after the other, here.
    progress
        Called with the number of pieces done and their total; ``None``: a line on standard error
        if that is a terminal.
    timeout_s
        Limit of all pieces together on an executor, in seconds.

    Raises
    ------
    PayloadError
        ``executor`` or ``progress`` is something else.
    TimeoutError
        The limit was reached; what has not begun is cancelled.
    """
    if progress is not None and not callable(progress):
        raise PayloadError(
            f"progress is {shown(progress)}; expected a function of (done, total), or None: a "
            "terminal then shows a line"
        )
    if executor is not None and not hasattr(executor, "submit"):
        raise PayloadError(
            f"executor is {shown(executor)}; expected a concurrent.futures.Executor such as "
            "ThreadPoolExecutor(4), or Dask's client.get_executor()"
        )
    tell = progress or (_on_terminal if sys.stderr.isatty() else _silent)
    if executor is None:
        results = []
        for piece in pieces:
            results.append(work(piece))
            tell(len(results), len(pieces))
        return results
    futures = [executor.submit(work, piece) for piece in pieces]
    _await(futures, tell, timeout_s)
    return [future.result() for future in futures]


def _await(futures: Sequence[Future[R]], tell: Progress, timeout_s: float) -> None:
    try:
        for done, future in enumerate(as_completed(futures, timeout_s), start=1):
            future.result()
            tell(done, len(futures))
    except FuturesTimeout:
        if not any(future.done() and future.exception() for future in futures):
            done = sum(future.done() for future in futures)
            raise TimeoutError(
                f"{done} of {len(futures)} pieces were done in {timeout_s:g} s; give a larger "
                "timeout_s, fewer values, or an executor with more workers"
            ) from None
        raise
    finally:
        for future in futures:
            future.cancel()


def _on_terminal(done: int, total: int) -> None:
    end = "\n" if done == total else ""
    sys.stderr.write(f"\r{done} of {total}{end}")
    sys.stderr.flush()


def _silent(done: int, total: int) -> None:
    """Say nothing: a notebook's stored outputs must not depend on how fast it ran."""
