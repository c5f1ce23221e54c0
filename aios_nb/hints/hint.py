"""One hint: words to recognise, and what to tell a reader who meets them."""

from __future__ import annotations

from typing import NamedTuple


class Hint(NamedTuple):
    """A pattern in a message, and what to tell a reader who meets it.

    ``services`` names those whose messages alone are meant; empty: all.
    """

    pattern: str
    text: str
    services: tuple[str, ...] = ()
