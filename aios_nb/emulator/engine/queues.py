"""Reply queues of the ad-hoc server's Redis, with two of their defects on demand (§12.4)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from ..world import World
from .memory import Mailbox, Memory, memory_of
from .packets import Answer
from .waiting import Silence, endless, wait_for_ever

DEFECTS = {"retry_poisoning", "stale_reply"}


async def receive(world: World, queue: str, work: Awaitable[list[Answer]]) -> Answer:
    """Return the answer that arrives for a request on ``queue`` while blocks do ``work``.

    Without quirks it is the first answer of this very request; what else the blocks send is lost.

    Raises
    ------
    Endless
        No answer came.
    """
    if DEFECTS & world.settings.quirks:
        return await _receive_from_queue(world, queue, work)
    try:
        answers = await work
    except Silence as silence:
        await wait_for_ever(world, str(silence))
    return answers[0]


async def _receive_from_queue(world: World, queue: str, work: Awaitable[list[Answer]]) -> Answer:
    """Wait as BRPOP does: whoever waits longest gets the next answer, whosever it is."""
    memory = memory_of(world)
    box = memory.mailboxes.setdefault(queue, Mailbox())
    waiter: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    box.waiters.append(waiter)
    _hand_out(box)
    task = asyncio.ensure_future(_deliver(world, memory, queue, work))
    memory.tasks.add(task)
    task.add_done_callback(memory.tasks.discard)
    # The block may take its time; only after it is done can the wait be endless.
    pending: list[asyncio.Future[Any]] = [task, waiter]
    try:
        await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        limit_s = world.settings.wait_limit_s
        done, _ = await asyncio.wait({waiter}, timeout=limit_s)
    except asyncio.CancelledError:
        # The caller has gone; in AIOS the answer is taken for it all the same, if one comes.
        task.add_done_callback(lambda _: _leave(world, box, waiter))
        raise
    if done:
        return waiter.result()
    _leave(world, box, waiter)
    raise endless(world, f"nothing arrived on {queue}")


def _leave(world: World, box: Mailbox, waiter: asyncio.Future[Answer]) -> None:
    if "retry_poisoning" not in world.settings.quirks and waiter in box.waiters:
        box.waiters.remove(waiter)


async def _deliver(world: World, memory: Memory, queue: str, work: Awaitable[list[Answer]]) -> None:
    try:
        answers = await work
    except Silence:
        return
    # Not those of a fleet that has been loaded meanwhile: who asked waits here.
    box = memory.mailboxes.setdefault(queue, Mailbox())
    box.left.extend(answers)
    _hand_out(box)
    if "stale_reply" not in world.settings.quirks:
        box.left.clear()
    if not box.left and not box.waiters:
        memory.mailboxes.pop(queue, None)


def _hand_out(box: Mailbox) -> None:
    while box.left and box.waiters:
        box.waiters.popleft().set_result(box.left.popleft())
