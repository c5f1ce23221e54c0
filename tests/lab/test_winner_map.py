"""Where the winner flips, checked against what AIOS chooses on both sides of a flip."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from aios_nb import (
    AIOSClient,
    Condition,
    FilterRule,
    OptimizationGoal,
    PayloadError,
    PolicyPackage,
    SelectionQuery,
)
from aios_nb.lab import Choice, Recorded, Scored, WinnerMap, winner_map
from aios_nb.lab.axes import Axis

STEPS = [n / 10 for n in range(11)]
FOUR = "class AIOSv1PolicyRule:\n    def __init__(self, a, b, c): pass\n    def eval(self, parameters, input_data, context):\n"
# Which block wins is a function of one weight alone, so that the right answer is known.
BY_WEIGHT = FOUR + (
    "        weight = parameters['selection_query']['optimization_goals'][0]['weight']\n"
    "        return input_data[(weight > 0.2) + (weight > 0.21)]\n"
)
BLOCKS = [{"id": "a"}, {"id": "b"}, {"id": "c"}]


@pytest.fixture(scope="module")
def swept(query: SelectionQuery, recorded: Recorded) -> WinnerMap:
    return winner_map(query, on=recorded, over={"Fast_Generator": STEPS}, tolerance=0.001)


def test_aios_itself_chooses_the_one_before_and_the_other_after_a_flip(
    aios: AIOSClient, query: SelectionQuery, swept: WinnerMap
) -> None:
    (flip,) = swept.flips
    free = OptimizationGoal("Free_Block", 0.1)
    sides = [
        replace(query, goals=(OptimizationGoal("Fast_Generator", weight), free))
        for weight in (flip.low, flip.high)
    ]

    assert [flip.before, flip.after] == [aios.select_block(side)["id"] for side in sides]
    assert 0 < flip.high - flip.low <= 0.001


def test_a_live_aios_has_the_same_winners(
    aios: AIOSClient, query: SelectionQuery, swept: WinnerMap
) -> None:
    live = winner_map(query, on=aios, over={"Fast_Generator": STEPS})

    assert [c.winner for c in swept.choices] == [c.winner for c in live.choices]
    assert live.closest is None


def test_a_third_winner_between_two_points_is_found() -> None:
    query = SelectionQuery.from_wire(_query())
    recorded = Recorded(PolicyPackage.from_source("by-weight", BY_WEIGHT), BLOCKS)
    found = winner_map(query, on=recorded, over={"Speed": [0, 1]}, tolerance=0.005)

    assert [("a", "b"), ("b", "c")] == [(f.before, f.after) for f in found.flips]
    assert [True, True] == [
        f.low <= edge < f.high for f, edge in zip(found.flips, (0.2, 0.21), strict=True)
    ]


def _query() -> dict[str, Any]:
    rule = FilterRule(block=Condition("id", "LIKE", "*"))
    return SelectionQuery("by-weight:1.0-stable", rule, (OptimizationGoal("Speed"),)).to_wire()


def test_a_sweep_of_two_weights_is_the_same_on_an_executor(
    query: SelectionQuery, recorded: Recorded
) -> None:
    over = {"Fast_Generator": [0, 0.5, 1], "Free_Block": STEPS}
    with ThreadPoolExecutor(2) as pool:
        spread = winner_map(query, on=recorded, over=over, executor=pool)

    assert winner_map(query, on=recorded, over=over) == spread
    assert (3, 11) == spread.table().shape
    assert 33 == sum(spread.winners.values())


def test_a_threshold_changes_the_candidates_and_so_the_winner(
    aios: AIOSClient, query: SelectionQuery
) -> None:
    uptime, tokens = query.filter_rule.metrics.clauses  # type: ignore[union-attr]
    strict = replace(query, filter_rule=replace(query.filter_rule, metrics=uptime & tokens))
    found = winner_map(strict, on=aios, over={"llm_tokens_per_second": [10, 35, 60]})

    assert "" == found.choices[-1].winner
    assert "nobody" in str(found)


def test_a_threshold_over_recorded_candidates_is_refused(
    query: SelectionQuery, recorded: Recorded
) -> None:
    with pytest.raises(PayloadError, match="recorded candidates are fixed"):
        winner_map(query, on=recorded, over={"MMLU": [70, 80]})


@pytest.mark.parametrize("over", [None, ["Fast_Generator"], {}, {"a": [], "b": [], "c": []}])
def test_one_or_two_things_are_swept(query: SelectionQuery, recorded: Recorded, over: Any) -> None:
    with pytest.raises(PayloadError, match="expected values by name, of one or two"):
        winner_map(query, on=recorded, over=over)


def test_the_text_says_who_wins_where_the_flip_is_and_how_close_it_was(swept: WinnerMap) -> None:
    first, flip, closest = str(swept).splitlines()

    assert (
        "weight of Fast_Generator: 11 points, won by atlas-14b-chat 10, lynx-27b-vision 1" == first
    )
    assert flip.startswith("Fast_Generator 0.04")
    assert flip.endswith(": lynx-27b-vision -> atlas-14b-chat")
    assert closest.startswith("smallest margin 0.0129 at 0: lynx-27b-vision before")


def test_the_table_has_a_row_per_stretch(swept: WinnerMap) -> None:
    table = swept.table()

    assert ["lynx-27b-vision", "atlas-14b-chat"] == list(table["winner"])
    assert [(0.0, 0.0), (0.1, 1.0)] == list(zip(table["from"], table["to"], strict=True))


def test_a_tie_is_the_smallest_margin() -> None:
    tied = Choice("a", (("a", 0.5), ("b", 0.5)))
    found = WinnerMap((Axis("x", (0, 1)),), (Choice("a", (("a", 0.9), ("b", 0.5))), tied))

    assert ((1,), tied) == found.closest


def test_only_a_query_is_swept(recorded: Recorded) -> None:
    with pytest.raises(PayloadError, match="expected a SelectionQuery"):
        winner_map({}, on=recorded, over={"MMLU": [70, 80]})  # type: ignore[arg-type]


def test_a_threshold_has_margins_if_the_policy_is_run_here(
    aios: AIOSClient, query: SelectionQuery
) -> None:
    goals = (OptimizationGoal("Fast_Generator", 1.0),)
    mmlu = Condition("component.componentMetadata.evaluation.benchmarks.MMLU.value", ">=", 80)
    strict = replace(query, filter_rule=FilterRule(block=mmlu), goals=goals)
    over = {"MMLU": [60, 75, 80, 99]}
    live = winner_map(strict, on=aios, over=over)
    scored = winner_map(strict, on=Scored(aios), over=over)

    assert [c.winner for c in live.choices] == [c.winner for c in scored.choices]
    assert [True, True, True, False] == [c.margin is not None for c in scored.choices]
    assert "" == scored.flips[-1].after


def test_the_text_says_why_nobody_wins(query: SelectionQuery, recorded: Recorded) -> None:
    broken = PolicyPackage.from_source("broken", FOUR + "        raise ValueError('no cheese')\n")
    swept = winner_map(
        query, on=Recorded(broken, recorded.candidates), over={"Fast_Generator": [0, 1]}
    )

    assert [
        "weight of Fast_Generator: 2 points, won by nobody 2",
        "nobody at 2 points: policy broken.zip failed in eval: ValueError: no cheese",
    ] == str(swept).splitlines()


def test_no_id_of_a_block_drives_the_terminal() -> None:
    choice = Choice("b\x1b[2J")
    swept = WinnerMap((Axis("a", (0.0, 1.0), "weight"),), (choice, choice))

    assert "weight of a: 2 points, won by b\\x1b[2J 2" == str(swept)
