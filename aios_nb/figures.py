"""Pictures of what AIOS did, drawn from the answers of a run."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from io import BytesIO
from itertools import groupby
from typing import TYPE_CHECKING, Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from .glyphs import breadth, legible, lines, make_legible, shortened
from .wording import counted

if TYPE_CHECKING:
    from .frames import DataFrame

INK, FAINT, BAND, BAR = "#1f2a37", "#8793a1", "#e9f4ee", "#7fb69c"
PASS, FAINT_PASS, FAIL, CHOSEN = "#2f7d5d", "#b5d3c5", "#c8553d", "#d9691a"
DPI = 160
Style = dict[str, Any]  # matplotlib's keyword arguments


class Picture:
    """A drawn figure that shows itself in a notebook, with words for those who cannot see it.

    Parameters
    ----------
    figure
        What was drawn; nothing of it is kept by pyplot.
    words
        What the picture says, in one sentence.
    """

    def __init__(self, figure: Figure, words: str) -> None:
        self.figure = figure
        self.words = words
        make_legible(figure)
        FigureCanvasAgg(figure)

    def __repr__(self) -> str:
        return self.words

    def to_png(self) -> bytes:
        """Return the picture as PNG; the same drawing gives the same bytes."""
        buffer = BytesIO()
        self.figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
        return buffer.getvalue()

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
        width, height = (int(inches * 96) for inches in self.figure.get_size_inches())
        png = b64encode(self.to_png()).decode()
        data = {"image/png": png, "text/plain": self.words}
        return data, {"image/png": {"width": width, "height": height}}


def flow(
    table: DataFrame,
    scores: Mapping[str, float],
    *,
    chosen: str,
    message: str,
    reply: str,
) -> Picture:
    """Draw one request: conditions, candidates, scores, the chosen block, its reply.

    Parameters
    ----------
    table
        The truth table of ``frames.conditions``.
    scores
        Final score per candidate, as the policy logged it; a column of ``frames.scores`` will do.
    chosen
        Id of the block that answered.
    message, reply
        What was asked, and what the block said.

    Returns
    -------
    Picture
        Candidates first, best score on top; then the blocks that failed.

    Raises
    ------
    ValueError
        ``chosen`` is not a row of the table.
    """
    if chosen not in table.index:
        raise ValueError(f"chosen block {chosen!r} is not in the table; it has {list(table.index)}")
    scene = _Scene(table, dict(scores.items()), chosen)
    scene.draw_stages()
    scene.draw_conditions()
    scene.draw_scores()
    scene.draw_reply(message, reply)
    return Picture(scene.figure, scene.words())


class _Scene:
    """One drawing; a row per block, y grows downwards, units are the height of a row."""

    STEP = 0.95
    HEADING = 5.0  # what the longest of the first two takes
    INCHES = 0.31

    def __init__(self, table: DataFrame, scores: dict[str, float], chosen: str) -> None:
        self.table, self.scores, self.chosen = table, scores, chosen
        self.rows = self._ordered()
        names = 1.2 + 0.27 * max(breadth(legible(row)) for row in self.rows)
        self.dots = max(names, self.HEADING)
        self.bars = self.dots + max(self.STEP * (table.shape[1] - 1) + 0.9, self.HEADING)
        self.bubble = self.bars + 5.6
        self.right = self.bubble + 8.6
        self.top, self.bottom = -6.4, max(len(self.rows), 7) + 0.9
        self._open()

    def _open(self) -> None:
        width, height = self.right + 0.6, self.bottom - self.top
        self.figure = Figure(figsize=(width * self.INCHES, height * self.INCHES), facecolor="white")
        self.axes = self.figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self.axes.set_xlim(-0.3, self.right + 0.3)
        self.axes.set_ylim(self.bottom, self.top)
        self.axes.set_axis_off()

    def _ordered(self) -> list[str]:
        passed = {str(row): bool(self.table.loc[row].iloc[-1]) for row in self.table.index}
        return sorted(passed, key=lambda row: (not passed[row], -self.scores.get(row, 0.0)))

    @property
    def candidates(self) -> int:
        return int(self.table.iloc[:, -1].sum())

    def words(self) -> str:
        return f"{', '.join(self._counts())}; chosen: {self.chosen}"

    def _counts(self) -> tuple[str, str, str]:
        blocks, conditions = len(self.rows), self.table.shape[1] - 1
        return (
            counted(blocks, "block"),
            counted(conditions, "condition"),
            counted(self.candidates, "candidate"),
        )

    def text(self, x: float, y: float, words: str, **style: Any) -> None:
        options: Style = {"color": INK, "fontsize": 8, "va": "center", "ha": "left"} | style
        self.axes.text(x, y, words, **options)

    def draw_stages(self) -> None:
        names = *self._counts(), "chosen block, reply"
        places = 0.25, self.dots, self.bars + 0.2, self.bubble + 0.25
        for number, (name, x) in enumerate(zip(names, places, strict=True), start=1):
            badge: Style = {"boxstyle": "circle,pad=0.28", "fc": INK, "lw": 0}
            y = self.top + 0.75
            self.text(x, y, str(number), color="white", weight="bold", ha="center", bbox=badge)
            self.text(x + 0.65, y, name, fontsize=9.5, weight="bold")

    def draw_conditions(self) -> None:
        self._draw_candidate_band()
        for number, column in enumerate(self.table.columns[:-1]):
            x = self.dots + self.STEP * number
            slant: Style = {
                "rotation": 38,
                "rotation_mode": "anchor",
                "va": "bottom",
                "fontsize": 7.2,
            }
            self.text(x - 0.05, -0.95, str(column[1]), **slant)
            for y, row in enumerate(self.rows):
                passed = bool(self.table.loc[row].iloc[number])
                self._draw_dot(x, y, passed=passed, faint=y >= self.candidates)
        for name, first, last in self._groups():
            self._draw_group(name, first, last)
        for y, row in enumerate(self.rows):
            strong: Style = {"weight": "bold"} if row == self.chosen else {}
            color = INK if y < self.candidates else FAINT
            self.text(0.0, y, row, color=color, **strong)

    def _draw_candidate_band(self) -> None:
        if not self.candidates:
            return
        band = FancyBboxPatch(
            (-0.1, -0.4),
            self.bars + 4.9,
            self.candidates - 0.2,
            boxstyle="round,pad=0,rounding_size=0.35",
            facecolor=BAND,
            edgecolor="none",
        )
        self.axes.add_patch(band)

    def _draw_dot(self, x: float, y: float, *, passed: bool, faint: bool) -> None:
        if passed:
            color = FAINT_PASS if faint else PASS
            self.axes.plot([x], [y], "o", ms=7.5, mfc=color, mec=color)
        else:
            self.axes.plot([x], [y], "x", ms=5.5, mec=FAIL, mew=1.8)

    def _groups(self) -> Iterator[tuple[str, int, int]]:
        """Yield each run of columns that are joined in the same way."""
        names = [str(column[0]) for column in self.table.columns[:-1]]
        for name, numbers in groupby(range(len(names)), key=lambda n: names[n]):
            run = list(numbers)
            yield name, run[0], run[-1]

    def _draw_group(self, name: str, first: int, last: int) -> None:
        y = self.bottom - 0.9
        left, right = self.dots + self.STEP * first - 0.3, self.dots + self.STEP * last + 0.3
        self.axes.plot([left, right], [y - 0.35, y - 0.35], color=INK, lw=1.2)
        label = name.split(": ")[-1]
        self.text((left + right) / 2, y, label, fontsize=6.8, ha="center", style="italic")

    def draw_scores(self) -> None:
        longest = max([1e-9, *self.scores.values()])
        for y, row in enumerate(self.rows):
            if row not in self.scores:
                continue
            width = 3.4 * max(self.scores[row], 0.0) / longest
            color = CHOSEN if row == self.chosen else BAR
            self.axes.barh(y, max(width, 0.05), left=self.bars, height=0.56, color=color)
            self.text(self.bars + width + 0.15, y, f"{self.scores[row]:.4f}", fontsize=7.2)

    def draw_reply(self, message: str, reply: str) -> None:
        asked, said = lines(message, 46)[:3], lines(reply, 46)[:8]
        x, y, step = self.bubble + 0.4, 0.15, 0.62
        self._draw_bubble(1.2 + step * (len(asked) + len(said) + 1))
        self._draw_arrow(self.rows.index(self.chosen))
        self.text(x, y, shortened(self.chosen, 36), weight="bold", color=CHOSEN)
        for number, line in enumerate(asked, start=1):
            style: Style = {"style": "italic", "color": FAINT}
            self.text(x, y + step * (number + 0.4), line, fontsize=7.4, **style)
        for number, line in enumerate(said, start=1 + len(asked)):
            self.text(x, y + step * (number + 0.9), line, fontsize=7.4)

    def _draw_bubble(self, height: float) -> None:
        corner, width = (self.bubble, -0.5), self.right - self.bubble
        shape = "round,pad=0,rounding_size=0.4"
        colors: Style = {"facecolor": "#fff7ef", "edgecolor": CHOSEN}
        bubble = FancyBboxPatch(corner, width, height, boxstyle=shape, lw=1.4, **colors)
        self.axes.add_patch(bubble)

    def _draw_arrow(self, row: int) -> None:
        """Join the chosen row, usually the first, to the bubble's first line."""
        ends = (self.bars + 4.85, row), (self.bubble - 0.05, 0.15)
        style: Style = {"arrowstyle": "-|>", "mutation_scale": 11, "color": CHOSEN, "lw": 1.6}
        self.axes.add_patch(FancyArrowPatch(*ends, **style))
