"""The policy attributebasedrouter as AIOS imports it, and candidates for it."""

from __future__ import annotations

from shipped_policies import POLICIES, fixture, load

CODE = POLICIES / "attributebasedrouter/code"
GUIDE = {"Fast_Generator": 0.9, "Free_Block": 0.1}
policy = load("attributebasedrouter")


def shipped(block_id):
    return {**fixture("blocks", block_id), "metrics": fixture("metrics", block_id)}


def candidate(block_id, *instances, usecase="chat-completion", params=None, mmlu=None):
    entries = [{"instanceId": f"in-{n}", **values} for n, values in enumerate(instances)]
    executor = {"instanceId": "executor", "latency": {"latency": 0.0001}, "uptime_hours": 30.0}
    return {
        "id": block_id,
        "component": {
            "componentMetadata": {
                "usecase": usecase,
                "architecture": {"parameterCountB": params},
                "evaluation": {"benchmarks": {"MMLU": {"value": mmlu}}},
            }
        },
        "metrics": {"blockId": block_id, "instances": [executor, *entries]},
    }


def query(goals, **more):
    listed = [{"name": name, "weight": weight} for name, weight in goals.items()]
    return {"selection_query": {"optimization_goals": listed, **more}}


def choose(candidates, parameters, settings=None, constructor=None):
    return policy.AIOSv1PolicyRule("", settings, constructor).eval(parameters, candidates, None)


def scores(candidates, goals):
    read = policy.read_goals(query(goals)["selection_query"])
    instances = [policy.real_instances(c.get("metrics")) or [] for c in candidates]
    board = policy.Scoreboard(candidates, instances, read)
    return dict(zip([c["id"] for c in candidates], board.final, strict=True))


def tokens(value):
    return {"llm_tokens_per_second": value}


def free(sessions, queue):
    return {"llm_active_sessions": sessions, "queue_length": {"average_1m": queue}}
