"""An explanation as text, for terminals and logs."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import fill, wrap
from typing import TYPE_CHECKING

from ..errors import printable
from ..wording import counted
from .verdicts import ClauseVerdict
from .words import QUERY_NAMES, counts_line, score_terms, source_line, verdict_line

if TYPE_CHECKING:
    from .explanation import Explanation

WIDTH = 96
RANKED, MISSED, DROPPED = 10, 8, 12  # how many lines of each before "and so many more"


def as_text(explanation: Explanation) -> str:
    """Return the report: the answer, what is odd, the filter, the near misses, the ranking."""
    lines = [
        verdict_line(explanation),
        *_warnings(explanation),
        "",
        f"Filter: {counts_line(explanation)}",
        *_clauses(explanation),
        *_near_misses(explanation),
        *_dropped(explanation),
        *_ranking(explanation),
    ]
    return printable("\n".join(lines))


def _warnings(explanation: Explanation) -> Iterator[str]:
    for caution in explanation.warnings:
        first, *rest = wrap(f"{caution}", WIDTH - 4, break_on_hyphens=False) or [""]
        yield f"  ! {first}"
        yield from (f"    {line}" for line in rest)


def _clauses(explanation: Explanation) -> Iterator[str]:
    for clause in explanation.clauses:
        node = clause.node
        name = _group_name(clause) if node.is_group else clause.text
        label = f"{QUERY_NAMES[node.query]}: {name}" if node.depth == 0 else name
        lead = f"  {'  ' * node.depth}{label}"
        yield f"{lead:<58} removes {clause.removed:>4}   {_without(clause)}".rstrip()


def _group_name(clause: ClauseVerdict) -> str:
    return "all of" if clause.node.operator == "AND" else "any of"


def _without(clause: ClauseVerdict) -> str:
    if clause.error:
        return "AIOS refuses it"
    if clause.candidates_without is None or not clause.node.depth:
        return ""
    return f"without it {counted(clause.candidates_without, 'candidate')}"


def _near_misses(explanation: Explanation) -> Iterator[str]:
    if explanation.near_misses:
        yield from ("", "Near misses: one condition is in the way")
    yield from _first(MISSED, [_folded(str(miss)) for miss in explanation.near_misses])


def _dropped(explanation: Explanation) -> Iterator[str]:
    if explanation.filtering.error:  # no block was judged
        return
    rest = [b for b in explanation.blocks if not b.is_candidate and b.near_miss is None]
    if rest:
        yield from ("", "Dropped for several reasons")
    yield from _first(DROPPED, [_folded(f"{b.block_id}: {'; '.join(b.reasons)}") for b in rest])


def _folded(text: str) -> str:
    return fill(
        text, WIDTH, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False
    )


def _ranking(explanation: Explanation) -> Iterator[str]:
    if not explanation.scores:
        return
    yield from ("", "Ranking")
    width = max(len(score.block_id) for score in explanation.scores)
    lines = []
    for score in explanation.scores:
        shares = "  ".join(f"{goal.name} {goal.weighted:.4f}" for goal in score.goals)
        mark = ">" if score.block_id == explanation.winner else " "
        line = f"{mark} {score.rank:>3}  {score.block_id:<{width}}  {score.final:.4f}   {shares}"
        lines.append(line.rstrip())
    yield from _first(RANKED, lines)
    terms = score_terms(explanation)
    if terms:
        yield from ("", f"How {explanation.winner} came to its score")
        yield from (f"  {term}" for term in terms)
    yield from ("", *wrap(source_line(explanation), WIDTH))


def _first(limit: int, lines: list[str]) -> Iterator[str]:
    yield from lines[:limit]
    if len(lines) > limit:
        yield f"  ... and {len(lines) - limit} more"
