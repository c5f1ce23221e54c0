"""Generated values: whatever a valid request may hold."""

from typing import Any

from hypothesis import strategies as st

from aios_nb import (
    Condition,
    FilterRule,
    InferenceRequest,
    MetricCondition,
    OptimizationGoal,
    PolicyRegistration,
    SelectionQuery,
)
from aios_nb.query import AGGREGATES, COMPARISONS, Clause, Group

words = st.text(min_size=1, max_size=12).filter(lambda text: bool(text.strip()))
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | st.text(max_size=12)
json_values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
json_objects = st.dictionaries(st.text(max_size=8), json_values, max_size=3)

comparisons = st.builds(
    Condition, variable=words, operator=st.sampled_from(COMPARISONS), value=json_values
)
patterns = st.builds(Condition, variable=words, operator=st.just("LIKE"), value=st.text(max_size=9))
memberships = st.builds(
    Condition, variable=words, operator=st.just("IN"), value=st.lists(scalars, max_size=3)
)
conditions = comparisons | patterns | memberships
metric_conditions = st.builds(
    MetricCondition,
    aggregate=st.sampled_from(AGGREGATES),
    target=st.lists(words, min_size=2, max_size=3).map(".".join),
    operator=st.sampled_from(COMPARISONS),
    value=scalars,
)


def _groups(inner: st.SearchStrategy[Clause]) -> st.SearchStrategy[Clause]:
    members = st.lists(inner, max_size=3).map(tuple)
    return st.builds(Group, operator=st.sampled_from(["AND", "OR"]), clauses=members)


document_clauses = st.recursive(conditions, _groups, max_leaves=6)
metric_clauses = st.recursive(conditions | metric_conditions, _groups, max_leaves=6)


@st.composite
def filter_rules(draw: Any) -> FilterRule:
    wanted = draw(st.sets(st.sampled_from(["block", "metrics", "cluster"]), min_size=1))
    clauses = {n: draw(metric_clauses if n == "metrics" else document_clauses) for n in wanted}
    return FilterRule(**clauses, match_type=draw(st.sampled_from(["block", "cluster"])))


goals = st.builds(OptimizationGoal, name=words, weight=numbers)


@st.composite
def policy_uris(draw: Any) -> str:
    return f"{draw(words)}:{draw(words)}-{draw(words)}"


@st.composite
def parameters(draw: Any) -> dict[str, Any]:
    extra = draw(json_objects)
    for own in ("filterRule", "METRICS_BASE_URL", "user_query", "selection_query"):
        extra.pop(own, None)
    if draw(st.booleans()):
        inner = draw(json_objects)
        inner.pop("optimization_goals", None)
        extra["selection_query"] = inner
    return extra


selection_queries = st.builds(
    SelectionQuery,
    policy_rule_uri=policy_uris(),
    filter_rule=filter_rules(),
    goals=st.lists(goals, max_size=3).map(tuple),
    metrics_base_url=st.none() | st.just("http://10.0.0.5:30201/block/"),
    user_query=st.none() | st.text(max_size=12),
    parameters=parameters(),
)
graphs = st.just({}) | st.dictionaries(words, st.lists(words, max_size=2), max_size=2).map(
    lambda edges: {"is_graph": True, "graph": edges}
)
requests = st.builds(
    InferenceRequest,
    data=json_values,
    session_id=words,
    seq_no=st.integers(0, 2**64 - 1),
    model=st.just("") | words,
    graph=graphs,
    selection_query=st.none() | selection_queries,
)
registrations = st.builds(
    PolicyRegistration,
    name=words,
    version=words,
    release_tag=words,
    code=st.just("http://10.0.0.5:32555/a.zip"),
    metadata=json_objects,
    tags=st.text(max_size=9),
    policy_input_schema=json_objects,
    policy_settings=json_objects,
    policy_parameters=json_objects,
    description=st.text(max_size=9),
)
