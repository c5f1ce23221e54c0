"""The goals of the two attributebasedrouters, and the metrics that each of them looks at."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Metric(NamedTuple):
    """One number a goal looks at, and which end of it is good."""

    name: str
    best: Literal["max", "min"]
    path: str = ""


METADATA = "component.componentMetadata"
TOKENS = Metric("llm_tokens_per_second", "max")
LATENCY = Metric("end_to_end_latency", "min")
FPS = Metric("end_to_end_fps", "max")
PARAMETERS = Metric("parameterCountB", "min", f"{METADATA}.architecture.parameterCountB")
MMLU = Metric("MMLU", "max", f"{METADATA}.evaluation.benchmarks.MMLU.value")
GPU_MEMORY = Metric("gpu_totalMem", "min", "hardware.gpus.totalMem")
# The goals of contract §9.1.
GOALS: dict[str, tuple[Metric, ...]] = {
    "Cost_Saver": (PARAMETERS, GPU_MEMORY),
    "High_Quality_Lane": (LATENCY, FPS, MMLU),
    "Balanced_Performer": (LATENCY, PARAMETERS, FPS),
    "Fast_Generator": (TOKENS,),
    "Active_Block": (
        Metric("llm_active_sessions", "max"),
        Metric("tasks_processed.average_1m", "max"),
        Metric("end_to_end_count_total", "max"),
    ),
    "Free_Block": (
        Metric("llm_active_sessions", "min"),
        Metric("queue_length.average_1m", "min"),
    ),
}
# AIOS's own policy looks for these where no candidate has them (contract §9.3, P4 and P5).
UNREACHABLE_UPSTREAM = {"parameterCountB", "gpu_totalMem", "MMLU"}
