"""Whoever starts the emulator is told what the machine does not keep policies from."""

import pytest

from aios_nb.emulator.engine import policy_calls, policy_fence, policy_user
from aios_nb.emulator.engine.policy_shelter import missing


def test_a_machine_that_lacks_nothing_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy_fence, "landlock_version", lambda: 1)
    monkeypatch.setattr(policy_user, "processes_are_counted", lambda: True)
    monkeypatch.setattr("os.uname", lambda: type("Machine", (), {"machine": "aarch64"}))
    monkeypatch.setattr("sys.platform", "linux")

    assert [] == missing()


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy_fence, "landlock_version", lambda: -1)
    monkeypatch.setattr(policy_user, "processes_are_counted", lambda: False)
    monkeypatch.setattr(policy_user, "can_leave_root", lambda: False)
    monkeypatch.setattr(policy_calls, "MACHINES", {})

    assert ["no Landlock", "without its privileges", "not known here"] == [
        " ".join(sentence.split()[-n:]) for sentence, n in zip(missing(), (2, 3, 3), strict=True)
    ]
