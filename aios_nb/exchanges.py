"""What was asked and answered over HTTP, as the client keeps it: bounded, and without secrets."""

from __future__ import annotations

import gc
import json
import re
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

REDACTED = "***"
SECRET = re.compile(
    r"(password|passwd|secret|authorization|credentials?|(api|access|private|auth)[_-]?key"
    r"|(?<!max_)(?<!eos_)token)$",
    re.I,
)
# In Python's and JSON's spelling of a dict, as services put one into their words.
PAIR = re.compile(
    rf"""(\\?["'][\w-]*(?:{SECRET.pattern[:-1]})\\?["']\s*:\s*\\?["'])(?:[^"'\\]|\\\\.)+""", re.I
)
QUERY = re.compile(rf"([?&;#][\w-]*(?:{SECRET.pattern[:-1]})=)[^&\s\"'<>]+", re.I)
SCHEME = re.compile(r"\b(bearer\s+|basic\s+)[\w.~+/=-]{8,}", re.I)
USER = re.compile(r"\b([a-z][a-z0-9+.-]{0,30}://)[^\s/\"'<>]+@", re.I)


@dataclass(frozen=True)
class Answer:
    """What a service answered: status, headers, body (parsed, if it is JSON), bytes, how fast."""

    status: int
    headers: Mapping[str, str]
    body: Any
    elapsed_ms: float
    raw: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Exchange:
    """One HTTP call as the history keeps it, secrets blotted out.

    Parameters
    ----------
    service, method, url
        Who was asked, and how.
    sent
        The JSON body, the parameters, or the form's fields with files by name and size;
        ``None``: nothing.
    status
        HTTP status; ``None``: no answer came.
    milliseconds
        How long it took.
    raw
        The bytes that came back.
    failure
        Why no usable answer came; empty: one did.
    """

    service: str
    method: str
    url: str
    sent: Any = field(repr=False)
    status: int | None
    milliseconds: float
    raw: bytes = field(default=b"", repr=False)
    failure: str = field(default="", repr=False)

    @property
    def received(self) -> Any:
        """The parsed body, or its text, or what went wrong."""
        return redacted(parsed(self.raw)[0]) if self.raw else self.failure or None


class History:
    """The latest exchanges, bounded in number and in bytes; the very last always stays.

    Several threads may append: explanations ask several questions at once.
    """

    def __init__(self, length: int, size_bytes: int) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=length)
        self._limit_bytes = size_bytes
        self._lock = threading.Lock()

    def append(self, exchange: Exchange) -> None:
        with self._lock:
            self._exchanges.append(exchange)
            size = sum(len(kept.raw) for kept in self._exchanges)
            while size > self._limit_bytes and len(self._exchanges) > 1:
                size -= len(self._exchanges.popleft().raw)

    def __iter__(self) -> Iterator[Exchange]:
        with self._lock:
            return iter(tuple(self._exchanges))


def redacted(value: Any) -> Any:
    """Return a copy of a JSON value with every secret in it blotted out."""
    if isinstance(value, dict):
        return {
            key: REDACTED if SECRET.search(str(key)) and part else redacted(part)
            for key, part in value.items()
        }
    if isinstance(value, list):
        return [redacted(part) for part in value]
    return redacted_text(value) if isinstance(value, str) else value


def redacted_text(text: str) -> str:
    """Return a text without the secrets of URLs, headers and dicts in it."""
    if "@" in text:
        text = USER.sub(rf"\g<1>{REDACTED}@", text)
    if "=" in text:
        text = QUERY.sub(rf"\g<1>{REDACTED}", text)
    if ":" in text:
        text = PAIR.sub(rf"\g<1>{REDACTED}", text)
    return SCHEME.sub(rf"\g<1>{REDACTED}", text)


def parsed(raw: bytes) -> tuple[Any, bool]:
    """Return a body, parsed or as text, and whether it is JSON."""
    # JSON has no cycles: amid a large answer, each collection looks at all of it in vain.
    is_collecting = gc.isenabled()
    gc.disable()
    try:
        return json.loads(raw), True
    except (ValueError, RecursionError):
        return raw.decode("utf-8", "replace"), False
    finally:
        if is_collecting:
            gc.enable()
