"""Whoever starts the emulator is told what the machine does not keep policies from."""

import pytest

from aios_nb.emulator.engine.policy_shelter import missing
from aios_nb.emulator.engine.policy_worker import fence, system_calls, user


def test_a_machine_that_lacks_nothing_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fence, "landlock_version", lambda: 1)
    monkeypatch.setattr(user, "processes_are_counted", lambda: True)
    monkeypatch.setattr("os.uname", lambda: type("Machine", (), {"machine": "aarch64"}))
    monkeypatch.setattr("sys.platform", "linux")

    assert [] == missing()


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fence, "landlock_version", lambda: -1)
    monkeypatch.setattr(user, "processes_are_counted", lambda: False)
    monkeypatch.setattr(user, "can_leave_root", lambda: False)
    monkeypatch.setattr(system_calls, "MACHINES", {})

    assert ["no Landlock", "without its privileges", "not known here"] == [
        " ".join(sentence.split()[-n:]) for sentence, n in zip(missing(), (2, 3, 3), strict=True)
    ]
