"""The page behind ``/explore``: containers to click, a query to type, lines to read."""

from __future__ import annotations

import html
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

JSON = dict[str, Any]
STYLE = (
    "body{font:15px/1.4 system-ui,sans-serif;margin:1.5rem;max-width:75rem}"
    "form{display:flex;gap:.5rem}input{flex:1;font:inherit;padding:.3rem}"
    "button{font:inherit;padding:.3rem 1rem}pre{white-space:pre-wrap;overflow-wrap:anywhere}"
    "time{color:#666}.complaint{color:#a00}"
)
EXAMPLE = '{container="executor-executor-001"} |= "Final Score"'


def explore_page(query: str, containers: list[str], streams: list[JSON], complaint: str) -> str:
    """Return HTML that needs no network and no script; everything shown is escaped."""
    links = " · ".join(_link(name) for name in containers) or "no container has logged yet"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Explore logs</title>'
        f"<style>{STYLE}</style></head><body>\n<h1>Explore logs</h1>\n"
        '<form><label for="query">LogQL</label>'
        f'<input id="query" name="query" value="{html.escape(query)}" '
        f'placeholder="{html.escape(EXAMPLE)}"><button>Run query</button></form>\n'
        f"<p>Containers: {links}</p>\n{_result(query, streams, complaint)}</body></html>\n"
    )


def _link(container: str) -> str:
    query = f'{{container="{container}"}}'
    return f'<a href="?query={quote(query)}">{html.escape(container)}</a>'


def _result(query: str, streams: list[JSON], complaint: str) -> str:
    if complaint:
        return f'<p class="complaint" role="alert">{html.escape(complaint)}</p>\n'
    if not query:
        return ""
    lines = sorted((int(ns), text) for stream in streams for ns, text in stream["values"])
    rows = "\n".join(f"<time>{_clock(ns)}</time> {html.escape(text)}" for ns, text in lines)
    return f"<p>{len(lines)} lines</p>\n<pre>{rows}</pre>\n"


def _clock(ns: int) -> str:
    return datetime.fromtimestamp(ns / 1e9, UTC).strftime("%H:%M:%S.%f")[:-3]
