"""The fleet as rows that fold out into a truth table, as static HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ..explanation import FilterExplanation, Finding
from ..wording import value_text
from .candidates_model import Row

ROWS = 60
MARKS = {"candidate": "✓", "near miss": "≈", "dropped": "✕"}


def table(rows: Sequence[Row]) -> str:
    """Return one row per block; each opens to show what AIOS said to every condition."""
    if not rows:
        return ""
    names = ("Block", "AIOS says", "Conditions", *rows[0].numbers)
    head = "".join(f"<span>{escape(name[:1].upper() + name[1:])}</span>" for name in names)
    body = "".join(map(_row, rows[:ROWS]))
    more = len(rows) - ROWS
    rest = f"<p>and {more} more; sort otherwise to see them</p>" if more > 0 else ""
    return f'<div class="aios-fleet"><div class="aios-fleet-head">{head}</div>{body}{rest}</div>'


def _row(row: Row) -> str:
    kind = row.status.replace(" ", "-")
    total = len(row.verdict.leaves)
    cells = (
        escape(row.block_id),
        f"{MARKS[row.status]} {row.status}",
        f"{row.passed} of {total} passed",
        *("–" if value is None else f"{value:.4g}" for value in row.numbers.values()),
    )
    summary = "".join(f"<span>{cell}</span>" for cell in cells)
    return (
        f'<details class="aios-{kind}"><summary>{summary}</summary>'
        f"{_reasons(row)}{truth_table(row)}</details>"
    )


def _reasons(row: Row) -> str:
    if row.verdict.is_candidate:
        return "<p>A candidate: passes the whole filter rule.</p>"
    text = escape("; ".join(row.verdict.reasons))
    miss = row.verdict.near_miss
    if miss is not None and miss.candidates_without is not None:
        remain = (
            "1 block remains"
            if miss.candidates_without == 1
            else (f"{miss.candidates_without} blocks remain")
        )
        text += f". The only obstacle: without it {remain}"
    return f"<p>Dropped: {text}.</p>"


def truth_table(row: Row) -> str:
    """Return one line per condition: the block's value, and AIOS's answer."""
    head = "".join(
        f'<th scope="col">{name}</th>' for name in ("Condition", "The block has", "AIOS")
    )
    body = "".join(map(_finding, row.verdict.findings))
    return f'<table class="aios-table aios-truth"><thead><tr>{head}</tr></thead>{body}</table>'


def _finding(finding: Finding) -> str:
    answer = "✓ passes" if finding.passed else "✕ fails"
    actual = "nothing" if finding.actual is None else value_text(finding.actual)
    text = escape(finding.text)
    if finding.is_group:
        text, actual = f"together: {text}", ""
    kind = "aios-passes" if finding.passed else "aios-fails"
    return f'<tr class="{kind}"><td>{text}</td><td>{escape(actual)}</td><td>{answer}</td></tr>'


def headline(explanation: FilterExplanation) -> str:
    """Return how many blocks pass, and how many all but do.

    Examples
    --------
    >>> from aios_nb import Condition, FilterRule
    >>> from aios_nb.explanation import explain_filter
    >>> rule = FilterRule(block=Condition("size", ">", 1))
    >>> headline(explain_filter(lambda _: [], rule, blocks=[{"id": "a", "size": 1}]))
    '0 of 1 blocks are candidates, 1 near miss'
    """
    misses = len(explanation.near_misses)
    near = f", {misses} near miss{'es' * (misses != 1)}" if misses else ""
    return f"{len(explanation.candidates)} of {explanation.total} blocks are candidates{near}"
