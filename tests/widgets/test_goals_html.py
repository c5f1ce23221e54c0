"""The hint below a strip of winners: a flip is told where there is one, and nowhere else."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aios_nb import OptimizationGoal
from aios_nb.explanation import CandidateScore, score_candidates
from aios_nb.widgets.flips import Segment, segments
from aios_nb.widgets.goals_html import flip_words

FAST, FREE = "Fast_Generator", "Free_Block"
NUMBERS = st.integers(0, 12)


def block(block_id: str, speed: int, sessions: int) -> dict[str, object]:
    entry = {"llm_tokens_per_second": speed, "llm_active_sessions": sessions}
    return {"id": block_id, "metrics": {"instances": [{"instanceId": "in-1", **entry}]}}


BLOCKS = (block("idle", 10, 0), block("quick", 50, 9))


def ranked(
    blocks: Sequence[dict[str, object]], fast: float, *others: OptimizationGoal
) -> tuple[CandidateScore, ...]:
    return score_candidates(blocks, [OptimizationGoal(FAST, fast), *others])


def hint(
    fast: float, *others: OptimizationGoal, blocks: Sequence[dict[str, object]] = BLOCKS
) -> str:
    scores = ranked(blocks, fast, *others)
    return flip_words(fast, segments(scores, 0, limit=1.0), winner=scores[0].block_id)


@pytest.mark.parametrize("weight", [0.001, 0.5, 1.0])
def test_a_goal_alone_has_no_flip_at_any_weight_above_0(weight: float) -> None:

    assert "quick" == ranked(BLOCKS, weight)[0].block_id
    assert "no weight between 0 and 1 changes the winner" == hint(weight)


def test_a_goal_alone_of_weight_0_flips_with_any_other() -> None:

    assert "idle" == ranked(BLOCKS, 0.0)[0].block_id  # all are equal, and it is the first by name
    assert "above 0 quick wins" == hint(0.0)


def test_a_goal_beside_one_of_weight_0_or_one_that_nobody_knows_is_alone() -> None:
    without = (OptimizationGoal(FREE, 0.0), OptimizationGoal("Nonsense", 1.0))

    assert ["no weight between 0 and 1 changes the winner"] * 2 == [hint(1.0, o) for o in without]


# Free_Block gives idle 0.75 x 0.3 and quick 0.25 x 0.3 points: Fast_Generator outweighs 0.15.
@pytest.mark.parametrize(
    ("weight", "winner", "words"),
    [
        (0.0, "idle", "above 0.15 quick wins"),
        (0.149, "idle", "above 0.15 quick wins"),
        (0.151, "quick", "below 0.15 idle wins"),
        (1.0, "quick", "below 0.15 idle wins"),
    ],
)
def test_a_flip_is_told_on_both_of_its_sides(weight: float, winner: str, words: str) -> None:
    free = OptimizationGoal(FREE, 0.3)

    assert winner == ranked(BLOCKS, weight, free)[0].block_id
    assert words == hint(weight, free)


def test_on_a_border_only_the_block_that_does_not_win_there_is_told() -> None:
    parts = (Segment(0.0, 0.25, "idle"), Segment(0.25, 1.0, "quick"))

    assert "above 0.25 quick wins" == flip_words(0.25, parts, winner="idle")
    assert "below 0.25 idle wins" == flip_words(0.25, parts, winner="quick")


def test_between_two_flips_both_are_told() -> None:
    parts = (Segment(0.0, 0.2, "a"), Segment(0.2, 0.7, "b"), Segment(0.7, 1.0, "c"))

    assert "below 0.2 a wins, above 0.7 c wins" == flip_words(0.5, parts, winner="b")


@given(
    st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=5),
    st.integers(0, 20),
    st.sampled_from([0.0, 0.3, 0.7]),
)
def test_a_hint_is_given_exactly_where_another_weight_has_another_winner(
    facts: list[tuple[int, int]], twentieths: int, free: float
) -> None:
    blocks = [block(f"block-{place}", *fact) for place, fact in enumerate(facts)]
    other = OptimizationGoal(FREE, free)
    weight = twentieths / 20
    scores = ranked(blocks, weight, other)
    parts = segments(scores, 0, limit=1.0)
    inner = [(part.low + part.high) / 2 for part in parts if part.high - part.low > 1e-6]
    winner = scores[0].block_id
    anew = {ranked(blocks, middle, other)[0].block_id for middle in inner}
    told = "wins" in flip_words(weight, parts, winner=winner)

    assert told == (anew != {winner})
