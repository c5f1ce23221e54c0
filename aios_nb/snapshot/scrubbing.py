"""Addresses and names of machines must not leave a cluster with its data."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .blotting import without_secrets
from .host_names import (
    ASSIGNED,
    DOTTED,
    HOST_AND_PORT,
    URI,
    WELL_KNOWN,
    field_name,
    hosts_in,
    is_host,
    named_hosts,
    other_names,
)

URL = re.compile(r"\b[a-z][a-z0-9+.-]{0,30}://[^\s\"'<>]+", re.I)
IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
IPV6 = re.compile(r"(?<![\w:.])[0-9a-f]{0,4}:[0-9a-f:]{0,40}:[0-9a-f.]{0,20}(?![\w:])", re.I)
MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
BETWEEN_COMMAS = re.compile(r"[^\s,;]+")
TOKEN = re.compile(r"[\w.-]+")
VERSION_KEY = re.compile(r"version$", re.I)  # 1.2.3.4 may be one, and filters read it
LOCAL = ("127.0.0.1", "0.0.0.0", "localhost")  # they tell nothing


@dataclass
class Scrubber:
    """Replaces secrets by ``***`` and each address by a made-up one, the same each time.

    Ids of blocks and clusters, numbers and all that a filter or a policy reads stay as they are.
    The name of a machine is told by its field (``host``, ``nodeName``, ``--host``) or by its form
    (``gpu-7.corp.example``); one that a field tells is replaced wherever it stands.

    Parameters
    ----------
    keeps
        Names that stay although a machine has them, too, such as the ids of blocks.
    """

    keeps: frozenset[str] = frozenset()
    _names: dict[str, str] = field(default_factory=dict)
    _hosts: set[str] = field(default_factory=set)
    _others: set[str] = field(default_factory=set)

    @property
    def replaced(self) -> dict[str, str]:
        """What stands for each address so far."""
        return dict(self._names)

    def learn(self, value: Any) -> None:
        """Look for names of machines that stand elsewhere without a field that tells them."""
        self._hosts.update(name.lower() for name in named_hosts(value))
        self._others.update(name.lower() for name in other_names(value))

    def clean(self, value: Any) -> Any:
        """Return a copy of a JSON value without secrets and addresses."""
        self.learn(value)
        return self._clean(without_secrets(value), "")

    def _clean(self, value: Any, key: str) -> Any:
        if isinstance(value, dict):
            return {
                self._text(name, ""): self._clean(part, field_name(value, name))
                for name, part in value.items()
            }
        if isinstance(value, list):
            return [self._clean(part, key) for part in value]
        return self._text(value, key) if isinstance(value, str) else value

    def _text(self, text: str, key: str) -> str:
        hosts = hosts_in(key, text)
        if hosts:
            return BETWEEN_COMMAS.sub(
                lambda found: self._made_up(found[0]) if found[0] in hosts else found[0], text
            )
        if text in self.keeps:
            return text
        text = URL.sub(lambda found: self._url(found[0]), text)
        text = MAIL.sub(lambda found: self._mail(found[0]), text)
        if not URI.fullmatch(text):
            text = self._host_names(text)
        text = IPV6.sub(lambda found: self._ipv6(found[0]), text)
        if VERSION_KEY.search(key):
            return text
        return IPV4.sub(lambda found: self._made_up(found[0]), text)

    def _host_names(self, text: str) -> str:
        text = HOST_AND_PORT.sub(lambda found: self._made_up(found[0]), text)
        text = DOTTED.sub(lambda found: self._dotted(found[0]), text)
        text = ASSIGNED.sub(lambda found: found[1] + self._assigned(found[2]), text)
        return TOKEN.sub(lambda found: self._learned(found[0]), text)

    def _assigned(self, word: str) -> str:
        return self._made_up(word) if is_host(word) else word

    def _learned(self, word: str) -> str:
        name = word.rstrip(".-")
        key = name.lower()
        # A plain word, such as "master", may mean anything where no field tells.
        is_known = key in self._hosts and re.search(r"[\d.-]", key)
        if is_known and key not in self._others and name not in self.keeps:
            return self._made_up(name) + word[len(name) :]
        if "_" in word:
            return "_".join(map(self._learned, word.split("_")))
        return word

    def _dotted(self, name: str) -> str:
        return name if WELL_KNOWN.search(name) else self._made_up(name)

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
        return self._names.setdefault(mail.lower(), f"person{len(self._names) + 1}@mail.invalid")

    def _made_up(self, address: str) -> str:
        host, colon, port = address.rpartition(":")
        if colon and port.isdigit() and ":" not in host:
            return f"{self._made_up(host)}:{port}"
        if not address or address in LOCAL or address.endswith(".invalid"):
            return address
        return self._names.setdefault(address.lower(), f"host{len(self._names) + 1}.invalid")
