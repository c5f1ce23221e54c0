"""Secrets blotted out of what is given to others: more than the history blots out."""

from __future__ import annotations

import re
from typing import Any

from ..exchanges import REDACTED, redacted
from .host_names import field_name

BEARER = re.compile(r"\b(bearer\s+|basic\s+)[\w.~+/=-]{8,}", re.I)
WORD = r"(?:password|passwd|pwd|secret|token|credential|(?:api|access|private|secret|auth)[_-]?key)"
SECRET_KEY = re.compile(rf"{WORD}s?$", re.I)
MARK_OF_A_MODEL = re.compile(r"(eos|bos|pad|unk|sep|cls|mask|stop|special)_tokens?$", re.I)
ASSIGNED = re.compile(rf"((?<![\w-])[\w-]*{WORD}=)[^\s\"'&,;]+", re.I)
OPTION = re.compile(rf"((?<!\S)--?[\w-]*{WORD}\s+)(?!-)\S+", re.I)
# Secrets that can be told by their own form.
WELL_KNOWN = re.compile(
    r"\b(?:AKIA[0-9A-Z]{16}|hf_\w{16,}|sk-[\w-]{16,}|gh[pousr]_\w{20,}|xox[abpr]-[\w-]{10,}"
    r"|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]+)"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    re.S,
)


def without_secrets(value: Any) -> Any:
    """Return a copy of a JSON value in which ``***`` stands for every secret.

    Examples
    --------
    >>> without_secrets({"env": ["DB_PASSWORD=x"], "args": [{"name": "API_KEY", "value": "y"}]})
    {'env': ['DB_PASSWORD=***'], 'args': [{'name': 'API_KEY', 'value': '***'}]}
    """
    return _blotted(redacted(value), "")


def _blotted(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        above = key if _is_secret(key) else ""
        fields = {name: above or field_name(value, name) for name in value}
        return {name: _blotted(part, fields[name]) for name, part in value.items()}
    if isinstance(value, list):
        return [_blotted(part, key) for part in value]
    if not isinstance(value, str) or not value:
        return value
    if _is_secret(key):
        return REDACTED
    for pattern in (ASSIGNED, OPTION, BEARER):
        value = pattern.sub(rf"\1{REDACTED}", value)
    return WELL_KNOWN.sub(REDACTED, value)


def _is_secret(key: str) -> bool:
    return bool(SECRET_KEY.search(key)) and not MARK_OF_A_MODEL.search(key)
