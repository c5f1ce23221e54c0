"""The ranking with its bars, and who wins at which weight, as static HTML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from ..explanation import CandidateScore
from ..explanation.goals import GOALS
from ..explanation.html import COLORS
from ..selection import OptimizationGoal
from .flips import Segment
from .goals_model import Choice, is_known
from .notices import ASKING, told

ROWS = 20
BORDER = 1e-9  # a weight so close to the end of a segment stands on it
LETTER = 1.5  # the width of a letter, in percent of a strip's
PALETTE = dict(zip(GOALS, COLORS, strict=True))
NO_GOALS = "Without a goal all candidates are equal: add one."
NOT_ASKED = "The ranking needs an AIOS: no candidates are known."


def color_of(name: str) -> str:
    """Return the colour of a goal; it stays the same wherever the goal stands."""
    return PALETTE.get(name, "#8793a1")


def swatch(name: str) -> str:
    """Return a small square in the colour of a goal."""
    style = f"background:{color_of(name)};display:inline-block;height:.8em;width:.8em"
    return f'<span style="{style}"></span>'


def ranking_table(ranking: Sequence[CandidateScore], choice: Choice) -> str:
    """Return one row per candidate, best first, with a bar made of its goals."""
    if not ranking:
        return ""
    longest = max([1e-9, *(sum(goal.weighted for goal in one.goals) for one in ranking)])
    rows = "".join(_row(one, choice, longest) for one in ranking[:ROWS])
    names = ("Rank", "Candidate", "Score", "From its goals")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    more = len(ranking) - ROWS
    rest = f"<p>and {more} more</p>" if more > 0 else ""
    return f'<table class="aios-table"><thead><tr>{head}</tr></thead>{rows}</table>{rest}'


def _row(score: CandidateScore, choice: Choice, longest: float) -> str:
    is_chosen = choice.state == "chosen" and choice.block_id == score.block_id
    name = escape(score.block_id)
    if is_chosen:
        name = f"<b>{name}</b> chosen by AIOS"
    if score.live_instances == 0:
        name += " <small>no instance</small>"
    bars = "".join(_bar(goal.name, goal.weighted, longest) for goal in score.goals)
    spoken = ", ".join(f"{goal.name} {goal.weighted:.3f}" for goal in score.goals)
    bar = f'<span class="aios-bars" role="img" aria-label="{escape(spoken)}">{bars}</span>'
    return f"<tr><td>{score.rank}</td><td>{name}</td><td>{score.final:.4f}</td><td>{bar}</td></tr>"


def _bar(name: str, value: float, longest: float) -> str:
    share = max(0.0, 12 * value / longest)
    style = f"background:{color_of(name)};display:inline-block;height:.8em;width:{share:.2f}em"
    return f'<span style="{style}" title="{escape(name)} {value:.4f}"></span>'


def verdict(ranking: Sequence[CandidateScore], choice: Choice) -> str:
    """Return in one line what AIOS chose, and by how much it leads."""
    if choice.state == "asking":
        return f"{_lead(ranking)} {ASKING}"
    if choice.state in {"refused", "away", "paused"}:
        return told(choice.state, choice.text)
    if choice.state == "none" or not ranking:
        return _lead(ranking)
    first = ranking[0].block_id
    if choice.block_id != first:
        chosen = escape(choice.block_id)
        return (
            f"AIOS chose <b>{chosen}</b>, but by this formula {escape(first)} leads: the policy "
            "scores otherwise, or metrics changed meanwhile."
        )
    return f"AIOS chose <b>{escape(first)}</b>{_margin(ranking)}."


def _lead(ranking: Sequence[CandidateScore]) -> str:
    if not ranking:
        return f'<span class="aios-quiet">{NOT_ASKED}</span>'
    return f"<b>{escape(ranking[0].block_id)}</b> leads{_margin(ranking)}."


def _margin(ranking: Sequence[CandidateScore]) -> str:
    if len(ranking) < 2:
        return ", the only candidate"
    margin = ranking[0].final - ranking[1].final
    return f", {margin:.4f} ahead of {escape(ranking[1].block_id)}"


def strip(goal: OptimizationGoal, parts: Sequence[Segment], *, winner: str, limit: float) -> str:
    """Return a strip of all weights: who wins where, and a mark at the present weight."""
    if not is_known(goal):
        return '<span class="aios-quiet">This kit\'s policy does not know this goal.</span>'
    if not parts:
        return ""
    cells = "".join(_cell(part, goal.weight, limit) for part in parts)
    at = 100 * min(max(goal.weight, 0.0), limit) / limit
    needle = f'<i style="left:{at:.2f}%"></i>'
    spoken = escape("; ".join(_spoken(part) for part in parts))
    picture = f'<div class="aios-strip" role="img" aria-label="{spoken}">{cells}{needle}</div>'
    words = escape(flip_words(goal.weight, parts, winner=winner))
    return f'{picture}<div class="aios-quiet">{words}</div>'


def _cell(part: Segment, weight: float, limit: float) -> str:
    width = 100 * (part.high - part.low) / limit
    kind = ' class="aios-here"' if part.low <= weight <= part.high else ""
    # A name that would be cut off is left to the line below, to the title and to the ear.
    name = escape(part.block_id) if width > len(part.block_id) * LETTER + 2 else ""
    return f'<span{kind} style="width:{width:.2f}%" title="{escape(_spoken(part))}">{name}</span>'


def _spoken(part: Segment) -> str:
    return f"{part.low:.3g} to {part.high:.3g}: {part.block_id} wins"


def flip_words(weight: float, parts: Sequence[Segment], *, winner: str) -> str:
    """Return where the winner flips next, below and above this weight.

    Parameters
    ----------
    weight
        The present one.
    parts
        Who wins at which weight.
    winner
        Who wins at the present weight; on a border of two segments only the ranking knows.

    Examples
    --------
    >>> flip_words(0.9, [Segment(0, 0.25, "idle"), Segment(0.25, 1, "fast")], winner="fast")
    'below 0.25 idle wins'
    >>> flip_words(1, [Segment(0, 1, "fast")], winner="fast")
    'no weight between 0 and 1 changes the winner'
    """
    others = [part for part in parts if part.block_id != winner]
    below = [part for part in others if part.high <= weight + BORDER]
    above = [part for part in others if part.low >= weight - BORDER]
    words = []
    if below:
        words.append(f"below {below[-1].high:.3g} {below[-1].block_id} wins")
    if above:
        words.append(f"above {above[0].low:.3g} {above[0].block_id} wins")
    return ", ".join(words) or f"no weight between 0 and {parts[-1].high:.3g} changes the winner"


def goals_list(goals: Iterable[OptimizationGoal], shares: Sequence[float]) -> str:
    """Return the goals with their weights, for a reader without the controls."""
    items = "".join(
        f"<li>{escape(goal.name)}: {goal.weight:g} ({share:.0%})</li>"
        for goal, share in zip(goals, shares, strict=True)
    )
    return f"<ul>{items}</ul>"
