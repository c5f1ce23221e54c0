"""The guide's flow figure from a real run: conditions, candidates, scores, the chosen block."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

from ..figures import BAND, CHOSEN, FAIL, FAINT, FAINT_PASS, INK, PASS, Picture, Style
from ..glyphs import breadth, cut, legible, shortened
from ..wording import counted, value_text
from .failing import Finding
from .scoring import CandidateScore
from .verdicts import BlockVerdict, ClauseVerdict
from .words import QUERY_NAMES, counts_line, verdict_line

if TYPE_CHECKING:
    from .explanation import Explanation

CANDIDATES, DROPPED = 12, 8  # rows drawn; the rest is counted
GOAL_COLORS = ("#4c956c", "#7fb7be", "#d3b88c", "#9a8c98", "#e0a458", "#577590")
FAINT_FAIL, SOFT_FAIL, TINT = "#a9634f", "#c98a78", "#fdf1e7"


def draw(explanation: Explanation) -> Picture:
    """Draw an explanation: a row per block, candidates first, each with its values and score.

    Of long lists the first rows are drawn and the rest is counted.
    """
    scene = _Scene(explanation)
    scene.draw_stages()
    scene.draw_rows()
    scene.draw_groups()
    scene.draw_legend()
    words = f"{counts_line(explanation)}. {verdict_line(explanation)}"
    return Picture(scene.figure, words)


class _Scene:
    """One drawing; a row per block, y grows downwards, units are the height of a row."""

    INCHES = 0.29
    STEP = 2.05
    BAR = 9.0

    def __init__(self, explanation: Explanation) -> None:
        self.explanation = explanation
        self.scores = {score.block_id: score for score in explanation.scores}
        self.leaves = [clause for clause in explanation.clauses if not clause.node.is_group]
        self.candidates, self.dropped = self._chosen_rows()
        self.more = explanation.filtering.total - len(self.candidates) - len(self.dropped)
        names = [_name(block.block_id) for block in [*self.candidates, *self.dropped]]
        self.cells = 1.4 + 0.27 * max([14, *map(breadth, names)])
        self.bars = self.cells + self.STEP * max(3, len(self.leaves)) + 0.3
        self.right = self.bars + self.BAR + 7.2
        self.top = -7.6
        self.legend = _lines_of_goals(explanation, self.right - self.bars)
        self.bottom = (
            len(names)
            + (1.2 if self.dropped else 0.4)
            + (0.9 if self.more else 0.0)
            + 1.2
            + 0.9 * max(1, len(self.legend))
        )
        self._open()

    def _chosen_rows(self) -> tuple[list[BlockVerdict], list[BlockVerdict]]:
        blocks = {block.block_id: block for block in self.explanation.blocks}
        ranked = [*self.scores, *(c for c in self.explanation.candidates if c not in self.scores)]
        if (winner := self.explanation.winner) in ranked[CANDIDATES:]:
            ranked = [*ranked[: CANDIDATES - 1], winner]
        missed = [miss.block_id for miss in self.explanation.near_misses]
        rest = [b.block_id for b in blocks.values() if not b.is_candidate]
        dropped = list(dict.fromkeys([*missed, *rest]))
        return (
            [blocks[block_id] for block_id in ranked[:CANDIDATES]],
            [blocks[block_id] for block_id in dropped[:DROPPED]],
        )

    def _open(self) -> None:
        width, height = self.right + 0.8, self.bottom - self.top
        self.figure = Figure(figsize=(width * self.INCHES, height * self.INCHES), facecolor="white")
        self.axes = self.figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self.axes.set_xlim(-0.4, self.right + 0.4)
        self.axes.set_ylim(self.bottom, self.top)
        self.axes.set_axis_off()

    def text(self, x: float, y: float, words: str, **style: Any) -> None:
        options: Style = {"color": INK, "fontsize": 8, "va": "center", "ha": "left"} | style
        self.axes.text(x, y, words, parse_math=False, **options)

    def draw_stages(self) -> None:
        total, left = self.explanation.filtering.total, len(self.explanation.candidates)
        stages = {
            counted(total, "block"): 0.35,
            counted(len(self.leaves), "condition"): self.cells - 0.3,
            counted(left, "candidate"): self.bars + 0.35,
        }
        if self.explanation.query is not None:
            chosen = shortened(self.explanation.winner or "no block", 20)
            stages[f"chosen: {chosen}"] = self.bars + self.BAR - 0.9
        y = self.top + 0.8
        for number, (name, x) in enumerate(stages.items(), start=1):
            color = CHOSEN if number == 4 else INK
            badge: Style = {"boxstyle": "circle,pad=0.28", "fc": color, "lw": 0}
            self.text(x, y, str(number), color="white", weight="bold", ha="center", bbox=badge)
            self.text(x + 0.65, y, name, fontsize=9.5, weight="bold", color=color)

    def draw_rows(self) -> None:
        for number, leaf in enumerate(self.leaves):
            x = self.cells + self.STEP * number + 0.4
            slant: Style = {"rotation": 38, "rotation_mode": "anchor", "va": "bottom"}
            self.text(x, -0.85, shortened(leaf.text, 34), fontsize=7.4, **slant)
        self._draw_band()
        for row, block in enumerate(self.candidates):
            self._draw_block(row, block)
        first = len(self.candidates) + 0.8
        if self.dropped:
            reason: Style = {"fontsize": 7.4, "color": FAINT, "style": "italic"}
            self.text(self.bars, first - 0.75, "why not", **reason)
        for row, block in enumerate(self.dropped):
            self._draw_block(first + row, block)
        if self.more:
            y = first + len(self.dropped) + 0.1
            self.text(
                0.0, y, f"and {counted(self.more, 'more block')}", color=FAINT, style="italic"
            )

    def _draw_band(self) -> None:
        if not self.candidates:
            return
        shape = "round,pad=0,rounding_size=0.35"
        height = len(self.candidates) - 0.04
        self.axes.add_patch(
            FancyBboxPatch(
                (-0.2, -0.48), self.right + 0.3, height, boxstyle=shape, fc=BAND, ec="none"
            )
        )

    def _draw_block(self, y: float, block: BlockVerdict) -> None:
        is_winner = block.block_id == self.explanation.winner
        if is_winner:
            self._draw_winners_frame(y)
        color = CHOSEN if is_winner else INK if block.is_candidate else "#55606d"
        weight = "bold" if is_winner else "normal"
        self.text(0.0, y, _name(block.block_id), color=color, weight=weight)
        for number, finding in enumerate(block.leaves):
            x = self.cells + self.STEP * number + self.STEP / 2 - 0.3
            self._draw_value(x, y, finding, is_faint=not block.is_candidate)
        if block.block_id in self.scores:
            self._draw_score(y, self.scores[block.block_id])
        elif not block.is_candidate:
            self._draw_reason(y, block)

    def _draw_winners_frame(self, y: float) -> None:
        shape = "round,pad=0,rounding_size=0.3"
        self.axes.add_patch(
            FancyBboxPatch(
                (-0.2, y - 0.47), self.right + 0.3, 0.94, boxstyle=shape, fc=TINT, ec=CHOSEN, lw=1.3
            )
        )

    def _draw_value(self, x: float, y: float, finding: Finding, *, is_faint: bool) -> None:
        """Write the block's own value; what has no short form is a dot or a cross."""
        written = _short_value(finding.actual)
        if finding.passed:
            color = FAINT_PASS if is_faint and written is None else PASS
            marker, ink = "o", color
        else:
            marker, ink = "x", FAIL if is_faint else SOFT_FAIL
        if written is not None:
            weight = "normal" if finding.passed or not is_faint else "bold"
            self.text(x, y, written, fontsize=7.6, color=ink, ha="center", weight=weight)
        elif marker == "o":
            self.axes.plot([x], [y], "o", ms=5.5, mfc=ink, mec=ink)
        else:
            self.axes.plot([x], [y], "x", ms=5, mec=ink, mew=1.7)

    def _draw_score(self, y: float, score: CandidateScore) -> None:
        longest = max([1e-9, *(_length(one) for one in self.scores.values())])
        left = self.bars
        for place, goal in enumerate(score.goals):
            width = self.BAR * max(goal.weighted, 0.0) / longest
            color = GOAL_COLORS[place % len(GOAL_COLORS)]
            self.axes.add_patch(Rectangle((left, y - 0.28), width, 0.56, fc=color, ec="none"))
            left += width
        is_winner = score.block_id == self.explanation.winner
        style: Style = {"weight": "bold", "color": CHOSEN} if is_winner else {}
        self.text(self.bars + self.BAR + 0.3, y, f"{score.final:.4f}", fontsize=8, **style)
        self.text(self.bars + self.BAR + 2.5, y, self._remark(score), fontsize=7.4, color=FAINT)

    def _remark(self, score: CandidateScore) -> str:
        best = self.explanation.scores[0].final
        if score.live_instances == 0:
            return "no live instance"
        if score.rank == 1:
            margin = self.explanation.margin
            return "" if margin is None else f"{margin:.4f} ahead"
        return f"{best - score.final:.4f} behind"

    def _draw_reason(self, y: float, block: BlockVerdict) -> None:
        miss = block.near_miss
        words = "; ".join(block.reasons)
        self.text(self.bars, y, shortened(words, 60), fontsize=7.4, color=FAINT_FAIL)
        if miss is None:
            return
        self.axes.plot([self.bars - 0.3], [y], marker=">", ms=4, mfc=FAIL, mec=FAIL)
        if miss.candidates_without is not None:
            remain = f"{miss.candidates_without} without it"
            self.text(self.bars + self.BAR + 3.9, y, remain, fontsize=7.4, color=FAINT)

    def draw_groups(self) -> None:
        """Bracket the conditions that are joined in the same way, below the rows."""
        y = self.bottom - 1.65
        for (query, join, _), run in groupby(enumerate(self.leaves), key=lambda e: _group(e[1])):
            numbers = [number for number, _ in run]
            left = self.cells + self.STEP * numbers[0] - 0.1
            right = self.cells + self.STEP * (numbers[-1] + 1) - 0.5
            self.axes.plot([left, right], [y, y], color=INK, lw=1.1)
            word = "all of" if join == "AND" else "any of"
            middle = (left + right) / 2
            self.text(middle, y + 0.42, word, fontsize=7, ha="center", style="italic")
            name = QUERY_NAMES[query]
            self.text(middle, y + 0.98, name, fontsize=7, ha="center", color=FAINT)

    def draw_legend(self) -> None:
        """Name the goals by color, and say what the mark at a near miss means."""
        y = self.bottom - 0.45 - 0.9 * max(1, len(self.legend))
        for line in self.legend:
            for x, color, words in line:
                left = self.bars + x
                self.axes.add_patch(Rectangle((left, y - 0.22), 0.5, 0.44, fc=color, ec="none"))
                self.text(left + 0.7, y, words, fontsize=7.4)
            y += 0.9
        if any(block.near_miss for block in self.dropped):
            y = self.bottom - 0.45
            self.axes.plot([self.bars + 0.2], [y], marker=">", ms=4, mfc=FAIL, mec=FAIL)
            words = "near miss: one condition is in the way; so many candidates without it"
            self.text(self.bars + 0.7, y, words, fontsize=7.4, color=FAINT)


def _lines_of_goals(explanation: Explanation, width: float) -> list[list[tuple[float, str, str]]]:
    """Return the legend's entries, each with its place in its line, in as many lines as needed."""
    lines: list[list[tuple[float, str, str]]] = []
    x = 0.0
    for place, goal in enumerate(explanation.scores[0].goals if explanation.scores else ()):
        words = legible(f"{goal.name} x {goal.weight:g}")
        needed = 1.5 + 0.2 * breadth(words)
        if not lines or x + needed > width:
            lines.append([])
            x = 0.0
        lines[-1].append((x, GOAL_COLORS[place % len(GOAL_COLORS)], words))
        x += needed
    return lines


def _length(score: CandidateScore) -> float:
    return sum(max(goal.weighted, 0.0) for goal in score.goals)


def _group(leaf: ClauseVerdict) -> tuple[str, str, str]:
    """Return what neighbouring conditions share: query, join, and the group they stand in."""
    return leaf.node.query, leaf.node.join, leaf.place.rpartition(".")[0]


def _short_value(actual: Any) -> str | None:
    """Return a value that fits into a cell, ``None`` if it does not."""
    if isinstance(actual, bool):
        return "yes" if actual else "no"
    if isinstance(actual, (int, float)):
        return value_text(round(actual, 1))
    return "none" if actual is None else None


def _name(block_id: str) -> str:
    """Return a block's id as far as a row has room, its end included: there the names differ."""
    name = legible(block_id)
    if breadth(name) <= 48:
        return name
    return f"{cut(name, 27)}…{cut(name[::-1], 20)[::-1]}"
