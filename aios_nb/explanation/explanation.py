"""The whole answer to "why that block?": filter, candidates, scores, winner, and what is odd."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ..selection import SelectionQuery
from .failing import NearMiss
from .scoring import CandidateScore, Formula, tied
from .verdicts import BlockVerdict, Caution, ClauseVerdict, FilterExplanation

if TYPE_CHECKING:
    from ..figures import Picture
    from .tables import DataFrame

Source = Literal["log", "metrics", "none"]


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why AIOS chose a block: print it, show it in a notebook, or take it apart.

    Parameters
    ----------
    filtering
        The filter half: verdicts per clause and block.
    query
        What was asked; ``None``: a filter rule alone, so nothing was chosen.
    scores
        One per candidate, best first; empty: nothing was scored.
    source
        Where the scores come from: the policy's ``log`` lines of that very run, or computed again
        from the ``metrics``.
    formula
        Which policy's formula fits: ``kit`` or ``upstream``.
    winner
        Id of the block that AIOS returned; ``None``: it returned none, see ``error``.
    recomputed_winner
        Id of the block that wins by the formula; ``None``: nothing to compute from.
    warnings
        What AIOS does silently here, and what does not add up.
    error
        AIOS's words if it selected no block.
    """

    filtering: FilterExplanation
    query: SelectionQuery | None = None
    scores: tuple[CandidateScore, ...] = ()
    source: Source = "none"
    formula: Formula = "kit"
    winner: str | None = None
    recomputed_winner: str | None = None
    warnings: tuple[Caution, ...] = field(default=())
    error: str = ""

    def __str__(self) -> str:
        from .report import as_text

        return as_text(self)

    def __repr__(self) -> str:
        blocks, candidates = self.filtering.total, len(self.candidates)
        return f"Explanation({blocks} blocks, {candidates} candidates, winner={self.winner!r})"

    def _repr_html_(self) -> str:
        from .html import as_html

        return as_html(self)

    @property
    def clauses(self) -> tuple[ClauseVerdict, ...]:
        """One verdict per condition and group, in the payload's order."""
        return self.filtering.clauses

    @property
    def blocks(self) -> tuple[BlockVerdict, ...]:
        """One verdict per block, with its ``leaves``; candidates first."""
        return self.filtering.blocks

    @property
    def candidates(self) -> tuple[str, ...]:
        """Ids of the candidates, in AIOS's order."""
        return self.filtering.candidates

    @property
    def near_misses(self) -> tuple[NearMiss, ...]:
        """The blocks that one condition alone kept out, the closest first."""
        return self.filtering.near_misses

    @property
    def runner_up(self) -> str | None:
        """Id of the second best candidate; ``None``: there is none."""
        return self.scores[1].block_id if len(self.scores) > 1 else None

    @property
    def margin(self) -> float | None:
        """By how much the best score exceeds the second; ``None``: there are no two."""
        if len(self.scores) < 2:
            return None
        return self.scores[0].final - self.scores[1].final

    @property
    def ties(self) -> tuple[str, ...]:
        """Ids of all candidates that share the best score; empty when one has it alone."""
        return tied(self.scores, self.formula)

    def conditions(self) -> DataFrame:
        """Return one row per block: pass or fail for each condition, group and the whole rule."""
        from .tables import conditions

        return conditions(self)

    def dropped(self) -> DataFrame:
        """Return one row per dropped block: the reasons, and whether it was a near miss."""
        from .tables import dropped

        return dropped(self)

    def ranking(self) -> DataFrame:
        """Return one row per candidate: raw, normalised and weighted per goal, score, rank."""
        from .tables import ranking

        return ranking(self)

    def figure(self) -> Picture:
        """Return the picture: conditions, candidates, scores, the chosen block."""
        from .picture import draw

        return draw(self)
