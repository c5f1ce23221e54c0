"""The guide's own values, which an untouched panel holds."""

from __future__ import annotations

from ..selection import OptimizationGoal, SelectionQuery
from .templates import GUIDE

MESSAGE = "Explain about the Deepseek LLM Model"
TEMPERATURE = 0.1
TOP_P = 0.95
MAX_TOKENS = 256
# Without METRICS_BASE_URL: the guide has a placeholder there, which leads nowhere.
QUERY = SelectionQuery(
    "attributebasedrouter:2.0-stable",
    GUIDE.draft.to_rule(),
    (OptimizationGoal("Fast_Generator", 0.9), OptimizationGoal("Free_Block", 0.1)),
    user_query="Find a reliable and high-performing chat model",
)
