"""The registry of rules: small functions, each for one kind of spot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .findings import Finding

# What a rule takes depends on its kind: a Spot, a ClauseSpot, or a package's Source.
Rule = Callable[[Any], Iterable[Finding]]
RULES: dict[str, list[Rule]] = {}


def rule(*kinds: str) -> Callable[[Rule], Rule]:
    """Register a function as a rule for these kinds of spot."""

    def register(function: Rule) -> Rule:
        for kind in kinds:
            RULES.setdefault(kind, []).append(function)
        return function

    return register


def check(kind: str, spot: Any) -> Iterator[Finding]:
    """Yield what the rules of a kind find at a spot."""
    for function in RULES.get(kind, ()):
        yield from function(spot)
