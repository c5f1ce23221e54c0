"""Tables of what the lab found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pandas import DataFrame as DataFrame  # the results name it in signatures
from pandas import MultiIndex

from ..table import Table

if TYPE_CHECKING:
    from .comparing import Comparison
    from .regret import Regret
    from .winner_map import WinnerMap

NOBODY = "(nobody)"


def stretches(result: WinnerMap) -> DataFrame:
    """Return one row per stretch of a one-axis sweep: who wins, from where to where, how clearly.

    Margins are those at the swept points; empty where no score is known.
    """
    rows = []
    for winner, points in result.stretches():
        margins = [choice.margin for _, choice in points if choice.margin is not None]
        seconds = dict.fromkeys(choice.runner_up for _, choice in points if choice.runner_up)
        row = {"winner": winner or NOBODY, "from": points[0][0], "to": points[-1][0]}
        row |= {"smallest margin": min(margins, default=""), "runners-up": ", ".join(seconds)}
        rows.append(row)
    return Table(rows)


def grid(result: WinnerMap) -> DataFrame:
    """Return the winners of a two-axis sweep, one row per value of the first axis."""
    first, second = result.axes
    winners = [choice.winner or NOBODY for choice in result.choices]
    width = len(second.values)
    rows = [winners[start : start + width] for start in range(0, len(winners), width)]
    table = Table(rows, index=list(first.values), columns=list(second.values))
    return table.rename_axis(index=first.name, columns=second.name)


def comparison(result: Comparison) -> DataFrame:
    """Return one row per fleet: each contender's winner and margin, and whether all agree."""
    rows = []
    for fleet in result.fleets:
        row: dict[tuple[str, str], object] = {}
        for name in result.contenders:
            choice = result.choices[fleet, name]
            margin = "" if choice.margin is None else choice.margin
            row |= {(name, "winner"): choice.winner or NOBODY, (name, "margin"): margin}
        rows.append(row | {("", "agree"): result.agrees_on(fleet)})
    columns = MultiIndex.from_tuples(list(rows[0]))
    return Table(rows, index=list(result.fleets), columns=columns).rename_axis("fleet")


def outcomes(result: Regret) -> DataFrame:
    """Return one row per candidate, fastest first; those that gave no answer come last."""
    rows = {
        outcome.block_id: {
            "seconds": "" if outcome.elapsed_s is None else round(outcome.elapsed_s, 1),
            "tokens": "" if outcome.tokens is None else outcome.tokens,
            "chosen": outcome.block_id == result.chosen,
            "failure": outcome.failure,
        }
        for outcome in result.ranking
    }
    return Table.from_dict(rows, orient="index").rename_axis("block")
