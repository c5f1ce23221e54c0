"""One session, one block, for ever: the ad-hoc server's first cache (contract §12.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..refusal import Refusal
from ..world import World
from .memory import memory_of
from .packets import text_field
from .selecting import choose_block


async def block_of_session(world: World, session_id: str, read_query: Callable[[], Any]) -> str:
    """Return the block that answers a session; search only if the session is new.

    Parameters
    ----------
    read_query
        Returns the selection query, or raises ``ValueError``; called if the session is new.

    Raises
    ------
    Refusal
        The search failed, or its winner's id is not a text. Such an id is remembered all the
        same and fails every later request of the session.
    """
    if session_id in world.sessions:
        chosen = world.sessions[session_id]
        world.note(found_by="session", block=chosen)
        return _checked(chosen)
    try:
        spec = read_query()
    except ValueError as error:
        raise Refusal(str(error)) from error
    memory = memory_of(world)
    chosen, _ = await choose_block(world, spec)
    if memory_of(world) is memory:  # else a reset, or another fleet, has ended all sessions
        world.sessions[session_id] = chosen
    world.note(found_by="search", block=chosen)
    return _checked(chosen)


def _checked(block_id: str | None) -> str:
    if block_id is None:
        # Assigning None to a field fails, unlike passing it to the constructor.
        raise Refusal("None has type NoneType, but expected one of: bytes, unicode")
    return text_field(block_id)
