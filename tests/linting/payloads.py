"""Small payloads for the linter's tests: each builder gives one that has nothing to report."""

import json
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parents[2] / "fixtures"
JSON = dict[str, Any]
META = "component.componentMetadata"
URL = "http://10.0.0.5:30201/block/"
LIVE = {
    "aggOperator": "avg",
    "target": "instances.llm_tokens_per_second",
    "operator": ">",
    "value": 0,
}


def says(
    variable: str = f"{META}.framework", operator: str = "==", value: Any = "llamacpp"
) -> JSON:
    return {"variable": variable, "operator": operator, "value": value}


def measured(
    target: str = "instances.llm_tokens_per_second",
    operator: str = ">",
    value: Any = 10,
    aggregate: str = "avg",
) -> JSON:
    return {"aggOperator": aggregate, "target": target, "operator": operator, "value": value}


def every(*conditions: Any) -> JSON:
    return {"logicalOperator": "AND", "conditions": list(conditions)}


def some(*conditions: Any) -> JSON:
    return {"logicalOperator": "OR", "conditions": list(conditions)}


def blocks(node: Any, **others: Any) -> JSON:
    return {"matchType": "block", "filter": {"blockQuery": node, **others}}


def metrics(node: Any) -> JSON:
    return {"matchType": "block", "filter": {"blockMetricsQuery": node}}


def clusters(node: Any) -> JSON:
    return {"matchType": "block", "filter": {"clusterQuery": node}}


def goals(*entries: Any, **others: Any) -> JSON:
    """Return a query with these goals; its filter demands a live instance."""
    return query(selection_query={"optimization_goals": list(entries), **others})


def goal(name: str = "Fast_Generator", weight: Any = 1) -> JSON:
    return {"name": name, "weight": weight}


def query(policy: str = "attributebasedrouter:2.0-stable", **parameters: Any) -> JSON:
    wanted: JSON = {
        "filterRule": metrics(LIVE),
        "METRICS_BASE_URL": URL,
        "selection_query": {"optimization_goals": [goal()]},
        **parameters,
    }
    sent = {key: value for key, value in wanted.items() if value is not ...}
    return ranked({"policyRuleURI": policy, "parameters": sent})


def ranked(rule: JSON, **values: Any) -> JSON:
    return {"body": {"values": {"rankingPolicyRule": {"values": rule}, **values}}}


def request(**changes: Any) -> JSON:
    body = {
        "session_id": "session-1",
        "seq_no": 1,
        "data": {"mode": "chat", "message": "Hello"},
        "selection_query": query(),
        **changes,
    }
    return {key: value for key, value in body.items() if value is not ...}


def asked(**data: Any) -> JSON:
    """Return a request with this data."""
    return request(data=data)


def registration(**changes: Any) -> JSON:
    record = {
        "name": "router",
        "version": "2.0",
        "release_tag": "stable",
        "metadata": {"category": "selection"},
        "tags": "selection",
        "code": "http://10.0.0.5:32555/router.zip",
        "code_type": "zip",
        "type": "policy",
        "policy_input_schema": {"type": "array"},
        "policy_output_schema": {"type": "object", "properties": {"id": {"type": "string"}}},
        "policy_settings_schema": {"type": "object"},
        "policy_parameters_schema": {"type": "object", "properties": {}},
        "policy_settings": {},
        "policy_parameters": {},
        "description": "Selection of a block by weighted goals.",
        "functionality_data": {"strategy": "weighted goals"},
        "resource_estimates": {},
        **changes,
    }
    return {key: value for key, value in record.items() if value is not ...}


def guide(name: str) -> JSON:
    document: JSON = json.loads((FIXTURES / "guide" / f"{name}.json").read_text())
    return document


def fleet() -> list[JSON]:
    """Return the shipped fleet as find_candidates returns it."""
    found = []
    for path in sorted((FIXTURES / "blocks").glob("*.json")):
        live = FIXTURES / "metrics" / path.name
        block = json.loads(path.read_text())
        found.append({**block, "metrics": json.loads(live.read_text()) if live.exists() else {}})
    return found
