"""Where AIOS waits for ever, the emulator waits for a while and says so."""

from __future__ import annotations

import asyncio
from typing import NoReturn

from ..refusal import Refusal
from ..world import World


class Silence(Exception):  # noqa: N818 - what AIOS does, not an error of the emulator
    """A block never answers; the text says why, which nobody in AIOS is told."""


class Endless(Refusal):
    """AIOS would never answer; no service may turn this into an answer of another kind."""


def endless(world: World, reason: str) -> Endless:
    """Return the refusal for a wait that has no end in AIOS (contract §8.3, §11, §12.1)."""
    limit_s = world.settings.wait_limit_s
    return Endless(
        f"emulator: AIOS would have waited for ever here ({reason}); "
        f"given up after {limit_s:g} s, the emulator's wait_limit_s"
    )


async def wait_for_ever(world: World, reason: str) -> NoReturn:
    """Wait ``wait_limit_s``, then raise :class:`Endless`."""
    await asyncio.sleep(world.settings.wait_limit_s)
    raise endless(world, reason)
