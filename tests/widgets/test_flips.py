"""Who wins at which weight: exact, and the same as scoring anew at each weight."""

from hypothesis import given
from hypothesis import strategies as st

from aios_nb import OptimizationGoal
from aios_nb.explanation import CandidateScore, GoalScore, score_candidates
from aios_nb.widgets.flips import Segment, segments

NUMBERS = st.integers(0, 20)


def block(index: int, speed: int, sessions: int) -> dict[str, object]:
    entry = {"instanceId": "in-1", "llm_tokens_per_second": speed, "llm_active_sessions": sessions}
    return {"id": f"block-{index}", "metrics": {"instances": [entry]}}


def score(block_id: str, *goals: float, instances: int = 1) -> CandidateScore:
    parts = tuple(GoalScore(f"goal {n}", 1.0, value) for n, value in enumerate(goals))
    return CandidateScore(block_id, 1, sum(goals), parts, instances)


def test_without_candidates_nobody_wins() -> None:

    assert () == segments((), 0, limit=1.0)


def test_one_candidate_wins_everywhere() -> None:

    assert (Segment(0.0, 1.0, "a"),) == segments((score("a", 0.3),), 0, limit=1.0)


def test_a_block_without_an_instance_never_overtakes_a_live_one() -> None:
    live, dead = score("live", 0.0), score("dead", 1.0, instances=0)

    assert (Segment(0.0, 1.0, "live"),) == segments((live, dead), 0, limit=1.0)


def test_equal_candidates_are_ranked_by_name() -> None:
    twins = (score("a", 0.5, 0.5), score("b", 0.5, 0.5))

    assert (Segment(0.0, 2.0, "a"),) == segments(twins, 0, limit=2.0)


def test_a_limit_of_many_digits_ends_the_strip() -> None:

    assert (Segment(0.0, 1 + 2**-45, "a"),) == segments((score("a", 0.3),), 0, limit=1 + 2**-45)


def test_rounding_makes_no_segment_of_no_width() -> None:
    parts = segments((score("a", 0.01, 0.3, 0.3), score("b", 0.03, 0.3, 0.3)), 0, limit=1.0)

    assert (Segment(0.0, 1.0, "b"),) == parts


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=6), st.integers(0, 99))
def test_each_segment_names_the_block_that_wins_when_scored_anew(
    facts: list[tuple[int, int]], percent: int
) -> None:
    blocks = [block(index, *fact) for index, fact in enumerate(facts)]
    goals = [OptimizationGoal("Fast_Generator", 0.4), OptimizationGoal("Free_Block", 0.3)]
    weight = percent / 100 + 0.005
    parts = segments(score_candidates(blocks, goals), 0, limit=1.0)
    ends = {part.high for part in parts}
    anew = score_candidates(blocks, [OptimizationGoal("Fast_Generator", weight), goals[1]])
    best = {one.block_id for one in anew if abs(one.final - anew[0].final) < 1e-9}

    assert [0.0, *(part.high for part in parts)][:-1] == [part.low for part in parts]
    assert any(abs(weight - end) < 1e-9 for end in ends) or best & {
        part.block_id for part in parts if part.low <= weight < part.high
    }
