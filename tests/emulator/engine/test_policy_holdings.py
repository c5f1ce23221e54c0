"""Candidates travel to a policy's process once; later calls only name them."""

import marshal
import os
import socket
from typing import Any

from aios_nb.emulator.engine.policy_holdings import MOST_DOCUMENTS, Holdings


class Process:
    """The other end: takes what is handed over."""

    def __init__(self) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.theirs.setblocking(False)
        self.holdings = Holdings()

    def places(self, documents: Any) -> list[int] | None:
        return self.holdings.places(documents, self.ours, message=b"D")

    def parcel(self) -> Any:
        try:
            _, (descriptor,), _, _ = socket.recv_fds(self.theirs, 1, 1)
        except BlockingIOError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            return marshal.load(file)


def test_documents_of_one_call_alone_are_not_held() -> None:
    process = Process()

    assert None is process.places([{"id": "a"}])
    assert None is process.places([{"id": "a"}])
    assert None is process.parcel()


def test_documents_that_come_again_are_handed_over_once() -> None:
    process, a, b = Process(), {"id": "a"}, {"id": "b"}
    process.places([a, b])

    assert [0, 1] == process.places([a, b])
    assert [0, False, [a, b]] == process.parcel()
    assert [1, 0, 1] == process.places([b, a, b])
    assert None is process.parcel()


def test_a_changed_document_goes_with_the_call_and_is_held_from_the_next_on() -> None:
    process, a, old, new = Process(), {"id": "a"}, {"id": "b", "n": 1}, {"id": "b", "n": 2}
    process.places([a, old])
    process.places([a, old])
    process.parcel()

    assert None is process.places([a, new])
    assert [0, 2] == process.places([a, new])
    assert [2, False, [new]] == process.parcel()


def test_a_full_process_forgets_what_it_holds() -> None:
    process = Process()
    many = [{"n": n} for n in range(MOST_DOCUMENTS)]
    process.places(many)
    process.places(many)
    process.parcel()
    one = {"id": "one"}
    process.places([one])

    assert [MOST_DOCUMENTS] == process.places([one])
    assert [MOST_DOCUMENTS, True, [one]] == process.parcel()
    assert None is process.places(many)


def test_what_cannot_be_handed_over_goes_with_the_call() -> None:
    process, odd = Process(), [{"id": object()}]

    assert [None] * 3 == [process.places(odd) for _ in range(3)]
    assert [None, None] == [process.places(value) for value in ([], "text")]
