"""Runs as static HTML: the reply with its reasoning folded, what went wrong, and the history."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape

from .run_model import ANSWERED, FAILED, WAITING, Run, raw_answer

SHOWN = 20_000
NO_TEXT = "The answer holds no text under the names that blocks use for it; see the raw JSON."


def outcome(run: Run | None) -> str:
    """Return what became of the newest run."""
    if run is None or run.state == WAITING:
        return ""
    if run.state == ANSWERED:
        return _answer(run)
    kind = "aios-mistake" if run.state == FAILED else "aios-mistake aios-note"
    hint = f"<p><b>What to do:</b> {escape(run.hint)}</p>" if run.hint else ""
    return f'<div class="{kind}"><p>{escape(run.text)}</p>{hint}</div>'


def _answer(run: Run) -> str:
    result = run.result
    assert result is not None  # an answered run has one
    thinking = ""
    if result.thinking:
        thinking = f"<details><summary>Reasoning</summary>{_words(result.thinking)}</details>"
    replies = "".join(f'<div class="aios-reply">{_words(text)}</div>' for text in result.replies)
    reply = replies or f'<p class="aios-quiet">{NO_TEXT}</p>'
    text = json.dumps(raw_answer(run), indent=2, ensure_ascii=False)
    raw = f"<details><summary>Raw JSON</summary><pre>{escape(text[:SHOWN])}</pre></details>"
    return f"<p><b>{escape(result.block_id)}</b> answered:</p>{thinking}{reply}{raw}"


def _words(text: str) -> str:
    shown = text if len(text) <= SHOWN else f"{text[:SHOWN]} …"
    return f'<div class="aios-words">{escape(shown)}</div>'


def progress(elapsed_s: float) -> str:
    """Return a moving bar, and how long the answer has been awaited.

    Examples
    --------
    >>> progress(3.4).endswith("waiting for 3 s")
    True
    """
    bar = '<progress aria-label="Waiting for an answer"></progress>'
    return f"{bar} waiting for {elapsed_s:.0f} s"


def history_table(runs: Sequence[Run]) -> str:
    """Return one row per run, the newest first."""
    if not runs:
        return ""
    names = ("Run", "Outcome", "Block", "Score", "Time", "Session and number")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    body = "".join(map(_row, reversed(runs)))
    return (
        f'<table class="aios-table"><caption>History, the newest first</caption>'
        f"<thead><tr>{head}</tr></thead>{body}</table>"
    )


def _row(run: Run) -> str:
    pair = f"{run.request.session_id}, {run.request.seq_no}"
    score = "–" if run.score is None else f"{run.score:.4f}"
    took = "…" if run.state == WAITING else f"{run.elapsed_s:.2f} s"
    cells = (str(run.number), run.state, escape(run.block_id) or "–", score, took, escape(pair))
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
