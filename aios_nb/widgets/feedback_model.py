"""What AIOS says to the query while it is being edited: how many blocks, and what removes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import traitlets

from ..errors import AIOSError, ServiceError
from ..explanation import ClauseVerdict, FilterExplanation
from ..query import FilterRule
from ..wire import JSON
from .draft import Draft, Place
from .inquiry import FRESH_S, Blocks, Find, Inquiry
from .latest import PAUSE_S, Latest
from .problems import Problem, problems_of, wire_places
from .query_model import QueryModel

AWAY = "AIOS does not answer; counts come back when it does."


@dataclass(frozen=True)
class Feedback:
    """What is known about one draft.

    Parameters
    ----------
    state
        ``none`` (nothing to ask with), ``asking``, ``incomplete``, ``counted``, ``explained``,
        ``refused`` (AIOS could not evaluate it) or ``away``.
    text
        The headline, such as ``7 of 12 blocks``.
    candidates
        Ids of the blocks that pass, in AIOS's order.
    notes
        Per condition or group, what it does, such as ``removes 3``.
    near_misses
        Blocks that one condition alone keeps out, the closest first, in words.
    warnings
        What AIOS does silently here.
    """

    state: str = "none"
    text: str = ""
    candidates: tuple[str, ...] = ()
    notes: dict[Place, str] = field(default_factory=dict)
    near_misses: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class FeedbackModel(traitlets.HasTraits):
    """Follows a query model and asks AIOS about each new draft, the newest only.

    Parameters
    ----------
    query
        The model to follow.
    find
        Sends a filter rule to AIOS, such as ``aios.find_candidates``; ``None``: nobody is asked.
    blocks
        The fleet, or a function that returns it; ``None``: ``find`` is asked for every block.
    pause_s
        How long edits must rest before AIOS is asked while an older one is at hand, in seconds.
    fresh_s
        How long AIOS's word on the fleet and on single conditions is used again, in seconds; the
        whole query is always asked.

    Attributes
    ----------
    feedback
        The newest answer. It never belongs to an older draft than ``query.draft``.
    fleet
        The blocks, once they are known.
    """

    feedback = traitlets.Instance(Feedback, ())
    fleet = traitlets.Tuple()

    def __init__(
        self,
        query: QueryModel,
        find: Find | None = None,
        *,
        blocks: Blocks = None,
        pause_s: float = PAUSE_S,
        fresh_s: float = FRESH_S,
    ) -> None:
        super().__init__()
        self.query = query
        self._is_asking = find is not None
        self._inquiry = Inquiry(find or _nobody, blocks=blocks, fresh_s=fresh_s)
        self._is_closed = False
        self._latest: Latest[Draft] = Latest(self._work, pause_s=pause_s, is_eager=True)
        self.fleet = self._inquiry.fleet
        query.observe(self._on_draft, "draft")

    def refresh(self) -> None:
        """Ask about the present draft again, and about all that it takes: metrics change."""
        self._inquiry.forget()
        self._ask(self.query.draft)

    def wait(self, timeout_s: float = 5.0) -> bool:
        """Return whether the newest question is answered, waiting for it at most so long."""
        return self._latest.wait(timeout_s)

    def close(self) -> None:
        """Follow the query no longer."""
        if not self._is_closed:
            self._is_closed = True
            self.query.unobserve(self._on_draft, "draft")
            self._latest.cancel()

    def _on_draft(self, change: JSON) -> None:
        self._ask(change["new"])

    def _ask(self, draft: Draft) -> None:
        if not self._is_asking:
            return
        problems = [p for p in problems_of(draft) if p.severity == "error"]
        if problems:
            self._latest.cancel()
            self.feedback = Feedback("incomplete", _incomplete(problems))
            return
        self.feedback = Feedback("asking", "Asking AIOS …")
        self._latest.submit(draft)

    def _work(self, draft: Draft, check: Callable[[], None]) -> None:
        try:
            for feedback in self._answers(draft, check):
                check()
                self.feedback = feedback
        except AIOSError as error:
            check()
            self.feedback = Feedback("away", AWAY, warnings=(str(error),))

    def _answers(self, draft: Draft, check: Callable[[], None]) -> Iterator[Feedback]:
        rule = draft.to_rule()
        try:
            found = self._inquiry.count(rule, check)
        except ServiceError as error:
            yield Feedback("refused", "AIOS cannot evaluate this", warnings=(str(error),))
        else:
            yield _counted(found, len(self._inquiry.fleet))
            yield _explained(self._inquiry.explain(rule, found, check), draft)
        check()
        self.fleet = self._inquiry.fleet


def _nobody(_: FilterRule) -> Sequence[JSON]:
    return ()


def _counted(found: Sequence[JSON], total: int) -> Feedback:
    ids = tuple(block["id"] for block in found)
    return Feedback("counted", f"{len(ids)} of {_plural(total, 'block')}", ids)


def _explained(explanation: FilterExplanation, draft: Draft) -> Feedback:
    places = wire_places(draft)
    notes = {
        places[f"filter.{verdict.place}"]: _note(verdict, explanation.total)
        for verdict in explanation.clauses
    }
    return Feedback(
        "explained",
        f"{len(explanation.candidates)} of {_plural(explanation.total, 'block')}",
        explanation.candidates,
        notes,
        tuple(map(str, explanation.near_misses)),
        tuple(map(str, explanation.warnings)),
    )


def _note(verdict: ClauseVerdict, total: int) -> str:
    if verdict.error:
        return "AIOS cannot evaluate this alone"
    if verdict.is_required:
        return f"removes {verdict.removed or 'none'}"
    return f"holds for {total - verdict.removed} of {total}"


def _incomplete(problems: Sequence[Problem]) -> str:
    count = sum(problem.place is not None for problem in problems)
    todo = f"{_plural(count, 'condition')} to complete first" if count else "there is no condition"
    return f"Not asked: {todo}."


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
