"""Injected faults: which request they hit, how often, for how long."""

import pytest

from aios_nb.emulator.faults import Fault, Faults


def test_nothing_is_hit_without_a_fault() -> None:

    assert Faults().check("blocks") is None


def test_a_fault_hits_its_service_alone() -> None:
    faults = Faults()
    fault = faults.add(Fault("blocks", "down"))

    assert fault is faults.check("blocks")
    assert faults.check("clusters") is None


def test_a_fault_of_a_block_spares_the_others() -> None:
    faults = Faults()
    faults.add(Fault("block", "silent", block_id="atlas-14b-chat"))

    assert faults.check("block", "atlas-14b-chat") is not None
    assert faults.check("block", "lynx-27b-vision") is None
    assert faults.check("block") is None


def test_a_counted_fault_ends_after_its_last_hit() -> None:
    faults = Faults()
    faults.add(Fault("blocks", "error", count=2))
    hits = [faults.check("blocks") is not None for _ in range(3)]

    assert hits == [True, True, False]
    assert list(faults) == []


def test_a_fault_ends_with_its_life_time(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = Faults()
    faults.add(Fault("blocks", "error", lasts_s=5))
    later = __import__("time").monotonic() + 6
    monkeypatch.setattr("time.monotonic", lambda: later)

    assert faults.check("blocks") is None


def test_a_rate_draws_the_same_hits_from_the_same_seed() -> None:
    def hits(seed: int) -> list[bool]:
        faults = Faults(seed)
        faults.add(Fault("blocks", "error", rate=0.5))
        return [faults.check("blocks") is not None for _ in range(40)]

    assert hits(3) == hits(3)
    assert {True, False} == set(hits(3))
    assert hits(3) != hits(4)


def test_a_removed_fault_hits_no_more() -> None:
    faults = Faults()
    number = faults.add(Fault("blocks", "down")).number

    assert faults.remove(number)
    assert not faults.remove(number)
    assert faults.check("blocks") is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"kind": "sleepy"}, "unknown fault kind 'sleepy'; use one of down, error"),
        ({"rate": 0}, "fault rate is 0; expected 0 < rate <= 1"),
        ({"rate": "often"}, "fault rate is 'often'"),
        ({"status": 200}, "fault status is 200; expected 400 to 599"),
        ({"delay_s": -1}, "fault delay_s is -1"),
        ({"delay_s": float("nan")}, "fault delay_s is nan"),
        ({"count": 0}, "fault count is 0"),
        ({"count": True}, "fault count is True"),
        ({"lasts_s": 0}, "fault lasts_s is 0"),
        ({"block_id": 7}, "fault block_id is 7"),
        ({"service": None}, "fault service is None"),
    ],
)
def test_an_impossible_fault_is_refused_with_a_reason(wrong: dict, words: str) -> None:
    with pytest.raises(ValueError) as refused:
        Fault(**{"service": "blocks", "kind": "error", **wrong})

    assert words in str(refused.value)
