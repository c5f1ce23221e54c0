"""Rules for addresses in payloads: placeholders, hosts that AIOS cannot find, METRICS_BASE_URL."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from ..endpoints import PLACEHOLDERS
from ..wire import shown
from .findings import Finding
from .keys import wrong_type
from .rules import rule
from .spots import Spot

KEY = "METRICS_BASE_URL"
NO_METRICS = (
    "the upstream policy gets no metrics and swallows the failure: every score is 0.5, and the "
    "first candidate wins"
)


@rule("metrics address")
def metrics_address_ends_with_block(spot: Spot) -> Iterator[Finding]:
    """A spot whose value holds METRICS_BASE_URL: parameters, or a registration's."""
    url = spot.value[KEY]
    if not isinstance(url, str):
        yield wrong_type(spot, KEY, "a URL such as http://HOST:30201/block/", NO_METRICS)
    elif not url.lower().startswith(("http://", "https://")):
        fix = 'write all of it: "http://HOST:30201/block/"'
        words = (f"{url!r} does not begin with http://", NO_METRICS, fix)
        yield spot.says("error", "T8", KEY, words)
    elif not url.rstrip("/").endswith("/block"):
        before, is_inside, _ = url.partition("/block/")
        fix = f"write {(before if is_inside else url.rstrip('/')) + '/block/'!r}"
        words = (f"{url!r} does not end with /block", NO_METRICS, fix)
        yield spot.says("error", "T8", KEY, words)


@rule("metrics address", "code address")
def host_is_a_real_one(spot: Spot) -> Iterator[Finding]:
    key = KEY if KEY in spot.value else "code"
    url = spot.value[key]
    if not isinstance(url, str):
        return
    found = next((p for p in PLACEHOLDERS if p.lower() in url.lower()), "")
    effect = (
        NO_METRICS if key == KEY else "cannot fetch the policy, and says so at the first search"
    )
    host = _host(url)
    if found:
        words = (f"{found} only stands in for a host of yours", effect, "write the real host")
        yield spot.says("error", "N06", key, words)
    elif host and "." not in host and ":" not in host and host != "localhost":
        fix = "write the management master's host, with port 30201, and the path /block/"
        words = (f"no service of AIOS's manifests is called {host!r}", effect, fix)
        yield spot.says("warning", "N07", key, words)


@rule("code address")
def code_is_an_address(spot: Spot) -> Iterator[Finding]:
    code = spot.value["code"]
    if not isinstance(code, str) or not code:
        words = (f"code is {shown(code)}", "cannot fetch the policy", "deploy_policy() fills it in")
        yield spot.says("note" if code == "" else "error", "T29", "code", words)
    elif _host(code) and not code.endswith((".zip", ".xz", ".gz", ".tar", ".bz2", ".tgz")):
        words = (
            f"{code!r} does not look like an archive",
            "never checks it: the failure comes at the first search, as 'Unsupported file format'",
            "give the URL that upload_policy() returns",
        )
        yield spot.says("warning", "T29", "code", words)


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        return parts.hostname or "" if parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""
