"""Loki's ways of writing a time, a duration and a number (contract §5.16)."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

from ..refusal import Refusal

SECOND = 10**9
UNITS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "ms": 10**6,
    "s": SECOND,
    "m": 60 * SECOND,
    "h": 3_600 * SECOND,
    "d": 86_400 * SECOND,
    "w": 7 * 86_400 * SECOND,
    "y": 365 * 86_400 * SECOND,
}
DURATION = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d|w|y)")
LAYOUT = "2006-01-02T15:04:05.999999999Z07:00"


def to_ns(text: str) -> int:
    """Return nanoseconds since the epoch from seconds, nanoseconds or RFC 3339.

    Raises
    ------
    Refusal
        In Go's words for a time that it cannot parse.
    """
    if re.fullmatch(r"-?\d+", text):
        number = int(text)
        return number * SECOND if len(text) <= 10 else number
    if re.fullmatch(r"-?\d*\.\d+([eE][+-]?\d+)?|-?\d+(\.\d*)?[eE][+-]?\d+", text):
        return int(Decimal(text) * SECOND)
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError("no time zone")
    except ValueError as error:
        text = f'parsing time "{text}" as "{LAYOUT}": cannot parse "{text}" as "2006"'
        raise Refusal(text, 400) from error
    return int(moment.timestamp()) * SECOND + moment.microsecond * 1_000


def duration_ns(text: str) -> int | None:
    """Return nanoseconds of a Go duration such as ``1h30m``; ``None``: it is none."""
    parts = DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(int(Decimal(number) * UNITS[unit]) for number, unit in parts)


def step_ns(text: str) -> int:
    """Return a step, in seconds or as a duration.

    Raises
    ------
    Refusal
        It is neither, or not positive.
    """
    plain = re.fullmatch(r"\d+(\.\d+)?", text)
    step = int(Decimal(text) * SECOND) if plain else duration_ns(text)
    if step is None:
        raise Refusal(f'cannot parse "{text}" to a valid duration', 400)
    if step <= 0:
        words = "zero or negative query resolution step widths are not accepted. Try a positive"
        raise Refusal(f"{words} integer", 400)
    return step


def seconds(ns: int) -> int | float:
    """Return a sample's time as Prometheus writes it: seconds, whole where they can be."""
    return ns // SECOND if ns % SECOND == 0 else round(ns / SECOND, 3)


def number(value: float) -> str:
    """Return a sample's value as Go writes it: no exponent, no needless zeros."""
    return str(int(value)) if float(value).is_integer() else format(Decimal(repr(value)), "f")
