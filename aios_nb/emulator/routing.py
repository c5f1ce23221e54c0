"""Finds the handler for a verb and a path, as the frameworks behind AIOS do."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path

from .refusal import Refusal
from .world import World

Handler = Callable[[World, Request], Awaitable[Response]]
ErrorShape = Callable[[Refusal], Response]
Route = tuple[str, str, Handler]


@dataclass(frozen=True)
class Match:
    """The handler of a request, or the verbs that its path knows instead."""

    handler: Handler | None
    params: dict[str, Any]
    allowed: frozenset[str]


class Router:
    """Routes of one service, tried in the order in which the table lists them.

    ``ANY`` stands for every verb. ``HEAD`` is answered by the handler of ``GET``.

    Parameters
    ----------
    is_loose
        A slash at the end and the case of letters make no difference, as in Express.
    """

    def __init__(self, routes: Iterable[Route], *, is_loose: bool = False) -> None:
        self._is_loose = is_loose
        flags = re.IGNORECASE if is_loose else 0
        self._routes = [
            (verb, re.compile(compile_path(path)[0].pattern, flags), handler)
            for verb, path, handler in routes
        ]

    def match(self, verb: str, path: str) -> Match:
        allowed: set[str] = set()
        if self._is_loose and len(path) > 1:
            path = path.removesuffix("/")
        for known, pattern, handler in self._routes:
            found = pattern.match(path)
            if found is None:
                continue
            if known in (verb, "ANY") or (verb == "HEAD" and known == "GET"):
                return Match(handler, _params(found), frozenset())
            allowed.add(known)
        return Match(None, {}, frozenset(allowed))


def _params(found: re.Match[str]) -> dict[str, Any]:
    return found.groupdict()
