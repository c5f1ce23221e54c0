"""Paths and clauses that examples for the linter are made of."""

from .payloads import META, blocks, goal, says

B, M = "filter.blockQuery", "filter.blockMetricsQuery"
C = "filter.clusterQuery"
R = "body.values.rankingPolicyRule.values"
P = f"{R}.parameters"
G = f"{P}.selection_query.optimization_goals"
USECASE = f"{META}.usecase"
MMLU = f"{META}.evaluation.benchmarks.MMLU.value"
UPTIME = "instances.uptime_hours"
OK = blocks(says())
FREE = goal("Free_Block")
ANY = blocks(says("id", "LIKE", "*"))
