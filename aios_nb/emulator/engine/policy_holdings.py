"""Which documents a policy's warm process holds: candidates travel once, then are only named."""

from __future__ import annotations

import marshal
import socket
import tempfile
from typing import Any

from ..world import JSON

# More would make the start of every child slower: a fork copies the page tables.
MOST_DOCUMENTS = 2048
MOST_BYTES = 64 * 2**20


class Holdings:
    """What one process has been given to hold, by identity.

    Documents are never changed in place (``collection.py``), so the same object means the same
    content. Each has a place, a number that is never used again.
    """

    def __init__(self) -> None:
        self.held = range(0)  # the places it knows once it has read all that was sent
        self._places: dict[int, int] = {}
        self._held: list[JSON] = []  # keeps the identities taken
        self._seen: dict[int, JSON] = {}

    def places(self, documents: Any, control: socket.socket, *, message: bytes) -> list[int] | None:
        """Return the places of the documents, after sending those that come a second time.

        Parameters
        ----------
        message
            What announces documents on the control socket; a file with them goes along.

        Returns
        -------
        list or None
            None: the process does not hold them all, they must go with the call.
        """
        if not isinstance(documents, list) or not documents:
            return None
        new = {id(d): d for d in documents if id(d) not in self._places}
        if new and not self._hand_over(new, documents, control, message):
            self._seen = {id(d): d for d in documents}
            return None
        return [self._places[id(d)] for d in documents]

    def _hand_over(
        self, new: dict[int, JSON], documents: list[JSON], control: socket.socket, message: bytes
    ) -> bool:
        """Send documents if they were there in the last call, too: others may never come again."""
        if not new.keys() <= self._seen.keys() or len(documents) > MOST_DOCUMENTS:
            return False
        is_full = len(self._held) + len(new) > MOST_DOCUMENTS
        wanted = {id(d): d for d in documents} if is_full else new
        first = self.held.stop
        if not self._send([first, is_full, [*wanted.values()]], control, message):
            return False
        if is_full:
            self._places.clear()
            self._held.clear()
        places = range(first, first + len(wanted))
        self._places.update(zip(wanted, places, strict=True))
        self._held += wanted.values()
        self.held = range(first if is_full else self.held.start, places.stop)
        self._seen = {}
        return True

    def _send(self, parcel: list[Any], control: socket.socket, message: bytes) -> bool:
        try:
            data = marshal.dumps(parcel)
            if len(data) > MOST_BYTES:
                return False
            with tempfile.TemporaryFile() as file:
                file.write(data)
                file.seek(0)
                socket.send_fds(control, [message], [file.fileno()])
        except (OSError, ValueError):
            return False  # the call carries them, and finds out what is wrong
        return True
