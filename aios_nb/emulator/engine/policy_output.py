"""What a policy prints: a file that its process writes into, read when it is done."""

from __future__ import annotations

import os
import tempfile
from typing import IO

from .policy_limits import LIMITS

CUT = "emulator: this policy's further output is not kept (limit {limit} bytes)"


def open_log() -> IO[bytes]:
    """Return a file for what one call prints; where there is a choice, none on a disk."""
    if not hasattr(os, "memfd_create"):
        return tempfile.TemporaryFile()
    return os.fdopen(os.memfd_create("policy-log"), "w+b")


def read_log(log: IO[bytes]) -> list[str]:
    limit = LIMITS["output_bytes"]
    data = os.pread(log.fileno(), limit + 1, 0)
    lines = data[:limit].decode(errors="replace").splitlines()
    return [*lines, CUT.format(limit=limit)] if len(data) >= limit else lines
