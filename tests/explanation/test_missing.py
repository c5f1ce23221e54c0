"""What is missing is told: where it passes, and where nothing could."""

import pytest

from aios_nb import AIOSClient, Condition, FilterRule, MetricCondition
from aios_nb.explanation import FilterExplanation, explain_filter

EVERY = FilterRule(block=Condition("id", "LIKE", "*"))
TOKENS = "instances.llm_tokens_per_second"


def explained(aios: AIOSClient, rule: FilterRule) -> FilterExplanation:
    return explain_filter(aios.find_candidates, rule, blocks=aios.find_candidates(EVERY))


def test_a_block_that_passes_less_than_for_want_of_a_value_is_named(aios: AIOSClient) -> None:
    (caution,) = explained(
        aios, FilterRule(metrics=MetricCondition("avg", TOKENS, "<", 10))
    ).warnings

    assert "missing-passes" == caution.code
    assert "avg llm_tokens_per_second < 10 lets aspen-22b-chat pass without a value" in str(caution)


def test_it_is_not_named_if_another_condition_keeps_it_out(aios: AIOSClient) -> None:
    few = MetricCondition("avg", TOKENS, "<", 10) & MetricCondition("avg", TOKENS, ">=", 0)

    assert () == explained(aios, FilterRule(metrics=few)).warnings


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        (FilterRule(block=Condition("componentMetadata.usecase", "LIKE", "*")), None),
        (FilterRule(cluster=Condition("config.nothing", ">", 1)), None),
        (
            FilterRule(metrics=MetricCondition("avg", "instances.queue_length.average_1m", ">", 0)),
            "instances.queue_length.average_1m",
        ),
    ],
    ids=["block", "cluster", "three levels"],
)
def test_a_path_at_which_no_block_has_a_value_is_told(
    aios: AIOSClient, rule: FilterRule, path: str | None
) -> None:
    (caution,) = explained(aios, rule).warnings

    assert "no-such-value" == caution.code
    assert f"at {path or ''}" in str(caution)


def test_a_value_that_no_block_has_at_a_path_that_is_right_is_no_surprise(
    aios: AIOSClient,
) -> None:

    assert () == explained(aios, FilterRule(block=Condition("id", "==", "ghost"))).warnings


def test_a_fleet_whose_metrics_were_just_emptied_is_told_once_and_not_per_condition() -> None:
    fleet = [{"id": "a", "metrics": {"blockId": "a", "instances": []}}, {"id": "b"}]
    never = MetricCondition("avg", TOKENS, ">", 0) & MetricCondition("max", TOKENS, ">", 0)
    found = explain_filter(lambda _: [], FilterRule(metrics=never), blocks=fleet)

    assert ["no-metrics"] == [caution.code for caution in found.warnings]
