"""An explanation as static HTML: inline styles only, so it shows in an untrusted notebook too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import TYPE_CHECKING

from ..wording import counted, value_text
from .failing import Finding
from .scoring import CandidateScore
from .verdicts import BlockVerdict, ClauseVerdict
from .words import clause_label, counts_line, score_terms, source_line, verdict_line

if TYPE_CHECKING:
    from .explanation import Explanation

ROWS = 40  # of one table; more make a notebook slow, and nobody reads them
CELL = "padding:2px 10px 2px 0;text-align:left;vertical-align:top;"
COLORS = ("#4c956c", "#7fb7be", "#d3b88c", "#9a8c98", "#e0a458", "#577590")
PASS, FAIL, CHOSEN = "#2f7d5d", "#c8553d", "#d9691a"
ASIDE = "opacity:.75;font-size:90%;"  # legible on light and on dark pages, unlike any one grey


def as_html(explanation: Explanation) -> str:
    """Return the report as HTML; everything that comes from AIOS is escaped."""
    parts = [
        _div(f"<b>{escape(verdict_line(explanation))}</b>", "font-size:110%;margin:4px 0;"),
        *(_warning(str(caution)) for caution in explanation.warnings),
        _ranking(explanation),
        _filter(explanation),
    ]
    return _div("".join(parts), "max-width:60em;line-height:1.4;")


def _div(inner: str, style: str) -> str:
    return f'<div style="{style}">{inner}</div>'


def _warning(text: str) -> str:
    style = f"border-left:4px solid {CHOSEN};padding:1px 8px;margin:4px 0;"
    return _div(f"<b>Note:</b> {escape(text)}", style)


def _ranking(explanation: Explanation) -> str:
    scores = explanation.scores
    if not scores:
        return ""
    head = ("rank", "candidate", "score", "from its goals")
    longest = max([1e-9, *(sum(g.weighted for g in s.goals if g.weighted > 0) for s in scores)])
    rows = (_candidate(score, explanation.winner, longest) for score in scores[:ROWS])
    table = _table("Candidates, best first", head, rows, len(scores))
    lines = [*score_terms(explanation), source_line(explanation)]
    return table + "".join(_div(escape(line), ASIDE) for line in lines)


def _candidate(score: CandidateScore, winner: str | None, longest: float) -> str:
    is_winner = score.block_id == winner
    name = f"<b>{_whole(score.block_id)}</b> (chosen)" if is_winner else _whole(score.block_id)
    bars = "".join(
        _bar(goal.name, goal.weighted, goal.weighted / longest, COLORS[place % len(COLORS)])
        for place, goal in enumerate(score.goals)
    )
    return _row((str(score.rank), name, f"{score.final:.4f}", bars))


def _bar(name: str, value: float, share: float, color: str) -> str:
    width = max(0.0, 22 * share)
    style = f"display:inline-block;height:.8em;width:{width:.2f}em;background:{color};"
    title = escape(f"{name} {value:.4f}", quote=True)
    return f'<span style="{style}" title="{title}"></span>'


def _filter(explanation: Explanation) -> str:
    head = ("condition", "removes", "candidates without it")
    clauses = _table(
        f"The filter: {counts_line(explanation)}",
        head,
        map(_clause, explanation.clauses),
        len(explanation.clauses),
    )
    misses = {miss.block_id: miss for miss in explanation.near_misses}
    dropped = [b for b in explanation.blocks if not b.is_candidate]
    order = {block_id: place for place, block_id in enumerate(misses)}
    dropped.sort(key=lambda block: order.get(block.block_id, len(order)))
    if not dropped:
        return clauses
    head = ("block", "why it was dropped", "conditions, failed ones crossed")
    rows = map(_dropped, dropped[:ROWS])
    return clauses + _table("Dropped, near misses first", head, rows, len(dropped))


def _clause(clause: ClauseVerdict) -> str:
    node = clause.node
    join = "all of" if node.operator == "AND" else "any of"
    text = clause.text if not node.is_group else join
    label = f"{clause_label(clause)}: {text}" if node.depth == 0 else text
    name = f'<span style="padding-left:{1.4 * node.depth:.1f}em;">{escape(label)}</span>'
    unknown = clause.candidates_without is None or node.depth == 0
    return _row((name, str(clause.removed), "" if unknown else str(clause.candidates_without)))


def _dropped(block: BlockVerdict) -> str:
    reasons = escape("; ".join(block.reasons))
    miss = block.near_miss
    if miss is not None and miss.candidates_without is not None:
        reasons += (
            f"<br><i>near miss: {counted(miss.candidates_without, 'candidate')} without it</i>"
        )
    marks = "".join(map(_mark, block.leaves))
    whole = f'<span style="white-space:nowrap;">{marks}</span>' if len(block.leaves) < 12 else marks
    return _row((_whole(block.block_id), reasons, whole))


def _whole(block_id: str) -> str:
    return f'<span style="white-space:nowrap;">{escape(block_id)}</span>'


def _mark(finding: Finding) -> str:
    sign, color = ("&#9679;", PASS) if finding.passed else ("&#10005;", FAIL)
    actual = "nothing" if finding.actual is None else value_text(finding.actual)
    title = escape(f"{finding.text}: {actual}", quote=True)
    return f'<span style="color:{color};padding-right:.5em;" title="{title}">{sign}</span>'


def _table(caption: str, head: Iterable[str], rows: Iterable[str], total: int) -> str:
    style = "border-collapse:collapse;margin:8px 0 2px 0;"
    title = f'<caption style="text-align:left;font-weight:bold;">{escape(caption)}</caption>'
    names = "".join(f'<th scope="col" style="{CELL}">{escape(name)}</th>' for name in head)
    body = "".join(rows)
    more = f"<div>and {total - ROWS} more</div>" if total > ROWS else ""
    return f'<table style="{style}">{title}<tr>{names}</tr>{body}</table>{more}'


def _row(cells: Iterable[str]) -> str:
    return f"<tr>{''.join(_cells(cells))}</tr>"


def _cells(cells: Iterable[str]) -> Iterator[str]:
    for cell in cells:
        yield f'<td style="{CELL}">{cell}</td>'
