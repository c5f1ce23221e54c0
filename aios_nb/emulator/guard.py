"""Who may talk to the emulator: programs of this machine, and others that hold its token."""

from __future__ import annotations

import base64
import ipaddress
import re
import secrets
from collections.abc import Collection, Iterable
from functools import lru_cache

# A policy archive with its model files is seldom larger; memory is the limit behind this one.
BODY_LIMIT = 64 * 1024 * 1024
HEADER_LIMIT = 64 * 1024

# No user, path or blank: a name with more than that is not what a browser sends for this machine.
PLACE = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(\d{1,5}))?", re.ASCII | re.IGNORECASE)
READING = ("GET", "HEAD")
# What a browser says of its own page, and of an address that somebody typed.
OWN_SITES = (b"same-origin", b"none")

RawHeaders = Iterable[tuple[bytes, bytes]]


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address means this machine and nothing else.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host.removesuffix(".").lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def complaint(
    headers: RawHeaders, *, ports: Collection[int], address: str = "", method: str = "GET"
) -> tuple[int, str] | None:
    """Return status and reason if a request must be refused, else ``None``.

    Parameters
    ----------
    ports, address
        Where the emulator listens; a page that it serves itself may call it.

    A ``Host`` that is not this machine means DNS rebinding; an ``Origin`` that is not one of the
    emulator's own addresses means a foreign web page whose script or form got here. A page that
    only fetches an image sends no ``Origin``, but ``Sec-Fetch-Site``; following a link is fine. So
    does one of another server on this machine, which is of the same site.
    """
    is_foreign, is_link = False, False
    for name, value in headers:
        if name == b"host" and not _is_own_host(value, address):
            return 403, (
                f"refused: Host {value.decode('latin-1')!r} is not this machine; "
                "call the emulator as 127.0.0.1 or localhost"
            )
        if name == b"origin" and not _is_own_origin(value, ports, address):
            return 403, (
                f"refused: Origin {value.decode('latin-1')!r} is a foreign web page; "
                "only the emulator's own page and programs without an Origin may call"
            )
        if name == b"content-length" and _length(value) > BODY_LIMIT:
            return _too_long(value)
        is_foreign = is_foreign or (name == b"sec-fetch-site" and value.strip() not in OWN_SITES)
        is_link = is_link or (name == b"sec-fetch-mode" and value == b"navigate")
    if is_foreign and not (is_link and method in READING):
        return 403, "refused: a foreign web page may link to the emulator, but not fetch from it"
    return None


def stranger(headers: RawHeaders, *, token: str) -> tuple[int, str] | None:
    """Return status and reason if another machine must be refused, else ``None``.

    Parameters
    ----------
    token
        Expected as ``Authorization: Bearer``, or as the password of Basic authorization, which
        is what a URL such as ``http://aios:TOKEN@host/`` sends. A web page elsewhere knows
        neither, so Host and Origin need no look.
    """
    has_token = False
    for name, value in headers:
        if name == b"authorization":
            has_token = secrets.compare_digest(_sent_token(value), token.encode())
        if name == b"content-length" and _length(value) > BODY_LIMIT:
            return _too_long(value)
    if has_token:
        return None
    return 401, "refused: other machines must send the emulator's token (Authorization: Bearer)"


def _sent_token(value: bytes) -> bytes:
    kind, _, text = value.partition(b" ")
    if kind.lower() != b"basic":
        return text.strip() if kind.lower() == b"bearer" else b""
    try:
        return base64.b64decode(text, validate=True).partition(b":")[2]
    except ValueError:
        return b""


def _too_long(length: bytes) -> tuple[int, str]:
    return 413, f"refused: the body has {_length(length)} bytes, at most {BODY_LIMIT} are taken"


# Every request of a client names the same host.
@lru_cache(256)
def _is_own_host(value: bytes, address: str) -> bool:
    host, _ = _split(value.decode("latin-1"))
    return is_loopback(host) or (host == address != "")


def _is_own_origin(value: bytes, ports: Collection[int], address: str) -> bool:
    scheme, _, place = value.decode("latin-1").partition("://")
    host, port = _split(place)
    is_own = is_loopback(host) or (host == address != "")
    return scheme.lower() == "http" and is_own and port in ports


def _split(place: str) -> tuple[str, int]:
    """Return host and port; an empty host if it is no plain one."""
    found = PLACE.fullmatch(place)
    if found is None:
        return "", 0
    return found[1].strip("[]").lower(), int(found[2] or 80)


def _length(value: bytes) -> int:
    return int(value) if value.isdigit() else 0
