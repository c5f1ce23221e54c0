"""Sends a request without blocking anything, counts the seconds, and can stop waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import traitlets

from ..errors import AIOSError, ServiceError
from ..inference import InferenceRequest
from ..result import InferenceResult
from ..wire import JSON

Infer = Callable[[InferenceRequest], InferenceResult]
Make = Callable[[], InferenceRequest]
Score = Callable[[str], float | None]
TICK_S = 0.25
HISTORY_LIMIT = 50
UNEXPECTED = "The call ended in a way that nobody foresaw; the log of the kernel has the details."
CANCELLED = (
    "You stopped waiting. AIOS was not told, because it knows no cancel: the block may still be "
    "working, and a late answer is dropped here. This session and number are never used again."
)
WAITING, ANSWERED, FAILED, STOPPED = "waiting", "answered", "failed", "cancelled"


@dataclass(frozen=True)
class Run:
    """One request that was sent, and what became of it.

    Parameters
    ----------
    number
        Counts from 1.
    request
        What was sent.
    started_s
        When, in seconds since the epoch.
    state
        ``waiting``, ``answered``, ``failed`` or ``cancelled``.
    result
        The answer, if there is one.
    text, hint
        Why there is none, and what to do about it.
    score
        The block's score when the answer came; ``None``: not known.
    elapsed_s
        How long it took, or was waited for, in seconds.
    """

    number: int
    request: InferenceRequest
    started_s: float
    state: str = WAITING
    result: InferenceResult | None = None
    text: str = ""
    hint: str = ""
    score: float | None = None
    elapsed_s: float = 0.0

    @property
    def block_id(self) -> str:
        """The block that answered, or was to."""
        return self.result.block_id if self.result else self.request.model


class RunModel(traitlets.HasTraits):
    """Runs requests one after the other, each in a thread of its own.

    Parameters
    ----------
    infer
        Sends a request and waits, such as ``aios.infer``; its time limit is the last resort.
    make
        Returns the next request, with a session and number that were never used before, such as
        ``lambda: InferenceRequest(message="Hello", model="atlas-14b-chat")``.
    score_of
        Returns the score of a block for the history. ``None``: scores are not shown.
    clock
        Returns seconds that only grow, for the elapsed time.

    Attributes
    ----------
    history
        The runs, oldest first; the last one may be under way.
    is_running
        Whether an answer is awaited.
    elapsed_s
        How long it has been awaited, in seconds; grows four times a second.
    refusal
        Why the last request was not even sent; empty: it was.
    """

    history = traitlets.Tuple()
    is_running = traitlets.Bool(False)
    elapsed_s = traitlets.Float(0.0)
    refusal = traitlets.Unicode("")

    def __init__(
        self,
        infer: Infer,
        make: Make,
        *,
        score_of: Score | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._infer, self._make, self._score_of, self._clock = infer, make, score_of, clock
        # Guards the next two, never a notification: whoever hears one may take locks of his own.
        self._lock = threading.Lock()
        self._is_busy = False
        self._awaited = 0
        self._done = threading.Event()
        self._done.set()
        self._start_s = 0.0

    @property
    def latest(self) -> Run | None:
        """The newest run; ``None``: there was none."""
        return self.history[-1] if self.history else None

    def start(self) -> Run | None:
        """Send the next request and return at once; ``None``: see ``refusal``, or one is out."""
        if self.is_running:
            return None
        try:
            request = self._make()
        except AIOSError as error:
            self.refusal = str(error)
            return None
        with self._lock:
            if self._is_busy:
                return None
            self._is_busy = True
        number = self.latest.number + 1 if self.latest else 1
        run, done = Run(number, request, time.time()), threading.Event()
        self._awaited, self._start_s, self._done = number, self._clock(), done
        self.refusal, self.elapsed_s = "", 0.0
        self.history = (*self.history, run)[-HISTORY_LIMIT:]
        self.is_running = True
        threading.Thread(target=self._tick, args=(done,), daemon=True).start()
        threading.Thread(target=self._work, args=(run,), daemon=True).start()
        return run

    def cancel(self) -> None:
        """Stop waiting for the answer; AIOS knows no cancel, and goes on."""
        run = self.latest
        if run is not None and run.state == WAITING:
            self._finish(replace(run, state=STOPPED, text=CANCELLED))

    def wait(self, timeout_s: float = 5.0) -> bool:
        """Return whether nothing is awaited any more, waiting at most so long."""
        return self._done.wait(timeout_s)

    def close(self) -> None:
        """Await nothing any more."""
        self.cancel()

    def _work(self, run: Run) -> None:
        outcome = replace(run, state=FAILED, text=UNEXPECTED)
        try:
            result = self._infer(run.request)
            score = self._score_of(result.block_id) if self._score_of else None
            outcome = replace(run, state=ANSWERED, result=result, score=score)
        except ServiceError as error:
            outcome = replace(run, state=FAILED, text=_said(error), hint=error.hint)
        except AIOSError as error:
            outcome = replace(run, state=FAILED, text=str(error))
        finally:
            # Even if something else was raised, nobody must wait for ever.
            self._finish(outcome)

    def _finish(self, run: Run) -> None:
        """Show how a run ended, unless it was cancelled before."""
        with self._lock:
            if self._awaited != run.number:
                return
            self._awaited = 0
        elapsed_s = self._clock() - self._start_s
        ended = replace(run, elapsed_s=elapsed_s)
        self.elapsed_s = elapsed_s
        self.history = (*self.history[:-1], ended)
        self.is_running = False
        self._is_busy = False
        self._done.set()

    def _tick(self, done: threading.Event) -> None:
        while not done.wait(TICK_S):
            if self._awaited:
                self.elapsed_s = self._clock() - self._start_s


def _said(error: ServiceError) -> str:
    return f"{error.service} said no (HTTP {error.status}): {error.message}"


def raw_answer(run: Run) -> JSON:
    """Return the answer of a run as it came; empty if there is none."""
    return run.result.to_wire() if run.result else {}
