"""Rules' common ground for JSON objects: keys that are missing, unknown or of the wrong type."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ..errors import did_you_mean
from ..wire import shown
from .findings import Finding
from .spots import Spot

NAMES = {"dict": "an object", "list": "a list", "str": "a string", "bool": "true or false"}


def kind_of(value: object) -> str:
    """Return what a JSON value is, in words."""
    if value is None:
        return "null"
    return NAMES.get(type(value).__name__, "a number")


def missing(
    spot: Spot, key: str, consequence: str, fix: str, *, known: Collection[str] = ()
) -> Finding:
    """Return the finding that a key is missing, with the key that was probably meant for it.

    A ``known`` key is never meant for another.
    """
    near = did_you_mean(key, [k for k in spot.value if isinstance(k, str) and k not in known])
    hint = near.replace("did you mean", "is it written as").rstrip("?")
    return spot.says("error", "N01", None, (f"{key!r} is missing{hint}", consequence, fix))


def wrong_type(spot: Spot, key: str | None, wanted: str, consequence: str) -> Finding:
    """Return the finding that a value is of the wrong type."""
    value = spot.value if key is None else spot.value[key]
    problem = f"{shown(value)} is {kind_of(value)}"
    return spot.says("error", "N02", key, (problem, consequence, f"write {wanted}"))


def unknown(spot: Spot, known: Collection[str], code: str = "N03") -> Iterator[Finding]:
    """Yield a warning for each key that AIOS does not read here."""
    for key in spot.value:
        if key not in known:
            near = did_you_mean(key, known)
            words = (
                f"unknown key {key!r}{near}",
                "does not read this key, and says nothing about it",
                f"use {', '.join(sorted(known))}",
            )
            yield spot.says("warning", code, str(key), words)
