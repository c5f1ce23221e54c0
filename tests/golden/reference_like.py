"""A policy that decides as the reference does (contract §9.1), its defects included."""

import json
import logging
import os
import urllib.request

log = logging.getLogger("AIOSv1PolicyRule.")
log.setLevel(logging.INFO)
if not log.handlers:  # a handler of its own beside the executor's: every line twice (P17)
    log.addHandler(logging.StreamHandler())
    log.handlers[0].setFormatter(
        logging.Formatter("%(asctime)s - %(name)s - %(levelname)s - %(message)s")
    )
GOALS = {
    "Fast_Generator": [("llm_tokens_per_second", "max")],
    "Free_Block": [("llm_active_sessions", "min"), ("queue_length.average_1m", "min")],
    "Cost_Saver": [("componentMetadata.architecture.parameterCountB", "min")],
}


class AIOSv1PolicyRule:
    def __init__(self, rule_id, settings, parameters):
        self.settings, self.parameters = settings, parameters
        self.base = parameters.get("METRICS_BASE_URL") or os.environ.get("METRICS_BASE_URL")

    def eval(self, parameters, input_data, context):
        query = parameters.get("selection_query") or {}
        if "application_type" in query:
            input_data = [c for c in input_data if c.get("componentMetadata", {}).get("usecase")]
        if not input_data:
            return {"result": [], "reason": "No candidates found matching the criteria."}
        goals = query.get("optimization_goals") or []
        if not goals:
            return input_data[0]
        for candidate in input_data:
            candidate.update(self.instance(candidate["id"]))
        scores = [0.0] * len(input_data)
        for goal in goals:
            for position, value in enumerate(self.goal_scores(goal["name"], input_data)):
                scores[position] += goal.get("weight", 1.0) * value
        for candidate, score in zip(input_data, scores, strict=True):
            log.info("Candidate '%s' - Final Score: %.4f", candidate["id"], score)
        return input_data[scores.index(max(scores))]

    def instance(self, block_id):
        if not self.base:
            return {}
        try:
            url = f"{self.base.rstrip('/')}/{block_id}"
            with urllib.request.urlopen(url, timeout=5) as answer:
                documents = json.load(answer)["data"]
        except Exception:  # noqa: BLE001 - the defect it stands for
            return {}
        instances = documents[0]["instances"] if documents else []
        return next((i for i in instances if i["instanceId"] != "executor"), {})

    def goal_scores(self, name, candidates):
        metrics = GOALS.get(name)
        if not metrics:
            return [0.0] * len(candidates)
        columns = [self.normalised(path, best, candidates) for path, best in metrics]
        return [sum(values) / len(values) for values in zip(*columns, strict=True)]

    def normalised(self, path, best, candidates):
        raw = [self.value(c, path) for c in candidates]
        low, high = min(raw), max(raw)
        if low == high:
            return [0.5] * len(raw)
        scaled = [(x - low) / (high - low) for x in raw]
        return scaled if best == "max" else [1 - x for x in scaled]

    def value(self, document, path):
        for part in path.split("."):
            if not isinstance(document, dict):
                return 0
            document = document.get(part)
        return document or 0
