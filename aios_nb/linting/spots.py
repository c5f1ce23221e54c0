"""Where the linter stands: one node of a payload, its path, and what is known around it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .fields import Fields, Query
from .findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds for the whole payload.

    Parameters
    ----------
    fields
        The fleet's fields; empty if they are not known.
    is_by_hand
        Whether a person wrote the JSON. Values of this package always send some optional keys,
        which nobody should be told about.
    """

    fields: Fields = field(default_factory=lambda: Fields({}, {}))
    is_by_hand: bool = True


@dataclass(frozen=True, slots=True)
class Spot:
    """A value in the payload and the path to it."""

    value: Any
    place: str
    setting: Setting

    def at(self, key: str | int | None) -> str:
        """Return the path of a member."""
        if key is None:
            return self.place
        if isinstance(key, int):
            return f"{self.place}[{key}]"
        return f"{self.place}.{key}" if self.place else key

    def child(self, key: str | int) -> Spot:
        """Return the spot of a member, which must exist."""
        return Spot(self.value[key], self.at(key), self.setting)

    def says(self, severity: Severity, code: str, key: str | None, words: Words) -> Finding:
        """Return a finding on this spot, or on its member ``key``."""
        return Finding(code, severity, self.at(key), *words)


# The problem, what AIOS will do, the fix.
Words = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class ClauseSpot(Spot):
    """A condition or a group of a filter.

    Parameters
    ----------
    query
        Which of the three queries it belongs to.
    group
        The logical operator of the group around it; empty at the top.
    """

    query: Query
    group: str = ""

    @property
    def is_metric(self) -> bool:
        """Whether it asks for metrics."""
        return self.query == "blockMetricsQuery"
