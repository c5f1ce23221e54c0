"""Conditions in words."""

from typing import Any

import pytest

from aios_nb import Condition, MetricCondition
from aios_nb.wording import failure_text


@pytest.mark.parametrize(
    ("operator", "actual", "words"),
    [
        (">=", 78.4, "MMLU 78.4 < 80"),
        ("<", 85, "MMLU 85 >= 80"),
        ("==", 81, "MMLU 81 != 80"),
        (">=", None, "MMLU is missing (wanted >= 80)"),
        (">=", "80", "MMLU is '80' (wanted >= 80)"),
        ("==", True, "MMLU is True (wanted == 80)"),
    ],
)
def test_a_failure_says_what_is_there_and_what_was_wanted(
    operator: str, actual: Any, words: str
) -> None:

    assert words == failure_text(Condition("component.benchmarks.MMLU.value", operator, 80), actual)


def test_a_failed_metric_names_its_aggregate() -> None:
    condition = MetricCondition("avg", "instances.uptime_hours", ">", 10)

    assert "avg uptime_hours 3.5 <= 10" == failure_text(condition, 3.5)
