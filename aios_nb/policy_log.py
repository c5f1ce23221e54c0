"""The lines in which a policy says how it scored its candidates (contract §13.2)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .wire import JSON

# The details behind the score are the addition of this kit's policies.
SCORE_LINE = re.compile(
    r"Candidate '(?P<block>[^']+)' - Final Score: (?P<score>-?[\d.]+)"
    r"(?: - Parsed Metrics: (?P<details>\{.*\}))?"
)
BEST_LINE = re.compile(r"Best candidate selected: (?P<block>.+) with score (?P<score>-?[\d.]+)")


@dataclass(frozen=True)
class LoggedScore:
    """What a policy logged about one candidate.

    Parameters
    ----------
    block_id, final
        Who, and the final score to four decimals.
    goals
        ``[{name, weight, score, metrics: {name: {raw, normalised}}}]``; empty if the policy logs
        nothing but the score, as AIOS's own does.
    live_instances
        How many instances counted; ``None``: not logged.
    """

    block_id: str
    final: float
    goals: list[JSON] = field(default_factory=list, repr=False)
    live_instances: int | None = None


def read_score(line: str) -> LoggedScore | None:
    """Return the score that a log line carries, ``None`` if it carries none.

    Examples
    --------
    >>> read_score("Candidate 'a' - Final Score: 0.9000")
    LoggedScore(block_id='a', final=0.9, live_instances=None)
    """
    match = SCORE_LINE.search(line)
    if match is None:
        return None
    details = json.loads(match["details"] or "{}")
    goals, live = details.get("goals", []), details.get("live_instances")
    return LoggedScore(match["block"], float(match["score"]), goals, live)


def read_runs(lines: Iterable[str]) -> Iterator[tuple[str, dict[str, LoggedScore]]]:
    """Yield each finished run of a policy: the block it chose, and a score per candidate.

    AIOS's own policy prints each line twice; copies count once.
    """
    scores: dict[str, LoggedScore] = {}
    for line in lines:
        score = read_score(line)
        if score is not None:
            scores[score.block_id] = score
        best = BEST_LINE.search(line)
        if best is not None and scores:
            yield best["block"], scores
            scores = {}
