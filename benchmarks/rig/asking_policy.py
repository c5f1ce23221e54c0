"""A policy that asks the metrics service once for each candidate, as upstream's does."""

import requests


class AIOSv1PolicyRule:
    def __init__(self, rule_id, settings, parameters):
        self.parameters = parameters

    def eval(self, parameters, input_data, context):
        base = parameters["METRICS_BASE_URL"]
        return max(input_data, key=lambda block: tokens_per_second(base + block["id"]))


def tokens_per_second(url):
    document = requests.get(url, timeout=5).json()["data"][0]
    rates = [i["llm_tokens_per_second"] for i in document["instances"][1:]]
    return sum(rates) / len(rates)
