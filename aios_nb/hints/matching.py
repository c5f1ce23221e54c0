"""From a service's words to the hint: policies' words are the more special, so they come first."""

from __future__ import annotations

import re

from . import policies, services

HINTS = (*policies.HINTS, *services.HINTS)
_COMPILED = tuple((re.compile(hint.pattern, re.DOTALL), hint) for hint in HINTS)


def hint_for(message: str, service: str) -> str:
    """Return what a service's words mean and what to do next; empty if nothing is known.

    Examples
    --------
    >>> hint_for("'session_id'", "adhoc")
    'the request lacks this key; InferenceRequest always sends it (lesson 02)'
    """
    for pattern, hint in _COMPILED:
        if (not hint.services or service in hint.services) and pattern.search(message):
            return hint.text
    return ""


def policy_hint(message: str) -> str:
    """Return what a policy's own words mean; they may sound like a service's, and are not.

    Examples
    --------
    >>> policy_hint("Expecting value: line 1 column 1 (char 0)") == policies.POLICY_SAID
    True
    """
    known = ((pattern, hint) for pattern, hint in _COMPILED if hint in policies.HINTS)
    meant = (h.text for pattern, h in known if not h.services and pattern.search(message))
    return next(meant, policies.POLICY_SAID)
