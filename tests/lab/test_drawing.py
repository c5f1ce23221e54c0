"""Pictures of winner maps say in words and in colours what the map holds."""

from itertools import pairwise

import pytest

from aios_nb.figures import Picture
from aios_nb.lab import Choice, WinnerMap
from aios_nb.lab.axes import Axis
from aios_nb.lab.winner_map import Flip

LONG = "a-block-with-a-name-that-has-no-room"


def choice(winner: str, margin: float = 0.2) -> Choice:
    return Choice(winner, ((winner, margin), ("second", 0.0)) if winner else ())


def line(*winners: str) -> WinnerMap:
    axis = Axis("Speed", tuple(range(len(winners))), own=1.0)
    steps = enumerate(pairwise(winners))
    flips = tuple(Flip("Speed", n, n + 1, a, b) for n, (a, b) in steps if a != b)
    return WinnerMap((axis,), tuple(choice(w) for w in winners), flips)


def words(picture: Picture) -> set[str]:
    axes = picture.figure.axes[0]
    legend = axes.get_legend()
    rest = [text.get_text() for text in legend.get_texts()] if legend else []
    return {text.get_text() for text in axes.texts} | set(rest)


def test_every_winner_of_a_line_is_named_in_its_band_or_in_the_legend() -> None:
    picture = line("a", "a", "a", "a", LONG, "").figure()

    assert {"a", LONG, "nobody"} <= words(picture)


def test_a_flip_is_marked_with_its_value_in_the_middle() -> None:

    assert "1.5" in words(line("a", "a", "b", "b").figure())


def test_the_own_value_is_marked_only_inside_the_picture() -> None:
    here = line("a", "b")
    axis = here.axes[0]
    outside = WinnerMap((Axis(axis.name, axis.values, own=9.0),), here.choices, here.flips)

    assert "your query" in words(here.figure())
    assert "your query" not in words(outside.figure())


def test_the_margin_is_a_curve_where_it_is_known() -> None:
    (curve, *_) = line("a", "a", "b").figure().figure.axes[0].lines

    assert [0.2, 0.2, 0.2] == list(curve.get_ydata())


def test_a_live_sweep_without_margins_is_drawn_too() -> None:
    axis = Axis("Speed", (0, 1))
    picture = WinnerMap((axis,), (Choice("a"), Choice("a"))).figure()

    assert picture.to_png().startswith(b"\x89PNG")
    assert [] == list(picture.figure.axes[0].get_yticks())


def test_every_country_of_a_map_is_named() -> None:
    axes = (Axis("Speed", (0, 1, 2), own=1), Axis("Rest", (0, 1, 2), own=1))
    winners = ["alpha", "alpha", "alpha", "alpha", "alpha", LONG, "alpha", LONG, LONG]
    picture = WinnerMap(axes, tuple(map(choice, winners))).figure()

    assert {"alpha", LONG, "your query"} <= words(picture)


def test_the_same_map_gives_the_same_bytes() -> None:

    assert line("a", "b").figure().to_png() == line("a", "b").figure().to_png()


@pytest.mark.parametrize("result", [line("a", "b"), line("a", "a")])
def test_the_words_of_a_picture_are_the_maps_first_line(result: WinnerMap) -> None:

    assert str(result).splitlines()[0] == repr(result.figure())
