"""Pictures show a run, are the same for the same run, and need no pyplot."""

import itertools
import subprocess
import sys
from typing import Any

import pytest

from aios_nb import Condition, FilterRule, figures, frames

NAMES = [f"block-{letter}" for letter in "abcdefghi"]
BLOCKS = [{"id": name} for name in NAMES]
RULE = FilterRule(block=Condition("id", "LIKE", "*") & Condition("x", ">", 1))


def table(passing: int = 3) -> Any:
    answers = iter([BLOCKS, BLOCKS[:passing], BLOCKS[:passing]])
    return frames.conditions(RULE, find=lambda _: next(answers), blocks=BLOCKS)


def picture(**changes: Any) -> figures.Picture:
    scores = {"block-a": 0.2, "block-b": 0.9, "block-c": 0.0}
    run = {"chosen": "block-b", "message": "Hello", "reply": "A reply. " * 60} | changes
    return figures.flow(table(), scores, **run)


def texts(drawn: figures.Picture) -> list[str]:
    return [text.get_text() for text in drawn.figure.axes[0].texts]


def test_the_picture_has_words_for_those_who_cannot_see_it() -> None:

    assert "9 blocks, 2 conditions, 3 candidates; chosen: block-b" == repr(picture())


def test_the_same_run_gives_the_same_bytes() -> None:
    first, second = picture().to_png(), picture().to_png()

    assert first.startswith(b"\x89PNG")
    assert first == second


def test_candidates_stand_on_top_best_score_first() -> None:
    shown = [text for text in texts(picture()) if text in NAMES]

    assert ["block-b", "block-a", "block-c", *NAMES[3:]] == shown[:9]


def test_question_reply_and_scores_are_written_out() -> None:
    words = texts(picture())

    assert {"Hello", "0.9000", "0.2000", "0.0000"} <= set(words)


def test_a_block_that_is_not_in_the_table_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'ghost' is not in the table"):
        picture(chosen="ghost")


def test_a_run_without_candidates_or_scores_can_be_drawn() -> None:
    drawn = figures.flow(table(0), {}, chosen="block-a", message="Hello", reply="")

    assert drawn.to_png().startswith(b"\x89PNG")


def test_a_notebook_gets_png_words_and_the_size_on_screen() -> None:
    data, metadata = picture()._repr_mimebundle_()

    assert {"image/png", "text/plain"} == set(data)
    assert {"width", "height"} == set(metadata["image/png"])


def test_pyplot_is_never_loaded() -> None:
    script = "import sys, aios_nb.figures; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert "False\n" == done.stdout


def test_headings_of_a_short_filter_stand_apart() -> None:
    headings = ["9 blocks", "2 conditions", "3 candidates", "chosen block, reply"]
    figure = picture().figure
    figure.canvas.draw()  # badges take their size only then
    renderer = figure.canvas.get_renderer()
    found = figure.axes[0].texts[: 2 * len(headings)]
    boxes = [(text.get_bbox_patch() or text).get_window_extent(renderer) for text in found]

    assert headings == [text.get_text() for text in found[1::2]]
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))
