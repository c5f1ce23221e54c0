"""Only the newest request is answered; a late answer is dropped."""

import threading
from collections.abc import Callable

from aios_nb.widgets.latest import Latest

LIMIT_S = 5.0


def test_of_a_burst_only_the_last_request_is_worked_on() -> None:
    done: list[str] = []
    latest: Latest[str] = Latest(lambda request, _: done.append(request), pause_s=0.05)
    for request in "abc":
        latest.submit(request)

    assert latest.wait(LIMIT_S)
    assert ["c"] == done


def test_a_late_answer_to_an_older_request_is_dropped() -> None:
    shown: list[str] = []
    old_is_under_way, new_is_done = threading.Event(), threading.Event()

    def work(request: str, check: Callable[[], None]) -> None:
        if request == "old":
            old_is_under_way.set()
            new_is_done.wait(LIMIT_S)
        check()
        shown.append(request)
        new_is_done.set()

    latest: Latest[str] = Latest(work, pause_s=0)
    latest.submit("old")
    old_is_under_way.wait(LIMIT_S)
    latest.submit("new")

    assert new_is_done.wait(LIMIT_S)
    assert latest.wait(LIMIT_S)
    assert ["new"] == shown


def test_a_cancelled_request_is_not_worked_on() -> None:
    done: list[str] = []
    latest: Latest[str] = Latest(lambda request, _: done.append(request), pause_s=0.05)
    latest.submit("a")
    latest.cancel()

    assert latest.wait(0)
    assert [] == done
