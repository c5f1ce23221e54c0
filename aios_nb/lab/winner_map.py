"""Sweeps one or two numbers of a query: where does the winner flip, and by what margin?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import groupby, pairwise, product
from typing import TYPE_CHECKING

from ..errors import PayloadError, printable
from ..selection import SelectionQuery
from ..wire import shown
from ..wording import counted
from .axes import Axis, axis_of
from .choosing import AIOS, Choice, Chooser, Recorded, chooser, decide
from .spreading import TIMEOUT_S, Progress, spread

if TYPE_CHECKING:
    from ..figures import Picture
    from .tables import DataFrame

BATCH = 24  # choices per piece of work: enough to make the start of a process cheap
PARTS = 16  # a flip is searched for by cutting its interval in so many


@dataclass(frozen=True)
class Flip:
    """Between two neighbouring values another block wins.

    Parameters
    ----------
    axis
        What was swept.
    low, high
        The last value with the one winner, the first with the other.
    before, after
        Who wins at ``low``, who at ``high``; empty: nobody.
    """

    axis: str
    low: float
    high: float
    before: str
    after: str

    def __str__(self) -> str:
        names = (self.before or "nobody", self.after or "nobody")
        return f"{self.axis} {self.low:.4g} to {self.high:.4g}: {names[0]} -> {names[1]}"


@dataclass(frozen=True)
class WinnerMap:
    """Who wins at each point of a sweep.

    Parameters
    ----------
    axes
        One or two things that were swept.
    choices
        One per point; the first axis changes slowest.
    flips
        Of one axis: where the winner changes, ascending; of two: empty, see the picture.
    """

    axes: tuple[Axis, ...]
    choices: tuple[Choice, ...]
    flips: tuple[Flip, ...] = ()

    @property
    def points(self) -> list[tuple[float, ...]]:
        """The swept values, in the order of ``choices``."""
        return list(product(*(axis.values for axis in self.axes)))

    @property
    def winners(self) -> dict[str, int]:
        """How many points each block wins, most first; the empty id stands for "nobody"."""
        count: dict[str, int] = {}
        for choice in self.choices:
            count[choice.winner] = count.get(choice.winner, 0) + 1
        return dict(sorted(count.items(), key=lambda item: (-item[1], item[0])))

    @property
    def closest(self) -> tuple[tuple[float, ...], Choice] | None:
        """The point with the smallest margin; ``None``: no margin is known."""
        known = [
            (p, c) for p, c in zip(self.points, self.choices, strict=True) if c.margin is not None
        ]
        return min(known, key=lambda pair: (pair[1].margin or 0, pair[0]), default=None)

    def table(self) -> DataFrame:
        """Return one row per stretch with one winner; of two axes, one row and column per value."""
        from .tables import grid, stretches  # pandas, when a table is wanted

        return stretches(self) if len(self.axes) == 1 else grid(self)

    def figure(self) -> Picture:
        """Return the sweep as a picture; of one axis with the margin."""
        from .drawing import draw_line, draw_map  # matplotlib, when a picture is wanted

        return draw_line(self) if len(self.axes) == 1 else draw_map(self)

    def stretches(self) -> Iterator[tuple[str, list[tuple[float, Choice]]]]:
        """Yield each winner with the points, next to each other on the one axis, that it wins."""
        pairs = zip((point[0] for point in self.points), self.choices, strict=True)
        for winner, run in groupby(pairs, key=lambda pair: pair[1].winner):
            yield winner, list(run)

    def __str__(self) -> str:
        total = len(self.choices)
        won = [f"{block or 'nobody'} {count}" for block, count in self.winners.items()]
        swept = " x ".join(axis.label for axis in self.axes)
        lines = [f"{swept}: {total} points, won by {', '.join(won)}", *map(str, self.flips)]
        if self.closest is not None:
            point, choice = self.closest
            where = ", ".join(f"{value:.4g}" for value in point)
            rivals = f"{choice.winner} before {choice.runner_up}"
            lines.append(f"smallest margin {choice.margin:.4f} at {where}: {rivals}")
        reasons = Counter(choice.failure for choice in self.choices if not choice.winner)
        lines += [f"nobody at {counted(n, 'point')}: {why}" for why, n in reasons.most_common()]
        return printable("\n".join(lines))


def winner_map(
    query: SelectionQuery,
    *,
    on: AIOS | Chooser,
    over: Mapping[str, Iterable[float]],
    tolerance: float | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    timeout_s: float = TIMEOUT_S,
) -> WinnerMap:
    """Return who wins at each value of one or two numbers of a query.

    Parameters
    ----------
    query
        The query; all that is not swept stays as it is.
    on
        An AIOS, which chooses itself and tells the winner alone; ``Scored(aios)``, which runs the
        AIOS's policy here and tells the margin, too; or ``Recorded(package, candidates)``, which
        does so offline.
    over
        Values by name: of a goal, for its weight, or of a condition, for its threshold (a part of
        its path will do: ``MMLU``). A threshold needs an AIOS, because it changes the candidates.
    tolerance
        With one axis: narrow each flip down to an interval of at most this width.
    executor, progress, timeout_s
        As in ``aios_nb.lab.spreading.spread``.

    Raises
    ------
    PayloadError
        A name means nothing in this query, or a threshold is to be swept over recorded candidates.
    AIOSError
        The AIOS could not be asked. That it finds no candidate is a result, not an error.
    """
    choose = chooser(on)
    axes = _axes(query, over, choose)
    work = partial(decide, choose)
    points = [_at(query, axes, point) for point in product(*(axis.values for axis in axes))]
    pieces = [points[start : start + BATCH] for start in range(0, len(points), BATCH)]
    done = spread(work, pieces, executor=executor, progress=progress, timeout_s=timeout_s)
    choices = tuple(choice for piece in done for choice in piece)
    if len(axes) > 1:
        return WinnerMap(axes, choices)
    found = _flips(axes[0].name, axes[0].values, choices)
    narrow = partial(_narrowed, query, axes[0], choose, tolerance)
    return WinnerMap(axes, choices, tuple(flip for wide in found for flip in narrow(wide)))


def _axes(
    query: SelectionQuery, over: Mapping[str, Iterable[float]], choose: Chooser
) -> tuple[Axis, ...]:
    if not isinstance(query, SelectionQuery):
        raise PayloadError(f"query is {shown(query)}; expected a SelectionQuery")
    if not isinstance(over, Mapping) or not 1 <= len(over) <= 2:
        raise PayloadError(
            f"over is {shown(over)}; expected values by name, of one or two: "
            '{"Fast_Generator": [0, 0.5, 1]}'
        )
    axes = tuple(axis_of(query, name, values) for name, values in over.items())
    fixed = next((axis for axis in axes if axis.kind == "threshold"), None)
    if fixed is not None and isinstance(choose, Recorded):
        raise PayloadError(
            f"the threshold of {fixed.name!r} changes who is a candidate, and recorded candidates "
            "are fixed; sweep it on an AIOS: connect('emulator', fleet=FOLDER) loads a snapshot"
        )
    return axes


def _at(query: SelectionQuery, axes: tuple[Axis, ...], point: tuple[float, ...]) -> SelectionQuery:
    for axis, value in zip(axes, point, strict=True):
        query = axis.set(query, value)
    return query


def _flips(name: str, values: Iterable[float], choices: Iterable[Choice]) -> list[Flip]:
    steps = pairwise(zip(values, (choice.winner for choice in choices), strict=True))
    return [Flip(name, a, b, x, y) for (a, x), (b, y) in steps if x != y]


def _narrowed(
    query: SelectionQuery, axis: Axis, choose: Chooser, tolerance: float | None, wide: Flip
) -> list[Flip]:
    """Return the flips inside one: there may be a third winner in between."""
    width = wide.high - wide.low
    if tolerance is None or not tolerance > 0 or width <= tolerance:
        return [wide]
    parts = min(PARTS, int(width / tolerance) + 1)
    values = [wide.low + width * n / parts for n in range(parts + 1)]
    choices = choose([axis.set(query, value) for value in values])
    found = _flips(axis.name, values, choices)
    return [f for flip in found for f in _narrowed(query, axis, choose, tolerance, flip)]
