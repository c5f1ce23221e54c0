"""What a policy prints and logs: in Python's own format, and up to a limit."""

from __future__ import annotations

import io
import logging
import os
import sys
from typing import Any


class Output(io.RawIOBase):
    """Standard output and error: what exceeds the limit is dropped, as a log rotation would."""

    spent = 0

    def __init__(self, descriptor: int, limit: int) -> None:
        self.descriptor, self.limit = descriptor, limit

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.descriptor

    def write(self, data: Any) -> int:
        room = max(0, self.limit - Output.spent)
        Output.spent += len(data)
        if room:
            os.write(self.descriptor, bytes(data[:room]))
        return len(data)


def open_streams(limit: int) -> None:
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        stream = io.TextIOWrapper(
            Output(descriptor, limit),  # type: ignore[type-var]
            encoding="utf-8",
            errors="backslashreplace",
            write_through=True,
        )
        setattr(sys, name, stream)
    # Python's own format, which is that of every line in AIOS's executor (contract §13.2).
    logging.basicConfig(level=logging.INFO)


def redirect_streams(descriptor: int) -> None:
    """Let all that is printed from here on go into another file, up to the limit again."""
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    Output.spent = 0
