"""Pieces of work come back in order, on any executor, with progress and a limit."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from aios_nb import PayloadError
from aios_nb.lab.spreading import spread


def double(number: int) -> int:
    return 2 * number


def test_results_come_in_the_order_of_the_pieces() -> None:
    with ThreadPoolExecutor(3) as pool:
        assert [0, 2, 4, 6] == spread(double, range(4), executor=pool) == spread(double, range(4))


def test_progress_is_told_after_each_piece() -> None:
    seen: list[tuple[int, int]] = []
    with ThreadPoolExecutor(2) as pool:
        spread(double, range(3), progress=lambda *numbers: seen.append(numbers))
        spread(double, range(3), executor=pool, progress=lambda *numbers: seen.append(numbers))

    assert [(1, 3), (2, 3), (3, 3)] * 2 == seen


def test_a_terminal_shows_progress_and_anything_else_stays_silent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spread(double, range(2))
    silent = capsys.readouterr().err
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    spread(double, range(2))

    assert ("", "\r1 of 2\r2 of 2\n") == (silent, capsys.readouterr().err)


def test_a_failure_ends_the_rest_and_is_raised() -> None:
    begun: list[int] = []
    ended = Event()

    def work(number: int) -> None:
        begun.append(number)
        if number == 0:
            raise ValueError("broken")
        assert ended.wait(20)

    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(ValueError, match="broken"):
            spread(work, range(50), executor=pool)
        ended.set()

    assert len(begun) <= 2


def test_work_that_takes_too_long_is_given_up() -> None:
    ended = Event()
    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(TimeoutError, match=r"0 of 9 pieces were done in 0\.05 s"):
            spread(lambda _: ended.wait(20), range(9), executor=pool, timeout_s=0.05)
        ended.set()


@pytest.mark.parametrize(("name", "value"), [("progress", True), ("executor", 4)])
def test_what_is_no_progress_or_executor_is_told_what_would_be(name: str, value: object) -> None:
    with pytest.raises(PayloadError, match=rf"{name} is {value}; expected a "):
        spread(double, range(2), **{name: value})  # type: ignore[arg-type]
