"""Golden cases 5 to 15 and 25: filters, scores and sessions."""

from collections.abc import Callable
from typing import Any

from .conftest import PAIR, Cluster, ranking

ATLAS, LYNX = PAIR
EXECUTOR = {"instanceId": "executor", "uptime_hours": 11.0, "latency": {"latency": 0.0001}}
ANY_BLOCK = {"variable": "id", "operator": "!=", "value": "none"}
T6 = "'bool' object has no attribute 'get'"


def instance(name: str, **metrics: Any) -> dict[str, Any]:
    return {"instanceId": name, "timestamp": 1.0, **metrics}


def candidates(cluster: Cluster, **queries: Any) -> Any:
    body = {"body": {"values": {"matchType": "block", "filter": queries}}}
    answer = cluster.post("search_server", "/api/filter-data", body)
    assert 200 == answer.status_code
    data = answer.json()["data"]
    return data if data and data[0] is False else [block["id"] for block in data]


def metric(aggregate: str, target: str, operator: str, value: Any) -> dict[str, Any]:
    return {
        "aggOperator": aggregate,
        "target": target,
        "operator": operator,
        "value": value,
    }


def node(operator: str, *conditions: Any) -> dict[str, Any]:
    return {"logicalOperator": operator, "conditions": list(conditions)}


def final_scores(cluster: Cluster) -> list[str]:
    query = '{container="executor-executor-001"} |= "INFO - Candidate" |= "Final Score"'
    answer = cluster.call("GET", "logs", "/loki/api/v1/query_range", params={"query": query})
    lines = [v[1] for s in answer.json()["data"]["result"] for v in s["values"]]
    return sorted(line.split(" - INFO - ")[1] for line in lines)


def test_05_the_guides_request_chooses_atlas_and_swapped_weights_lynx(
    cluster: Cluster, reference: str
) -> None:
    first = cluster.infer(cluster.request(reference))
    scores = final_scores(cluster)
    swapped = cluster.request(reference)
    goals = ranking(swapped)["parameters"]["selection_query"]["optimization_goals"]
    goals[0]["weight"], goals[1]["weight"] = goals[1]["weight"], goals[0]["weight"]

    assert [ATLAS, LYNX] == [first["model"], cluster.infer(swapped)["model"]]
    assert [
        f"Candidate '{ATLAS}' - Final Score: 0.9000",
        f"Candidate '{LYNX}' - Final Score: 0.1000",
    ] == scores


def test_06_a_known_session_keeps_its_block_whatever_the_query(
    cluster: Cluster, reference: str
) -> None:
    request = cluster.request(reference)
    first = cluster.infer(request)
    second = cluster.infer(request | {"seq_no": 12, "selection_query": {"garbage": 1}})

    assert [ATLAS, ATLAS] == [first["model"], second["model"]]


def test_07_a_metrics_address_without_block_scores_everything_half(
    cluster: Cluster, reference: str
) -> None:
    request = cluster.request(reference)
    ranking(request)["parameters"]["METRICS_BASE_URL"] = cluster.url["block_metrics"]
    chosen = cluster.infer(request)["model"]

    assert ATLAS == chosen
    assert [f"Candidate '{b}' - Final Score: 0.5000" for b in PAIR] == final_scores(cluster)


def test_08_registered_parameters_are_not_merged_in_executor_mode(
    cluster: Cluster, reference: str
) -> None:
    request = cluster.request(reference)
    del ranking(request)["parameters"]["METRICS_BASE_URL"]
    cluster.infer(request)

    assert [f"Candidate '{b}' - Final Score: 0.5000" for b in PAIR] == final_scores(cluster)


def test_09_a_block_with_an_executor_entry_alone_passes(
    cluster: Cluster, add_block: Callable[..., Any]
) -> None:
    add_block("idle", [EXECUTOR])
    uptime = node("OR", metric("avg", "instances.uptime_hours", ">", 10))
    slow = node("AND", metric("avg", "instances.llm_tokens_per_second", "<", 10))

    assert [LYNX, "idle"] == candidates(cluster, blockMetricsQuery=uptime)
    assert ["idle"] == candidates(cluster, blockMetricsQuery=slow)


def test_10_three_level_targets_depend_on_the_order_of_entries(
    cluster: Cluster, add_block: Callable[..., Any]
) -> None:
    busy = [instance("in-a", llm_active_sessions=3), instance("in-b", llm_active_sessions=7)]
    add_block("busy", [EXECUTOR, *busy])
    most = node("AND", metric("max", "instances.llm_active_sessions", ">=", 5))
    queue = node("AND", metric("avg", "instances.queue_length.average_1m", ">", 0))
    executor_first = candidates(cluster, blockMetricsQuery=queue)
    queued = instance("in-q", queue_length={"average_1m": 1.0})
    add_block("late-executor", [queued, EXECUTOR])
    url = cluster.url["block_metrics"]

    assert ["busy"] == candidates(cluster, blockMetricsQuery=most)
    assert [] == executor_first
    assert [
        False,
        f"400 Client Error: BAD REQUEST for url: {url}/block/aggregate",
    ] == candidates(cluster, blockMetricsQuery=queue)


def test_10b_a_mistyped_operator_lets_every_block_with_metrics_pass(
    cluster: Cluster, add_block: Callable[..., Any]
) -> None:
    add_block("unmeasured")
    wrong = metric("avg", "instances.uptime_hours", "=", 10)

    assert list(PAIR) == candidates(cluster, blockMetricsQuery=node("AND", wrong))


def test_11_an_or_at_the_top_of_the_block_query_is_a_union(cluster: Cluster) -> None:
    blocks = node("OR", {"variable": "id", "operator": "==", "value": ATLAS})
    metrics = node("AND", metric("avg", "instances.uptime_hours", ">", 100))

    assert list(PAIR) == candidates(cluster, blockQuery=blocks, blockMetricsQuery=metrics)


def test_12_an_and_inside_an_or_keeps_its_last_condition(cluster: Cluster) -> None:
    impossible = metric("avg", "instances.llm_tokens_per_second", ">", 1000)
    fast = metric("avg", "instances.llm_tokens_per_second", ">", 40)
    never = metric("max", "instances.uptime_hours", ">", 1e6)
    nested = node("OR", node("AND", impossible, fast), never)

    assert [ATLAS] == candidates(cluster, blockMetricsQuery=nested)


def test_13_like_is_an_unanchored_case_sensitive_regular_expression(
    cluster: Cluster, reference: str
) -> None:
    def like(text: str) -> dict[str, Any]:
        variable = "component.componentMetadata.usecase"
        return node("AND", {"variable": variable, "operator": "LIKE", "value": text})

    request = cluster.request(reference)
    rule = ranking(request)["parameters"]["filterRule"]["filter"]
    rule["blockQuery"] = like("c++")

    assert list(PAIR) == candidates(cluster, blockQuery=like("chat"))
    assert [] == candidates(cluster, blockQuery=like("Chat"))
    assert [
        False,
        "string indices must be integers, not 'str'",
    ] == candidates(cluster, blockQuery=like("c++"))
    assert T6 == cluster.infer(request)["message"]


def test_14_no_candidates(cluster: Cluster, reference: str) -> None:
    request = cluster.request(reference)
    rule = ranking(request)["parameters"]["filterRule"]["filter"]
    rule["blockQuery"] = {"variable": "id", "operator": "==", "value": "nobody"}
    router = cluster.post("router", "/api/search", request["selection_query"]).json()

    assert "no block selected in the specified filter" == cluster.infer(request)["message"]
    assert {"result": [True, []], "success": True, "task_id": ""} == router


def test_15_an_unknown_policy_shows_only_when_there_are_candidates(cluster: Cluster) -> None:
    request = cluster.request("nope:1.0-stable")
    empty = cluster.request("nope:1.0-stable")
    rule = ranking(empty)["parameters"]["filterRule"]["filter"]
    rule["blockQuery"] = {"variable": "id", "operator": "==", "value": "nobody"}

    assert (
        "invalid similarity search result, {'message': \"Policy rule with URI "
        "'nope:1.0-stable' not found.\", 'success': False}"
    ) == cluster.infer(request)["message"]
    assert "no block selected in the specified filter" == cluster.infer(empty)["message"]


def test_25_a_block_without_an_instance_counts_as_free(
    cluster: Cluster, reference: str, add_block: Callable[..., Any]
) -> None:
    add_block("dead", [EXECUTOR])
    busy = [EXECUTOR, instance("in-z", llm_active_sessions=9, queue_length={"average_1m": 4})]
    lynx = {"blockId": LYNX, "instances": busy}
    cluster.call("PUT", "block_metrics", f"/block/{LYNX}", json=lynx)
    request = cluster.request(reference)
    parameters = ranking(request)["parameters"]
    parameters["selection_query"]["optimization_goals"] = [{"name": "Free_Block", "weight": 1}]
    selected = cluster.post("router", "/api/search", request["selection_query"]).json()

    assert "dead" == selected["result"][1]["id"]
