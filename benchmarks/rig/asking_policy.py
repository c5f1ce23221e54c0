"""A policy that asks the metrics service once for each candidate, as upstream's does."""

from typing import Any

import requests


class AIOSv1PolicyRule:
    def __init__(self, rule_id: str, settings: Any, parameters: Any) -> None:
        self.rule_id, self.settings, self.parameters = rule_id, settings, parameters

    def eval(self, parameters: Any, input_data: list[Any], context: Any) -> Any:  # noqa: ARG002
        base = parameters["METRICS_BASE_URL"]
        return max(input_data, key=lambda block: tokens_per_second(base + block["id"]))


def tokens_per_second(url: str) -> float:
    document = requests.get(url, timeout=5).json()["data"][0]
    rates = [i["llm_tokens_per_second"] for i in document["instances"][1:]]
    mean: float = sum(rates) / len(rates)
    return mean
