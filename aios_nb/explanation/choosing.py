"""The dry run itself: AIOS selects, and what the policy logged meanwhile is read back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..answers import LogLine
from ..errors import ConfigurationError, ServiceError, TransportError
from ..policy_log import LoggedScore, read_runs
from ..query import FilterRule
from ..selection import SelectionQuery
from ..wire import JSON, shown

LINES = '{{container="executor-{executor}"}} |~ "Final Score|Best candidate selected"'
LINES_PER_CANDIDATE = 4  # AIOS prints twice, and a second run may come between
NO_STRING = (
    "the policy returned the id {}, which is no string: the ad-hoc server fails on it, and the "
    "session keeps it; the policy must return a candidate, or a dict with its id"
)


class AIOS(Protocol):
    """The calls that an explanation makes; ``AIOSClient`` has them."""

    def find_candidates(self, filter_rule: FilterRule) -> list[JSON]:
        """Return the blocks that pass, with their metrics."""
        ...

    def select_block(self, selection_query: SelectionQuery) -> JSON:
        """Return the block that AIOS selects."""
        ...

    def read_logs(self, logql: str, *, since_s: float = ..., limit: int = ...) -> list[LogLine]:
        """Return log lines, oldest first."""
        ...


@dataclass(frozen=True)
class Choice:
    """What AIOS chose in a dry run, and what the policy logged about it.

    Parameters
    ----------
    winner
        Id of the block; ``None``: AIOS said no, see ``error``.
    logged
        A score per candidate from that very run; empty: not found.
    error
        AIOS's words if it chose nothing.
    log_error
        Why the log could not be read; empty: it could.
    """

    winner: str | None
    logged: dict[str, LoggedScore]
    error: str = ""
    log_error: str = ""


def choose(
    aios: AIOS, query: SelectionQuery, *, candidates: Collection[str], executor: str
) -> Choice:
    """Let AIOS select, and find the policy's lines about that very run.

    The run is recognised by its place (after the newest line there was before), its candidates,
    its goals and its winner; clocks are not compared.

    Raises
    ------
    TransportError
        The Router gave no usable answer.
    """
    log = _Log(aios, executor)
    log.mark()
    try:
        winner = aios.select_block(query)["id"]
    except ServiceError as error:
        return Choice(None, {}, str(error), log.error)
    if not isinstance(winner, str):  # contract §12.3: a type error of protobuf, and remembered
        return Choice(None, {}, NO_STRING.format(shown(winner)), log.error)
    limit = LINES_PER_CANDIDATE * (len(candidates) + 1)
    for best, scores in reversed(list(read_runs(log.read_new(limit)))):
        if best == winner and scores.keys() <= set(candidates) and _has_goals(scores, query):
            return Choice(winner, scores)
    return Choice(winner, {}, log_error=log.error)


class _Log:
    """The policy executor's log from a mark on; silent once it could not be read."""

    def __init__(self, aios: AIOS, executor: str) -> None:
        self.error = ""
        self._aios = aios
        self._logql = LINES.format(executor=executor)
        self._mark_ns = 0

    def mark(self) -> None:
        newest = self._read(1)
        self._mark_ns = newest[-1].ns if newest else 0

    def read_new(self, limit: int) -> Sequence[str]:
        return [entry.line for entry in self._read(limit) if entry.ns > self._mark_ns]

    def _read(self, limit: int) -> list[LogLine]:
        if self.error:
            return []
        try:
            return self._aios.read_logs(self._logql, limit=limit)
        except (ConfigurationError, ServiceError, TransportError) as error:
            self.error = str(error)
            return []


def _has_goals(scores: dict[str, LoggedScore], query: SelectionQuery) -> bool:
    """Say whether a run scored by this query's goals, as far as its lines tell."""
    details = next(iter(scores.values()))
    if details.live_instances is None:
        return True
    logged = [(goal["name"], goal["weight"]) for goal in details.goals]
    return logged == [(goal.name, float(goal.weight)) for goal in query.goals]
