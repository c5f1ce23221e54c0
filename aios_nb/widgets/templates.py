"""Queries to start from: the guide's request, and the two that its neighbours show."""

from __future__ import annotations

from dataclasses import dataclass

from ..query import Condition, FilterRule, MetricCondition
from .draft import Draft

METADATA = "component.componentMetadata"
MMLU = Condition(f"{METADATA}.evaluation.benchmarks.MMLU.value", ">=", 80)
ARC = Condition(f"{METADATA}.evaluation.benchmarks.ARC-Challenge.value", ">=", 90)
CHAT = Condition(f"{METADATA}.usecase", "LIKE", "*chat-completion*")
STREAMING = Condition(f"{METADATA}.capabilities.supportsStreaming", "==", True)
UPTIME = MetricCondition("avg", "instances.uptime_hours", ">", 10)
SPEED = MetricCondition("avg", "instances.llm_tokens_per_second", ">", 10)


@dataclass(frozen=True)
class Template:
    """A query to start from.

    Parameters
    ----------
    name
        As the builder lists it.
    text
        What it asks for, and where it comes from.
    draft
        The query.
    """

    name: str
    text: str
    draft: Draft


GUIDE = Template(
    "The guide's request",
    "A chat block that streams, scores well on MMLU or ARC, and is up or fast (guide, section 2).",
    Draft.from_rule(FilterRule(block=CHAT & STREAMING & (MMLU | ARC), metrics=UPTIME | SPEED)),
)
ROUTER = Template(
    "The Router lesson's request",
    "The same, but MMLU alone counts, and the block must be up and fast.",
    Draft.from_rule(FilterRule(block=CHAT & STREAMING & MMLU, metrics=UPTIME & SPEED)),
)
MULTI_MODAL = Template(
    "A multi-modal block",
    "What the guide's section 3 describes in prose: an image-reading block on llama.cpp.",
    Draft.from_rule(
        FilterRule(
            block=Condition(f"{METADATA}.framework", "==", "llama-cpp-python")
            & Condition(f"{METADATA}.supports_quantization", "==", True)
            & Condition("component.tags", "==", "multi-modal"),
            metrics=MetricCondition("avg", "instances.on_preprocess_fps", ">", 8000)
            & MetricCondition("max", "instances.llm_active_sessions", ">=", 5),
        )
    ),
)
EMPTY = Template("Empty", "Start from nothing.", Draft())
TEMPLATES = {template.name: template for template in (GUIDE, ROUTER, MULTI_MODAL, EMPTY)}
