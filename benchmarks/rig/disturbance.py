"""Faults that come and go under load, and which answers they excuse."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from typing import Any

from .openloop import Answer, Caller

JSON = dict[str, Any]
LASTS_S, PAUSE_S = 1.5, 0.5
GRACE_S = 1.0  # a fault ends on the server's clock, an answer arrives on ours
FAULTS: tuple[JSON, ...] = (
    {"service": "clusters", "kind": "error", "status": 503, "rate": 0.5},
    {"service": "inference_servers", "kind": "reset"},
    {"service": "components", "kind": "down"},
    {"service": "logs", "kind": "slow", "delay_s": 0.4},
    {"service": "policy_executor", "kind": "error", "status": 500, "rate": 0.5},
    {"service": "block", "block_id": "dune-13b-chat", "kind": "silent"},
)


class Disturbance:
    """Switches one fault on after the other until it is cancelled."""

    def __init__(self) -> None:
        self._last = dict[str, tuple[float, float]]()
        self.seen: Counter[str] = Counter()

    async def disturb(self, caller: Caller) -> None:
        for fault in itertools.cycle(FAULTS):
            begun = time.perf_counter()
            # Known before it is sent: an answer may come before that of the control API.
            self._last[fault["service"]] = begun, begun + PAUSE_S + LASTS_S + GRACE_S + 5
            await caller.ask("POST", "/_emulator/faults", {**fault, "lasts_s": LASTS_S})
            end = time.perf_counter() + LASTS_S
            self._last[fault["service"]] = begun, end + GRACE_S
            await asyncio.sleep(LASTS_S + PAUSE_S)

    def excuses(self, service: str, *, since: float) -> bool:
        """Tell whether a fault of this service was on at some time since then; count it if so."""
        begun, end = self._last.get(service, (0.0, 0.0))
        is_excused = begun <= time.perf_counter() and since <= end
        self.seen[service] += is_excused
        return is_excused


def is_server_error(answer: Answer) -> bool:
    return answer.status in (0, 500, 503)
