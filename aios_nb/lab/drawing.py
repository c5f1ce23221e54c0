"""Pictures of winner maps: colour says who wins, names stand in the picture itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from ..figures import FAINT, INK, Picture
from ..glyphs import breadth, legible

if TYPE_CHECKING:
    from .winner_map import WinnerMap

# Okabe and Ito's colours, softened: apart for every kind of colour vision.
COLORS = ("#8fc1e3", "#f2c14e", "#7fb69c", "#e39b7b", "#c7a6cf", "#cfd4da", "#e8dca0", "#9fa8da")
NOBODY = "#ffffff"
LETTER = 0.0125  # width of a letter of a name, as a share of the picture
Style = dict[str, Any]  # matplotlib's keyword arguments


def draw_line(result: WinnerMap) -> Picture:
    """Draw a sweep of one axis: a band per winner, over it the margin to the runner-up."""
    axis = result.axes[0]
    has_margins = result.closest is not None
    figure = Figure(figsize=(7.6, 3.0 if has_margins else 1.7), layout="constrained")
    axes = figure.add_subplot()
    axes.set_xlim(axis.values[0], axis.values[-1])
    top = _draw_margins(axes, result) if has_margins else 1.0
    axes.set_ylim(0, top)
    _draw_bands(axes, result, top)
    _mark_own(axes, axis.own)
    axes.set_xlabel(axis.label, color=INK)
    axes.set_title(_title(result), loc="left", fontsize=10, color=INK, pad=16)
    return Picture(figure, str(result).splitlines()[0])


def draw_map(result: WinnerMap) -> Picture:
    """Draw a sweep of two axes as a map, each winner's country named where it is widest."""
    first, second = result.axes
    figure = Figure(figsize=(6.8, 5.2), layout="constrained")
    axes = figure.add_subplot()
    colors = _colors(result)
    width = len(second.values)
    for number, choice in enumerate(result.choices):
        row, column = divmod(number, width)
        corner = _edges(second.values)[column], _edges(first.values)[row]
        size = _steps(second.values)[column], _steps(first.values)[row]
        _fill(axes, corner, size, colors[choice.winner])
    axes.set_xlim(_edges(second.values)[0], _edges(second.values)[-1])
    axes.set_ylim(_edges(first.values)[0], _edges(first.values)[-1])
    _draw_borders(axes, result)
    _name_countries(axes, result)
    if first.own is not None and second.own is not None:
        _mark_query(axes, second.own, first.own)
    _plain(axes)
    axes.set_xlabel(second.label, color=INK)
    axes.set_ylabel(first.label, color=INK)
    axes.set_title(_title(result), loc="left", fontsize=10, color=INK)
    return Picture(figure, str(result).splitlines()[0])


def _title(result: WinnerMap) -> str:
    won = len([block for block in result.winners if block])
    return f"{won} {'winners' if won != 1 else 'winner'} in {len(result.choices)} points"


def _colors(result: WinnerMap) -> dict[str, str]:
    """Give each block a colour by its name's place, so that two maps of one sweep agree."""
    blocks = sorted(block for block in result.winners if block)
    return {b: COLORS[n % len(COLORS)] for n, b in enumerate(blocks)} | {"": NOBODY}


def _draw_margins(axes: Axes, result: WinnerMap) -> float:
    margins = [choice.margin for choice in result.choices]
    values = result.axes[0].values
    axes.plot(values, [m if m is not None else float("nan") for m in margins], color=INK, lw=1.6)
    axes.set_ylabel("margin to the runner-up", color=INK, fontsize=9)
    highest = max(m for m in margins if m is not None)
    return max(highest * 1.45, 0.01)


def _draw_bands(axes: Axes, result: WinnerMap, top: float) -> None:
    colors, first, last = _colors(result), *axes.get_xlim()
    named = set()
    for winner, left, right in _bands(result):
        axes.axvspan(left, right, color=colors[winner], alpha=0.55, lw=0)
        if right - left > LETTER * breadth(_name(winner)) * (last - first):
            _write(axes, (left + right) / 2, top * 0.9, _name(winner))
            named.add(winner)
        if left > first:
            axes.axvline(left, color=INK, lw=0.8, ls=(0, (3, 2)))
            axes.text(left, top * 1.015, f"{left:.3g}", ha="center", fontsize=8, color=INK)
    _explain_rest(axes, colors, (winner for winner in result.winners if winner not in named))
    _plain(axes)
    if result.closest is None:
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)


def _explain_rest(axes: Axes, colors: dict[str, str], winners: Iterable[str]) -> None:
    """Explain in a legend the colours of those whose name has no room in the picture."""
    patches = [Patch(color=colors[w], alpha=0.75, label=_name(w)) for w in winners]
    if patches:
        place: Style = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0), "frameon": False}
        axes.legend(handles=patches, fontsize=8.5, labelcolor=INK, **place)


def _name(winner: str) -> str:
    return legible(winner) if winner else "nobody"


def _write(axes: Axes, x: float, y: float, name: str) -> None:
    axes.text(x, y, name, ha="center", va="center", fontsize=8.5, weight="bold", color=INK)


def _bands(result: WinnerMap) -> Iterator[tuple[str, float, float]]:
    """Yield each winner with where its band begins and ends: in the middle of the flips."""
    values = result.axes[0].values
    left, winner = values[0], result.choices[0].winner
    for flip in result.flips:
        middle = (flip.low + flip.high) / 2
        yield winner, left, middle
        left, winner = middle, flip.after
    yield winner, left, values[-1]


def _mark_own(axes: Axes, own: float | None) -> None:
    low, high = axes.get_xlim()
    if own is None or not low <= own <= high:
        return
    axes.plot([own], [0], "^", ms=9, color=INK, clip_on=False, zorder=5)
    near_edge = own > low + 0.85 * (high - low)
    side: Style = {"ha": "right", "xytext": (-8, 6)} if near_edge else {"xytext": (8, 6)}
    axes.annotate("your query", (own, 0), textcoords="offset points", fontsize=8, color=INK, **side)


def _mark_query(axes: Axes, x: float, y: float) -> None:
    axes.plot([x], [y], "o", ms=8, mfc="white", mec=INK, mew=1.8, zorder=5)
    low, high = axes.get_xlim()
    side: Style = {"ha": "right", "xytext": (-9, 6)} if x > (low + high) / 2 else {"xytext": (9, 6)}
    axes.annotate("your query", (x, y), textcoords="offset points", fontsize=8, color=INK, **side)


def _edges(values: tuple[float, ...]) -> list[float]:
    """Return the borders of cells that have the values in their middle."""
    between = [(a + b) / 2 for a, b in pairwise(values)]
    return [2 * values[0] - between[0], *between, 2 * values[-1] - between[-1]]


def _steps(values: tuple[float, ...]) -> list[float]:
    edges = _edges(values)
    return [b - a for a, b in pairwise(edges)]


def _fill(axes: Axes, corner: tuple[float, float], size: tuple[float, float], color: str) -> None:
    xs = [corner[0], corner[0] + size[0], corner[0] + size[0], corner[0]]
    ys = [corner[1], corner[1], corner[1] + size[1], corner[1] + size[1]]
    axes.fill(xs, ys, color=color, alpha=0.75, lw=0)


def _draw_borders(axes: Axes, result: WinnerMap) -> None:
    """Draw a line wherever neighbouring cells have different winners."""
    first, second = result.axes
    width = len(second.values)
    ys, xs = _edges(first.values), _edges(second.values)
    for number, choice in enumerate(result.choices):
        row, column = divmod(number, width)
        if column and result.choices[number - 1].winner != choice.winner:
            axes.plot([xs[column]] * 2, ys[row : row + 2], color=INK, lw=1.1)
        if row and result.choices[number - width].winner != choice.winner:
            axes.plot(xs[column : column + 2], [ys[row]] * 2, color=INK, lw=1.1)


def _name_countries(axes: Axes, result: WinnerMap) -> None:
    """Write each winner's name into its widest row, the middle one of those, if it fits."""
    columns = result.axes[1].values
    unnamed = []
    for winner in result.winners:
        widest, x, y = _widest_row(result, winner)
        if widest > LETTER * 1.15 * breadth(_name(winner)) * len(columns):
            _write(axes, x, y, _name(winner))
        else:
            unnamed.append(winner)
    _explain_rest(axes, _colors(result), unnamed)


def _widest_row(result: WinnerMap, winner: str) -> tuple[int, float, float]:
    """Return how many cells the winner's longest run in a row has, and the middle of that run."""
    first, second = result.axes
    width = len(second.values)
    runs = []
    for row, y in enumerate(first.values):
        cells = enumerate(result.choices[row * width : (row + 1) * width])
        for is_own, group in groupby(cells, key=lambda cell: cell[1].winner == winner):
            run = [column for column, _ in group]
            if is_own:
                runs.append((len(run), second.values[run[len(run) // 2]], y))
    longest = max(length for length, _, _ in runs)
    widest = [run for run in runs if run[0] == longest]
    # Away from the mark of the query, which has words beside it.
    apart = 0.12 * (first.values[-1] - first.values[0])
    clear = [run for run in widest if first.own is None or abs(run[2] - first.own) > apart]
    return (clear or widest)[len(clear or widest) // 2]


def _plain(axes: Axes) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(colors=INK, labelsize=8)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(FAINT)
