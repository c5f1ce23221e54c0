"""Blots out keys and tokens wherever the emulator shows what it was sent: journal, page, logs.

AIOS itself shows them; whoever needs them has sent them. Done on reading, so that keeping an
exchange or a line costs nothing.
"""

from __future__ import annotations

import re
from typing import Any

BLOT = "***"
ENDS = (
    r"(?:password|passwd|secret|authorization|credentials?|"
    r"(?:api|access|private|auth)[_-]?key|(?<!max_)(?<!eos_)token)"
)
NAMES = rf"[\w-]*{ENDS}"
KEY = re.compile(rf"{ENDS}$", re.I)
# In Python's and JSON's spelling of a dict, and in a query string.
PAIR = re.compile(rf"""((?:\\?["'])(?:{NAMES})\\?["']\s*:\s*\\?["'])((?:[^"'\\]|\\\\.)*)""", re.I)
QUERY = re.compile(rf"([?&;#](?:{NAMES})=)[^&\s\"'<>]+", re.I)
SCHEME = re.compile(r"\b(bearer\s+|basic\s+)[\w.~+/=-]{8,}", re.I)
USER = re.compile(r"\b([a-z][a-z0-9+.-]{0,30}://)[^\s/\"'<>]+@", re.I)


def blotted(value: Any) -> Any:
    """Return a copy of a JSON value, or of a text, with every secret in it blotted out.

    Examples
    --------
    >>> blotted({"api_key": "sk-1", "max_tokens": 7, "url": "http://me:pw@host/"})
    {'api_key': '***', 'max_tokens': 7, 'url': 'http://***@host/'}
    """
    if isinstance(value, dict):
        return {
            key: BLOT if _is_secret(key, part) else blotted(part) for key, part in value.items()
        }
    if isinstance(value, list):
        return [blotted(part) for part in value]
    return blotted_text(value) if isinstance(value, str) else value


def _is_secret(key: Any, part: Any) -> bool:
    return bool(part) and not isinstance(part, int | float) and bool(KEY.search(str(key)))


def blotted_text(text: str) -> str:
    """Return a line or a path with every secret in it blotted out."""
    text = PAIR.sub(rf"\g<1>{BLOT}", text)
    text = QUERY.sub(rf"\g<1>{BLOT}", text)
    text = SCHEME.sub(rf"\g<1>{BLOT}", text)
    return USER.sub(rf"\g<1>{BLOT}@", text)
