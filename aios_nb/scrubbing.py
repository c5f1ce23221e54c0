"""What must not leave a cluster with its data: secrets and addresses."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .exchanges import REDACTED, redacted

URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s\"'<>]+", re.I)
IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
IPV6 = re.compile(r"(?<![\w:.])[0-9a-f]*:[0-9a-f:]*:[0-9a-f.]*(?![\w:])", re.I)
MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
HOST_AND_PORT = re.compile(r"\b[a-z0-9-]+(?:\.[a-z0-9-]+)+:\d{2,5}\b", re.I)
BEARER = re.compile(r"\b(bearer\s+|basic\s+)[\w.~+/=-]{8,}", re.I)
# More than the history blots out: a folder is given to others.
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
# Keys whose whole value is an address of somebody.
ADDRESS_KEY = re.compile(
    r"(^|[_-])(?i:host|hostname|ip|address|gateway|email|mail)$|publicHostname"
    r"|[a-z](Host|Hostname|I[Pp]|Address|Gateway|Email)$"
)
VERSION_KEY = re.compile(r"version$", re.I)  # 1.2.3.4 may be one, and filters read it
LOCAL = ("127.0.0.1", "0.0.0.0", "localhost")  # they tell nothing


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
        # Of an environment variable the name stands beside the value.
        named = str(value.get("name") or value.get("key") or "") if "value" in value else ""
        keys = {name: named if name == "value" and _is_secret(named) else name for name in value}
        above = key if _is_secret(key) else ""
        return {name: _blotted(part, above or keys[name]) for name, part in value.items()}
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


@dataclass
class Scrubber:
    """Replaces secrets by ``***`` and each address by a made-up one, the same each time.

    Ids of blocks and clusters, numbers and all that a filter or a policy reads stay as they are.
    """

    _names: dict[str, str] = field(default_factory=dict)

    def clean(self, value: Any) -> Any:
        """Return a copy of a JSON value without secrets and addresses."""
        return self._clean(without_secrets(value), "")

    def _clean(self, value: Any, key: str) -> Any:
        if isinstance(value, dict):
            return {self._text(name, ""): self._clean(part, name) for name, part in value.items()}
        if isinstance(value, list):
            return [self._clean(part, key) for part in value]
        return self._text(value, key) if isinstance(value, str) else value

    def _text(self, text: str, key: str) -> str:
        if text and ADDRESS_KEY.search(key) and " " not in text and "://" not in text:
            return self._made_up(text)
        text = URL.sub(lambda found: self._url(found[0]), text)
        text = MAIL.sub(lambda found: self._mail(found[0]), text)
        text = HOST_AND_PORT.sub(lambda found: self._made_up(found[0]), text)
        text = IPV6.sub(lambda found: self._ipv6(found[0]), text)
        if VERSION_KEY.search(key):
            return text
        return IPV4.sub(lambda found: self._made_up(found[0]), text)

    def _url(self, url: str) -> str:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return "http://host.invalid"
        name = self._made_up(host)
        netloc = f"{name}:{port}" if port else name
        # User names and queries may hold credentials.
        return parts._replace(netloc=netloc, query="", fragment="").geturl()

    def _ipv6(self, text: str) -> str:
        address = text.rstrip(".")
        try:
            ipaddress.IPv6Address(address)
        except ValueError:
            return text  # a time of day has colons too
        return self._made_up(address) + text[len(address) :]

    def _mail(self, mail: str) -> str:
        return self._names.setdefault(mail, f"person{len(self._names) + 1}@mail.invalid")

    def _made_up(self, address: str) -> str:
        host, colon, port = address.rpartition(":")
        if colon and port.isdigit() and ":" not in host:
            return f"{self._made_up(host)}:{port}"
        if not address or address in LOCAL or address.endswith(".invalid"):
            return address
        return self._names.setdefault(address, f"host{len(self._names) + 1}.invalid")
