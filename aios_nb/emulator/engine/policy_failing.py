"""The ways in which a policy's call has no result, before and in the call."""

from __future__ import annotations

DIED = "the policy's process ended without an answer (exit, signal, or out of memory)"


class Failed(Exception):  # noqa: N818 - an outcome that run() returns as a dict
    """A call that has no result: ``kind`` as in :meth:`PolicyProcesses.run`."""

    def __init__(self, kind: str, text: str, stage: str = "eval") -> None:
        super().__init__(text)
        self.answer = {"ok": False, "kind": kind, "error": text, "stage": stage}


class Unready(Exception):  # noqa: N818 - see Failed
    """A worker that did not start, with the lines that its start logged."""

    def __init__(self, kind: str, text: str, stage: str, lines: list[str] | None = None) -> None:
        super().__init__(text)
        self.kind, self.stage, self.lines = kind, stage, lines or []


class HasThreads(Exception):  # noqa: N818 - see Failed
    """An import left threads running; a child that is forked would lack them."""
