"""What AIOS's documents and the upstream policy are known to hold, for lint without a fleet."""

from __future__ import annotations

BLOCK_ROOTS = {
    *("_id", "__v", "id", "componentUri", "blockUri", "component", "blockMetadata", "policies"),
    *("cluster", "blockInitData", "initSettings", "parameters", "minInstances", "maxInstances"),
    *("inputProtocol", "outputProtocol", "tags"),
}
CLUSTER_ROOTS = {
    *("_id", "__v", "id", "regionId", "nodes", "gpus", "vcpus", "memory", "swap", "storage"),
    *("network", "config", "tags", "clusterMetadata", "reputation"),
}
# The clusters registry has a schema and casts what is compared with these (contract §5.7).
CAST_CLUSTER_ROOTS = {"id", "regionId", "nodes", "gpus", "vcpus", "memory", "swap", "storage"}

UPTIMES = ("uptime", "uptime_minutes", "uptime_hours")
IDENTITY = ("blockId", "instanceId", "nodeKey", "type")
ROLLING = ("current", "average_1m", "average_5m", "average_15m")
ROLLED = {
    *("queue_length", "latency", "fps", "tasks_processed", "llm_active_sessions_rolling"),
    *("llm_cpu_utilization_rolling", "llm_gpu_utilization_rolling", "llm_memory_usage_rolling"),
    *("llm_inference_duration_rolling", "llm_tps_rolling", "llm_tpot_rolling", "llm_ttft_rolling"),
    *("llm_input_tokens_per_minute_rolling", "llm_output_tokens_per_minute_rolling"),
}
INSTANCE_FIELDS = {
    *("nodeId", "timestamp", "on_preprocess_latency", "on_data_latency", "end_to_end_latency"),
    *("on_preprocess_fps", "on_data_fps", "end_to_end_fps", "on_preprocess_count_total"),
    *("on_data_count_total", "end_to_end_count_total", "llm_prompts_total"),
    *("llm_prompt_tokens_total", "llm_tokens_generated_total", "llm_inference_errors_total"),
    *("llm_active_sessions", "llm_tokens_per_second", "llm_cpu_utilization"),
    *("llm_gpu_utilization", "llm_memory_usage_bytes"),
    *(
        f"llm_{what}_seconds_{part}"
        for what in ("inference_duration", "time_to_first_token", "time_per_output_token")
        for part in ("bucket", "count", "sum")
    ),
}
# Reachable only by plain conditions: an aggregate takes the part before the last for an array.
NESTED_FIELDS = {
    *(f"{name}.{part}" for name in ROLLED for part in ROLLING),
    *("latency.latency", "tasks_processed.tasks_processed_total"),
    "tasks_processed.tasks_processed_created",
    *(f"hardware.cpu.{part}" for part in ("load1m", "load5m", "load15m", "percent")),
    *(f"hardware.memory.{part}" for part in ("usedMem", "totalMem", "averageUtil")),
}
GPU_FIELDS = {
    f"hardware.gpus.{part}"
    for part in ("id", "utilization", "usedMem", "freeMem", "totalMem", "powerUtilization")
}
METRIC_FIELDS = dict.fromkeys(
    f"instances.{name}"
    for name in sorted({*UPTIMES, *IDENTITY, *INSTANCE_FIELDS, *NESTED_FIELDS, *GPU_FIELDS})
)
AGGREGABLE = {f"instances.{name}" for name in (*UPTIMES, *IDENTITY, *INSTANCE_FIELDS, *GPU_FIELDS)}
EXECUTOR_TARGETS = {f"instances.{name}" for name in UPTIMES}

# How other languages write the operators; by letters alone "=" is as near to ">=" as to "==".
ELSEWHERE = {
    **dict.fromkeys(("=", "===", "eq", "equals", "is"), "=="),
    **dict.fromkeys(("<>", "!==", "ne", "is not"), "!="),
    "=<": "<=",
    "lte": "<=",
    "le": "<=",
    "=>": ">=",
    "gte": ">=",
    "ge": ">=",
    "lt": "<",
    "gt": ">",
    "~": "LIKE",
    "=~": "LIKE",
    "regex": "LIKE",
    "contains": "LIKE",
}

# The published policy's goals (contract §9.1), and which of them take a missing metric for best.
UPSTREAM_POLICY = "attributebasedrouter"
GOALS = {
    *("Cost_Saver", "High_Quality_Lane", "Balanced_Performer"),
    *("Fast_Generator", "Active_Block", "Free_Block"),
}
MISSING_IS_BEST = {
    "High_Quality_Lane": "end_to_end_latency",
    "Balanced_Performer": "end_to_end_latency",
    "Free_Block": "llm_active_sessions and queue_length.average_1m",
}
DEAD_METRICS = {
    "Cost_Saver": "both of its metrics (parameterCountB, gpu_totalMem)",
    "High_Quality_Lane": "its metric MMLU",
    "Balanced_Performer": "its metric parameterCountB",
}
