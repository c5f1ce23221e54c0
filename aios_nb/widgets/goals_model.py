"""Optimization goals with weights, the ranking that they make, and what AIOS itself chooses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import traitlets

from ..errors import AIOSError, PayloadError, ServiceError
from ..explanation import CandidateScore, score_candidates
from ..explanation.goals import GOALS
from ..selection import OptimizationGoal, SelectionQuery
from ..wire import JSON
from . import guide
from .flips import Segment, segments
from .inquiry import Find
from .latest import Latest

Select = Callable[[SelectionQuery], JSON]
PAUSE_S = 0.15
AWAY = "AIOS does not answer; the ranking comes back when it does."


@dataclass(frozen=True)
class Choice:
    """What AIOS chose for the present query, in a dry run.

    Parameters
    ----------
    state
        ``none`` (nobody to ask), ``asking``, ``chosen``, ``refused``, ``away`` or ``paused``.
    block_id
        The block that AIOS chose; empty: none.
    text
        Why there is none, in AIOS's words and the client's.
    """

    state: str = "none"
    block_id: str = ""
    text: str = ""


class GoalsModel(traitlets.HasTraits):
    """The goals of a selection query, and how the candidates fare by them.

    The ranking is computed here, from the candidates' metrics, at once; AIOS is asked for its own
    choice a moment later.

    Parameters
    ----------
    query
        What to start from. ``None``: the guide's query.
    find
        Sends a filter rule to AIOS, such as ``aios.find_candidates``. ``None``: no ranking.
    select
        Sends a selection query to AIOS for a dry run, such as ``aios.select_block``. ``None``:
        AIOS is not asked for its choice.
    pause_s
        How long changes must rest before AIOS is asked, in seconds.

    Attributes
    ----------
    query
        The selection query as it is now; set it to follow another filter or policy.
    candidates
        The blocks that pass its filter, with their metrics.
    ranking
        One score per candidate, best first, by the formula of this kit's policy.
    choice
        What AIOS chose.

    Examples
    --------
    >>> model = GoalsModel()
    >>> model.set_weight(1, 0.3)
    >>> model.goals[1].weight, model.shares()
    (0.3, (0.75, 0.25))
    """

    query = traitlets.Instance(SelectionQuery)
    candidates = traitlets.Tuple()
    ranking = traitlets.Tuple()
    choice = traitlets.Instance(Choice, ())

    def __init__(
        self,
        query: SelectionQuery | None = None,
        *,
        find: Find | None = None,
        select: Select | None = None,
        pause_s: float = PAUSE_S,
    ) -> None:
        super().__init__(query=query or guide.QUERY)
        self._find, self._select = find, select
        self._latest: Latest[SelectionQuery] = Latest(self._work, pause_s=pause_s)
        self._found_by: SelectionQuery | None = None
        self._is_paused = False
        self.observe(self._on_query, "query")

    @property
    def goals(self) -> tuple[OptimizationGoal, ...]:
        """The goals, in the query's order."""
        return self.query.goals

    @property
    def limit(self) -> float:
        """The largest weight that the controls offer: 1, or more if a goal has more."""
        return float(max([1.0, *(goal.weight for goal in self.goals)]))

    def add(self, name: str, weight: float = 0.5) -> None:
        """Add a goal at the end.

        Raises
        ------
        PayloadError
            The name is empty or there already, or the weight is no finite number.
        """
        if name in {goal.name for goal in self.goals}:
            raise PayloadError(f"goal {name!r} is there already; change its weight instead")
        self._set_goals([*self.goals, OptimizationGoal(name, weight)])

    def remove(self, index: int) -> None:
        """Remove the goal at this position.

        Raises
        ------
        PayloadError
            There is none.
        """
        self._check(index)
        self._set_goals([goal for place, goal in enumerate(self.goals) if place != index])

    def set_weight(self, index: int, weight: float) -> None:
        """Give the goal at this position another weight.

        Raises
        ------
        PayloadError
            There is none, or the weight is no finite number.
        """
        self._check(index)
        goal = replace(self.goals[index], weight=weight)
        self._set_goals([*self.goals[:index], goal, *self.goals[index + 1 :]])

    def shares(self) -> tuple[float, ...]:
        """Return each goal's weight as a share of all; AIOS itself does not normalise them."""
        total = sum(abs(goal.weight) for goal in self.goals)
        return tuple(goal.weight / total if total else 0.0 for goal in self.goals)

    def segments(self, index: int) -> tuple[Segment, ...]:
        """Return who wins at each weight of the goal at this position, the others unchanged.

        Empty: there is no ranking, or this kit's policy does not know the goal.

        Raises
        ------
        PayloadError
            There is no such goal.
        """
        self._check(index)
        if not is_known(self.goals[index]):
            return ()
        # Scores hold the known goals only.
        position = sum(is_known(goal) for goal in self.goals[:index])
        return segments(self.ranking, position, limit=self.limit)

    def score_of(self, block_id: str) -> float | None:
        """Return the score of a candidate; ``None``: it is none."""
        return next((s.final for s in self.ranking if s.block_id == block_id), None)

    def addable(self) -> tuple[str, ...]:
        """Return the goals that the policy knows and the query does not have."""
        present = {goal.name for goal in self.goals}
        return tuple(name for name in GOALS if name not in present)

    def refresh(self) -> None:
        """Ask for the candidates and for AIOS's choice anew: metrics change."""
        self._found_by = None
        self._ask()

    def pause(self, why: str) -> None:
        """Ask nothing until :meth:`resume`: the filter is not one that AIOS can answer to."""
        self._is_paused = True
        self._latest.cancel()
        self.choice = Choice("paused", text=why)

    def resume(self) -> None:
        """Ask again, if that was paused."""
        if self._is_paused:
            self._is_paused = False
            self._ask()

    def wait(self, timeout_s: float = 5.0) -> bool:
        """Return whether AIOS has answered to the present query, waiting at most so long."""
        return self._latest.wait(timeout_s)

    def close(self) -> None:
        """Ask AIOS no more; a late answer is dropped."""
        self._latest.cancel()

    def _check(self, index: int) -> None:
        if not 0 <= index < len(self.goals):
            raise PayloadError(f"there is no goal {index}; the query has {len(self.goals)}")

    def _set_goals(self, goals: Sequence[OptimizationGoal]) -> None:
        self.query = replace(self.query, goals=tuple(goals))

    def _on_query(self, _: JSON) -> None:
        self._rank()
        self._ask()

    def _rank(self) -> None:
        self.ranking = rank(self.candidates, self.query)

    def _ask(self) -> None:
        if self._is_paused or (self._find is None and self._select is None):
            return
        if self._select is not None:
            self.choice = replace(self.choice, state="asking", text="")
        self._latest.submit(self.query)

    def _work(self, query: SelectionQuery, check: Callable[[], None]) -> None:
        choice = Choice()
        try:
            self._read_candidates(query, check)
            if self._select is not None:
                choice = Choice("chosen", str(self._select(query)["id"]))
        except ServiceError as error:
            choice = Choice("refused", text=str(error))
        except AIOSError as error:
            choice = Choice("away", text=f"{AWAY} {error}")
        check()
        self.choice = choice

    def _read_candidates(self, query: SelectionQuery, check: Callable[[], None]) -> None:
        asked = self._found_by
        if self._find is None or (asked and asked.filter_rule == query.filter_rule):
            return
        found = tuple(self._find(query.filter_rule))
        check()
        self._found_by = query
        self.candidates = found
        self._rank()


def rank(candidates: Sequence[JSON], query: SelectionQuery) -> tuple[CandidateScore, ...]:
    """Return the scores that this kit's policy gives, best first; without goals there are none."""
    return score_candidates(candidates, query.goals) if query.goals else ()


def is_known(goal: OptimizationGoal) -> bool:
    """Say whether this kit's policy knows a goal; others add nothing to a score."""
    return goal.name in GOALS
