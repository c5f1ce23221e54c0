"""The three defects of §12.4, each on and off."""

import asyncio
import json

import pytest

from aios_nb.emulator.engine.inferring import infer as infer_packet
from aios_nb.emulator.engine.packets import Answer, Packet
from aios_nb.emulator.world import Fault, World

from .adhoc_requests import FAR, NEAR, OTHER_FAR, infer, known
from .conftest import FIXTURES


def test_behind_a_shared_gateway_the_first_block_answers_for_all(quick: World) -> None:
    quick.settings.quirks = frozenset({"shared_gateway"})
    answers = [infer(quick, known(b, seq_no=n)) for n, b in enumerate([FAR, OTHER_FAR])]

    assert [FAR, OTHER_FAR] == [a["model"] for a in answers]
    assert all(FAR in a["data"]["reply"] for a in answers)


def test_without_the_quirk_every_remote_block_answers_for_itself(quick: World) -> None:
    answers = [infer(quick, known(b, seq_no=n)) for n, b in enumerate([FAR, OTHER_FAR])]

    assert [FAR in answers[0]["data"]["reply"], OTHER_FAR in answers[1]["data"]["reply"]]


def packet(text: str, seq_no: int = 1) -> Packet:
    data = json.dumps({"mode": "chat", "message": text})
    return Packet(session_id="s", seq_no=seq_no, data=data, block_id=NEAR)


def answers_of(world: World, *texts: str) -> list[str]:
    """Send requests with one pair, one after the other; '' stands for no answer."""

    async def ask(text: str) -> str:
        try:
            answer: Answer = await infer_packet(world, packet(text))
        except Exception as failure:  # noqa: BLE001
            return "" if "waited for ever" in str(failure) else repr(failure)
        return answer.data

    async def ask_all() -> list[str]:
        return [await ask(text) for text in texts]

    return asyncio.run(ask_all())


@pytest.mark.parametrize("quirk", ["retry_poisoning", "stale_reply"])
def test_quirks_leave_ordinary_requests_alone(quick: World, quirk: str) -> None:
    quick.settings.quirks = frozenset({quirk})
    one, two = answers_of(quick, "one", "two")

    assert "one" in one
    assert "two" in two


def test_the_retry_of_an_abandoned_request_feeds_the_abandoned_one(quick: World) -> None:
    quick.settings.quirks = frozenset({"retry_poisoning"})
    quick.faults.add(Fault("block", "silent", block_id=NEAR, count=1))

    assert ["", "", ""] == answers_of(quick, "lost", "retry", "again")


def test_without_the_quirk_a_retry_is_answered(quick: World) -> None:
    quick.faults.add(Fault("block", "silent", block_id=NEAR, count=1))
    lost, retry = answers_of(quick, "lost", "retry")

    assert "" == lost
    assert "retry" in retry


def batch_then_single(world: World) -> str:
    batch = {"inputs": [{"mode": "chat", "message": m} for m in ("one", "two")]}

    async def ask() -> str:
        await infer_packet(world, Packet("s", 1, json.dumps(batch), block_id=NEAR))
        return (await infer_packet(world, packet("fresh"))).data

    return asyncio.run(ask())


def test_a_reply_left_over_from_a_batch_answers_the_next_request(quick: World) -> None:
    quick.settings.quirks = frozenset({"stale_reply"})

    assert "two" in batch_then_single(quick)


def test_without_the_quirk_leftovers_are_lost(quick: World) -> None:

    assert "fresh" in batch_then_single(quick)


def test_an_answer_arrives_though_a_fleet_is_loaded_meanwhile(quick: World) -> None:
    quick.settings.quirks = frozenset({"stale_reply"})
    quick.faults.add(Fault("block", "slow", block_id=NEAR, delay_s=0.1, count=1))

    async def ask() -> list[str]:
        asked = asyncio.create_task(infer_packet(quick, packet("before")))
        await asyncio.sleep(0.01)
        quick.load_fleet(FIXTURES)
        quick.settings.wait_limit_s = 1
        answer = await asked
        return [answer.data, (await infer_packet(quick, packet("after"))).data]

    before, after = asyncio.run(ask())

    assert "before" in before
    assert "after" in after


def test_a_caller_that_has_gone_takes_no_later_answer(quick: World) -> None:
    quick.settings.quirks = frozenset({"stale_reply"})
    quick.faults.add(Fault("block", "silent", block_id=NEAR, count=1))

    async def ask() -> str:
        quick.settings.wait_limit_s = 5
        gone = asyncio.create_task(infer_packet(quick, packet("gone")))
        await asyncio.sleep(0.01)
        gone.cancel()
        await asyncio.wait([gone])
        quick.settings.wait_limit_s = 0.2
        return (await infer_packet(quick, packet("present"))).data

    assert "present" in asyncio.run(ask())
