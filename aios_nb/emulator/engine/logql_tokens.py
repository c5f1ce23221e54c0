"""The words of a LogQL text, and Loki's way of pointing at the wrong one."""

from __future__ import annotations

import json
import re

from ..refusal import Refusal

TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<STRING>"(?:[^"\\\n]|\\.)*"|`[^`]*`)"""
    r"""|(?P<DURATION>\[[^\]]*\])|(?P<IDENTIFIER>[A-Za-z_][\w:.]*)"""
    r"""|(?P<op>\|=|\|~|!=|!~|=~|[{}(),=|])"""
)


def tokens(text: str) -> list[tuple[str, str, int]]:
    found, place = [], 0
    while place < len(text):
        match = TOKEN.match(text, place)
        if match is None:
            words = f"syntax error: unexpected {text[place]!r}"
            if text[place] == '"':
                words = "literal not terminated"
            raise parse_error(text, place, words)
        kind = match.lastgroup or "op"
        if kind != "space":
            found.append((kind, match[0], place))
        place = match.end()
    return [*found, ("$end", "", len(text))]


def unquoted(token: str) -> str:
    if token.startswith("`"):
        return token[1:-1]
    try:
        return str(json.loads(token))
    except ValueError:
        raise refused(f"parse error : invalid char escape in {token}") from None


def parse_error(text: str, place: int, words: str) -> Refusal:
    before = text[:place].split("\n")
    return refused(f"parse error at line {len(before)}, col {len(before[-1]) + 1}: {words}")


def refused(text: str) -> Refusal:
    return Refusal(text, 400)
