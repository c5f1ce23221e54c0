"""Which candidate wins at which weight of one goal: exact, because scores are straight lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..explanation import CandidateScore


@dataclass(frozen=True)
class Segment:
    """An interval of weights, and the candidate that wins throughout.

    Parameters
    ----------
    low, high
        The ends of the interval; at ``high`` the next segment begins.
    block_id
        The winner.
    """

    low: float
    high: float
    block_id: str


@dataclass(frozen=True)
class _Line:
    """The final score of one candidate as the weight grows: ``start + weight * slope``."""

    block_id: str
    start: float
    slope: float

    def meets(self, other: _Line) -> float:
        """Return the weight from which the steeper ``other`` is ahead."""
        return (self.start - other.start) / (other.slope - self.slope)


def segments(scores: Sequence[CandidateScore], goal: int, *, limit: float) -> tuple[Segment, ...]:
    """Return who wins at each weight of one goal from 0 to ``limit``, all others unchanged.

    Parameters
    ----------
    scores
        The ranking, best first.
    goal
        Position of the goal in ``scores[0].goals``.
    limit
        The largest weight to look at.

    Examples
    --------
    >>> from aios_nb.explanation import GoalScore
    >>> fast = CandidateScore("fast", 1, 0.9, (GoalScore("F", 0.9, 1.0), GoalScore("I", 0.2, 0.0)))
    >>> idle = CandidateScore("idle", 2, 0.2, (GoalScore("F", 0.9, 0.0), GoalScore("I", 0.2, 1.0)))
    >>> [(part.low, part.high, part.block_id) for part in segments((fast, idle), 0, limit=1.0)]
    [(0.0, 0.2, 'idle'), (0.2, 1.0, 'fast')]
    """
    return tuple(_walk(_lines(scores, goal), limit)) if scores else ()


def _lines(scores: Sequence[CandidateScore], goal: int) -> list[_Line]:
    # This kit's policy ranks blocks without an instance last: they never overtake a live one.
    has_instances = bool(scores[0].live_instances)
    peers = [score for score in scores if bool(score.live_instances) == has_instances]
    return [_Line(one.block_id, _without(one, goal), one.goals[goal].score) for one in peers]


def _without(score: CandidateScore, goal: int) -> float:
    # Not the final score less this goal's: its rounding would tell equals apart.
    return sum(other.weighted for place, other in enumerate(score.goals) if place != goal)


def _walk(lines: Sequence[_Line], limit: float) -> Iterator[Segment]:
    """Yield the upper envelope of the lines."""
    low = 0.0
    leader = min(lines, key=lambda line: (-line.start, -line.slope, line.block_id))
    while low < limit:
        steeper = [line for line in lines if line.slope > leader.slope]
        nearest = min((leader.meets(line) for line in steeper), default=limit)
        high = limit if nearest >= limit else round(max(nearest, low), 12)
        if high > low:
            yield Segment(low, high, leader.block_id)
        if high >= limit:
            return
        level = [line for line in steeper if leader.meets(line) <= nearest]
        leader = min(level, key=lambda line: (-line.slope, line.block_id))
        low = high
