"""JSON in and out of values: one place that copies it, checks it and reads its keys."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from .errors import PayloadError, did_you_mean

JSON = dict[str, Any]


def json_copy(value: Any, place: str) -> Any:
    """Return a deep copy of a JSON value.

    Parameters
    ----------
    value
        Dicts with string keys, lists, tuples (they become lists), strings, numbers, booleans,
        ``None``.
    place
        What the value is, for the message.

    Raises
    ------
    PayloadError
        Something in it has no JSON form: another type, ``nan``, an infinite number, a key that is
        not a string.
    """
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return _finite(value, place)
    if isinstance(value, dict):
        return {_key(k, place): json_copy(v, f"{place}.{k}") for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_copy(v, f"{place}[{n}]") for n, v in enumerate(value)]
    raise PayloadError(
        f"{place} is a {type(value).__name__}, which JSON cannot carry; expected a dict, list, "
        "string, number, boolean or None (numpy scalars: use .item())"
    )


def json_object(value: Any, place: str) -> JSON:
    """Return a deep copy of a JSON object.

    Raises
    ------
    PayloadError
        It is no dict, or something in it has no JSON form.
    """
    return dict(json_copy(a_dict(value, place), place))


def a_dict(value: Any, place: str) -> JSON:
    """Return ``value`` if it is a dict.

    Raises
    ------
    PayloadError
        It is something else.
    """
    if not isinstance(value, dict):
        raise PayloadError(f"{place} is {shown(value)}; expected a JSON object (a dict)")
    return value


def text(value: Any, place: str, *, example: str) -> str:
    """Return ``value`` if it is a string with something in it.

    Raises
    ------
    PayloadError
        It is something else, or blank.
    """
    if not isinstance(value, str) or not value.strip():
        raise PayloadError(f"{place} is {shown(value)}; expected a string such as {example!r}")
    return value


def one_of(value: Any, known: Iterable[str], place: str) -> None:
    """Refuse a value that is none of the known words.

    Raises
    ------
    PayloadError
        With the known words, and the nearest of them.
    """
    known = tuple(known)
    if not isinstance(value, str) or value not in known:
        near = did_you_mean(value, known)
        raise PayloadError(f"unknown {place} {shown(value)}; use one of {', '.join(known)}{near}")


def keys(document: Any, place: str, *, need: Iterable[str], allow: Iterable[str] = ()) -> JSON:
    """Return ``document`` if it has the needed keys and no others than the allowed.

    Raises
    ------
    PayloadError
        It is no dict, a key is missing, or a key is unknown (and would silently be lost).
    """
    found, need = a_dict(document, place), tuple(need)
    known = (*need, *allow)
    missing = [key for key in need if key not in found]
    unknown = [key for key in found if key not in known]
    if unknown:
        near = did_you_mean(unknown[0], missing or known)
        expected = ", ".join(known)
        raise PayloadError(f"{place} has an unknown key {unknown[0]!r}; use {expected}{near}")
    if missing:
        raise PayloadError(f"{place} lacks {missing[0]!r}; expected the keys {', '.join(need)}")
    return found


def shown(value: Any, limit: int = 80) -> str:
    """Return the value as it goes into a message: its repr, cut if long."""
    whole = repr(value)
    return whole if len(whole) <= limit else f"{whole[: limit - 1]}…"


def _finite(value: float, place: str) -> float:
    if not math.isfinite(value):
        raise PayloadError(f"{place} is {value}, which JSON cannot carry; expected a finite number")
    return value


def _key(key: Any, place: str) -> str:
    if not isinstance(key, str):
        raise PayloadError(f"{place} has the key {key!r}; expected keys that are strings")
    return key
