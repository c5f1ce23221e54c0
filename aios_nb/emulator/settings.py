"""The switches of an emulator: their values, checked."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

POLICY_MODES = ("executor", "local")
# Harmful upstream defects that can be switched on (contract §12.4).
QUIRKS = ("shared_gateway", "retry_poisoning", "stale_reply")


@dataclass
class Settings:
    """Switches of a running emulator; the control API changes them at run time.

    Parameters
    ----------
    policy_mode
        ``executor`` as deployed (POLICY_EXECUTION_MODE=remote), or ``local``.
    wait_limit_s
        Where AIOS waits for ever, answer with its failure shape after this many seconds.
    time_scale
        Simulated waits (block latency, 50 s of retries) last this many times as long.
    quirks
        Names of harmful upstream defects (contract §12.4) that are switched on.
    seed
        Start of every generated id.
    code_sources
        Where a policy's ``code`` may lie beside the emulator's own store: beginnings of URLs such
        as ``http://10.0.0.5:32555/``, and absolute folders.
    """

    policy_mode: str = "executor"
    wait_limit_s: float = 30.0
    time_scale: float = 1.0
    quirks: frozenset[str] = frozenset()
    seed: int = 0
    code_sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.policy_mode not in POLICY_MODES:
            raise ValueError(_expected("policy_mode", self.policy_mode, " or ".join(POLICY_MODES)))
        if not _is_number(self.wait_limit_s) or self.wait_limit_s <= 0:
            raise ValueError(_expected("wait_limit_s", self.wait_limit_s, "seconds above 0"))
        if not _is_number(self.time_scale) or self.time_scale < 0:
            raise ValueError(_expected("time_scale", self.time_scale, "a number from 0 up"))
        if not isinstance(self.seed, int) or isinstance(self.seed, bool):
            raise ValueError(_expected("seed", self.seed, "a whole number"))
        if unknown := sorted(self.quirks - set(QUIRKS)):
            raise ValueError(_expected("quirk", unknown[0], ", ".join(QUIRKS)))

        for source in self.code_sources:
            if not is_source(source):
                expected = "http(s)://host[:port]/[path/], or an absolute folder"
                raise ValueError(_expected("code source", source, expected))

    def to_json(self) -> dict[str, Any]:
        """Return what the control API shows."""
        return {**vars(self), "quirks": sorted(self.quirks), "code_sources": [*self.code_sources]}


def is_source(source: Any) -> bool:
    """Tell whether a text can name a place of policy archives."""
    if not isinstance(source, str):
        return False
    parts = urlsplit(source)
    # Without the slash, http://10.0.0.5 would also allow http://10.0.0.55 and 10.0.0.5.evil.
    is_url = parts.scheme in ("http", "https") and parts.netloc and parts.path.endswith("/")
    return bool(is_url and "@" not in parts.netloc) or os.path.isabs(source)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _expected(name: str, value: Any, expected: str) -> str:
    return f"{name} is {value!r}; expected {expected}"
