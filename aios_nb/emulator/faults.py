"""Faults on demand: services that are down, slow, wrong or silent, for as long as asked."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import inf
from typing import Any

KINDS = ("down", "error", "slow", "reset", "silent")


@dataclass
class Fault:
    """One way in which a service misbehaves.

    Parameters
    ----------
    service
        A service name, or ``block`` for the block instance behind the ad-hoc server.
    kind
        ``down``: no connection; ``error``: HTTP ``status`` with an HTML page; ``slow``: the answer
        comes ``delay_s`` later; ``reset``: the connection is reset; ``silent``: no answer ever.
    block_id
        Only requests about this block; ``None``: all.
    rate
        Share of requests hit, drawn from the emulator's seed.
    count
        How many requests it still hits; ``None``: no limit.
    lasts_s
        Its life time; ``None``: until removed.
    """

    service: str
    kind: str
    block_id: str | None = None
    rate: float = 1.0
    status: int = 500
    delay_s: float = 0.0
    count: int | None = None
    lasts_s: float | None = None
    number: int = 0
    until: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault kind {self.kind!r}; use one of {', '.join(KINDS)}")
        self._check("service", isinstance(self.service, str), "a service's name")
        is_block = self.block_id is None or isinstance(self.block_id, str)
        self._check("block_id", is_block, "a block's id, or null")
        self._check("rate", _is_within(self.rate, 0, 1) and self.rate > 0, "0 < rate <= 1")
        is_failure = _is_whole(self.status) and 400 <= self.status <= 599
        self._check("status", is_failure, "400 to 599")
        self._check("delay_s", _is_within(self.delay_s, 0, 86_400), "seconds, 0 to 86400")
        is_count = self.count is None or (_is_whole(self.count) and self.count >= 1)
        self._check("count", is_count, "a whole number from 1 up, or null")
        is_time = self.lasts_s is None or (_is_within(self.lasts_s, 0, inf) and self.lasts_s > 0)
        self._check("lasts_s", is_time, "seconds above 0, or null")

    def _check(self, name: str, is_fine: bool, expected: str) -> None:
        if not is_fine:
            raise ValueError(f"fault {name} is {getattr(self, name)!r}; expected {expected}")

    def to_json(self) -> dict[str, Any]:
        """Return what the control API shows."""
        return {k: v for k, v in asdict(self).items() if k != "until"}


class Faults:
    """The faults that are switched on; asked once per request and per hop between services."""

    def __init__(self, seed: int = 0) -> None:
        self._faults: list[Fault] = []
        self._numbers = itertools.count(1)
        self.reset(seed)

    def __iter__(self) -> Iterator[Fault]:
        self._drop_the_expired()
        return iter(list(self._faults))

    def __len__(self) -> int:
        return len(self._faults)

    def reset(self, seed: int) -> None:
        """Forget all faults and start drawing anew."""
        self._faults.clear()
        self._draw = random.Random(seed)

    def add(self, fault: Fault) -> Fault:
        """Switch a fault on and give it its number."""
        fault.number = next(self._numbers)
        fault.until = None if fault.lasts_s is None else time.monotonic() + fault.lasts_s
        self._faults.append(fault)
        return fault

    def remove(self, number: int) -> bool:
        """Switch one fault off; return whether there was one with this number."""
        before = len(self._faults)
        self._faults = [f for f in self._faults if f.number != number]
        return len(self._faults) < before

    def clear(self) -> None:
        self._faults.clear()

    def check(self, service: str, block_id: str | None = None) -> Fault | None:
        """Return the fault that hits this request, and count it; ``None``: all is well."""
        if not self._faults:
            return None
        self._drop_the_expired()
        for fault in self._faults:
            if fault.service != service or fault.block_id not in (None, block_id):
                continue
            if fault.rate < 1.0 and self._draw.random() >= fault.rate:
                continue
            self._count(fault)
            return fault
        return None

    def _count(self, fault: Fault) -> None:
        if fault.count is None:
            return
        fault.count -= 1
        if fault.count == 0:
            self._faults.remove(fault)

    def _drop_the_expired(self) -> None:
        now = time.monotonic()
        self._faults = [f for f in self._faults if f.until is None or now < f.until]


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_within(value: Any, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
