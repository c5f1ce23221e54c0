"""What can go wrong, as a small tree of exceptions.

AIOSError
├── ConfigurationError   an address, a target or a profile is missing or still a placeholder
├── PayloadError         a value that AIOS could not use (also a ValueError); nothing was sent
├── PolicyError          a policy that was run here failed, or chose nothing AIOS could use
├── TransportError       no usable HTTP answer: refused, timed out, not JSON, too large
└── ServiceError         a service answered, and its answer is no (whatever the HTTP status)
"""

from __future__ import annotations

from collections.abc import Iterable

# What a terminal would obey instead of showing it; tabs and line breaks stay.
CONTROLS = {n: f"\\x{n:02x}" for n in (*range(32), *range(127, 160)) if chr(n) not in "\t\n"}


def printable(text: str) -> str:
    """Return a text of somebody else's so that a terminal shows it and obeys nothing in it.

    Examples
    --------
    >>> print(printable("a" + chr(27) + "[31m"))
    a\\x1b[31m
    """
    return text.translate(CONTROLS)


class AIOSError(Exception):
    """Everything that this package raises on purpose."""

    def __str__(self) -> str:
        return printable(super().__str__())


class ConfigurationError(AIOSError):
    """An address, a target or a profile is missing, unknown or still a placeholder."""


class PayloadError(AIOSError, ValueError):
    """A value that AIOS could not use; it was refused before anything was sent."""


class PolicyError(AIOSError):
    """A policy that was run here failed, or chose nothing that AIOS could use.

    Parameters
    ----------
    text
        Which policy, and what happened.
    traceback
        The policy's own traceback, as text; empty: it raised nothing.
    lines
        What it logged and printed before.
    """

    def __init__(self, text: str, traceback: str = "", lines: tuple[str, ...] = ()) -> None:
        super().__init__(text, traceback, lines)
        self.text = text
        self.traceback = traceback
        self.lines = lines

    def __str__(self) -> str:
        return printable(f"{self.text}\n{self.traceback}" if self.traceback else self.text)


class TransportError(AIOSError):
    """No usable HTTP answer came back.

    Parameters
    ----------
    text
        Who was asked, what happened, and what to do next.
    service
        Service name, one of the fields of ``Endpoints``.
    url
        The address that was asked.
    timed_out
        Whether the time limit ended the call; the service may still be working on it.
    """

    def __init__(
        self, text: str, service: str = "", url: str = "", timed_out: bool = False
    ) -> None:
        super().__init__(text, service, url, timed_out)
        self.text = text
        self.service = service
        self.url = url
        self.timed_out = timed_out

    def __str__(self) -> str:
        return printable(self.text)


class ServiceError(AIOSError):
    """A service answered, and its answer is no.

    Parameters
    ----------
    service
        Service name, one of the fields of ``Endpoints``.
    status
        HTTP status. AIOS often says no with 200.
    message
        The service's own words.
    hint
        What these words mean and what to do next; empty when nothing is known about them.
    """

    def __init__(self, service: str, status: int, message: str, hint: str = "") -> None:
        super().__init__(service, status, message, hint)
        self.service = service
        self.status = status
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        said = f"{self.service} said no (HTTP {self.status}): {self.message}"
        return printable(f"{said}\n  hint: {self.hint}" if self.hint else said)


def did_you_mean(value: object, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the known word nearest to ``value``, or nothing."""
    from difflib import SequenceMatcher  # 5 ms that only a mistake should cost

    said = str(value).lower()
    likeness = {word: SequenceMatcher(None, word.lower(), said).ratio() for word in known}
    # Of equals the first: '=' is as near to '==' as to '>='.
    near = max(likeness, key=likeness.__getitem__, default="")
    return f"; did you mean {near!r}?" if likeness.get(near, 0) >= 0.6 else ""
