"""How AIOS is to choose among the candidates: goals, a policy, and the filter before it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from .errors import PayloadError
from .query import FilterRule
from .wire import JSON, a_dict, json_object, keys, shown, text

TEMPLATE_URI = "Parser/V1"


@dataclass(frozen=True)
class OptimizationGoal:
    """What to be good at, and how much it matters.

    Parameters
    ----------
    name
        A goal that the policy knows, such as ``Fast_Generator``.
    weight
        Share in the score; policies do not normalise the weights.

    Raises
    ------
    PayloadError
        The name is empty, or the weight is no finite number.

    Examples
    --------
    >>> OptimizationGoal("Fast_Generator", 0.9).to_wire()
    {'name': 'Fast_Generator', 'weight': 0.9}
    """

    name: str
    weight: float = 1.0

    def __post_init__(self) -> None:
        text(self.name, "name of an optimization goal", example="Fast_Generator")
        number = isinstance(self.weight, (int, float)) and not isinstance(self.weight, bool)
        if not number or not math.isfinite(self.weight):
            raise PayloadError(
                f"weight of goal {self.name!r} is {shown(self.weight)}; "
                "expected a finite number such as 0.9"
            )

    def to_wire(self) -> JSON:
        """Return ``{name, weight}``."""
        return {"name": self.name, "weight": self.weight}

    @classmethod
    def from_wire(cls, document: Any) -> OptimizationGoal:
        """Return the goal that ``{name, weight}`` stands for; without a weight it is 1.

        Raises
        ------
        PayloadError
            A key is missing or unknown, or a value is not valid.
        """
        goal = keys(document, "optimization goal", need=("name",), allow=("weight",))
        return cls(goal["name"], goal.get("weight", 1.0))


@dataclass(frozen=True)
class SelectionQuery:
    """Everything AIOS needs to select one block: candidates, policy, goals.

    Parameters
    ----------
    policy_rule_uri
        The registered policy that chooses, ``name:version-release_tag``.
    filter_rule
        Which blocks are candidates.
    goals
        What the policy should be good at; order is kept.
    metrics_base_url
        Where the policy finds live metrics; must end with ``/block`` or ``/block/``
        (``Endpoints.metrics_base_url`` does). ``None``: not sent.
    user_query
        The wish in words, for policies that read it. ``None``: not sent.
    parameters
        Any further parameters of the policy. A ``selection_query`` in it is sent beside the goals.

    Raises
    ------
    PayloadError
        A value is not valid, or ``parameters`` repeats what has an argument of its own.

    Examples
    --------
    >>> from aios_nb import Condition
    >>> rule = FilterRule(block=Condition("id", "LIKE", "*"))
    >>> query = SelectionQuery("attributebasedrouter:2.0-stable", rule)
    >>> SelectionQuery.from_wire(query.to_wire()) == query
    True
    """

    policy_rule_uri: str
    filter_rule: FilterRule
    goals: tuple[OptimizationGoal, ...] = ()
    metrics_base_url: str | None = None
    user_query: str | None = None
    parameters: JSON = field(default_factory=dict)

    def __post_init__(self) -> None:
        _policy_uri(self.policy_rule_uri)
        _instance(self.filter_rule, FilterRule, "filter_rule")
        if isinstance(self.goals, OptimizationGoal):
            raise PayloadError("goals is one goal; expected several: goals=(goal,)")
        object.__setattr__(self, "goals", tuple(self.goals))
        for goal in self.goals:
            _instance(goal, OptimizationGoal, "goals member")
        _base_url(self.metrics_base_url)
        if self.user_query is not None and not isinstance(self.user_query, str):
            raise PayloadError(f"user_query is {shown(self.user_query)}; expected a string")
        object.__setattr__(self, "parameters", _extra(self.parameters))

    def to_wire(self) -> JSON:
        """Return the ``selection_query`` of a request: ``{header, body}``."""
        rule = {"policyRuleURI": self.policy_rule_uri, "parameters": self._parameters()}
        ranking = {"rankingPolicyRule": {"values": rule}}
        values = {"matchType": self.filter_rule.match_type, **ranking}
        return {"header": {"templateUri": TEMPLATE_URI}, "body": {"values": values}}

    def _parameters(self) -> JSON:
        parameters = json_object(self.parameters, "parameters")
        optimization = parameters.setdefault("selection_query", {})
        optimization["optimization_goals"] = [goal.to_wire() for goal in self.goals]
        parameters["filterRule"] = self.filter_rule.to_wire()
        own = {"METRICS_BASE_URL": self.metrics_base_url, "user_query": self.user_query}
        return parameters | {key: value for key, value in own.items() if value is not None}

    @classmethod
    def from_wire(cls, document: Any) -> SelectionQuery:
        """Return the query that ``{header, body}`` stands for.

        The outer ``matchType`` and the header are not kept: AIOS's selection ignores both.

        Raises
        ------
        PayloadError
            A key is missing or unknown, or a value is not valid.
        """
        rule = _ranking_rule(document)
        parameters = json_object(rule["parameters"], "parameters")
        if "filterRule" not in parameters:
            raise PayloadError("parameters lacks 'filterRule'; without it AIOS finds no candidate")
        filter_rule = FilterRule.from_wire(parameters.pop("filterRule"))
        return cls(
            policy_rule_uri=rule["policyRuleURI"],
            filter_rule=filter_rule,
            goals=_take_goals(parameters),
            metrics_base_url=parameters.pop("METRICS_BASE_URL", None),
            user_query=parameters.pop("user_query", None),
            parameters=parameters,
        )


_OWN = {
    "filterRule": "filter_rule=",
    "METRICS_BASE_URL": "metrics_base_url=",
    "user_query": "user_query=",
}


def _policy_uri(value: Any) -> None:
    example = "attributebasedrouter:2.0-stable"
    uri = text(value, "policy_rule_uri", example=example)
    _, colon, rest = uri.partition(":")
    if not colon or "-" not in rest:
        raise PayloadError(
            f"policy_rule_uri is {uri!r}; expected name:version-release_tag, such as {example!r}"
        )


def _base_url(value: Any) -> None:
    if value is None:
        return
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        raise PayloadError(
            f"metrics_base_url is {shown(value)}; expected a URL such as http://HOST:30201/block/"
        )


def _instance(value: Any, kind: type, place: str) -> None:
    if not isinstance(value, kind):
        raise PayloadError(
            f"{place} is {shown(value)}; expected a {kind.__name__} "
            f"(from JSON: {kind.__name__}.from_wire)"
        )


def _extra(parameters: Any) -> JSON:
    extra = json_object(parameters, "parameters")
    for key, argument in _OWN.items():
        if key in extra:
            raise PayloadError(f"parameters holds {key!r}, which has an argument: {argument}")
    if "selection_query" in extra:
        inner = a_dict(extra["selection_query"], "selection_query in parameters")
        if "optimization_goals" in inner:
            raise PayloadError("parameters holds 'optimization_goals', which are given as goals=")
        if not inner:
            del extra["selection_query"]  # to_wire() writes it anyway, for the goals
    return extra


def _ranking_rule(document: Any) -> JSON:
    query = keys(document, "selection_query", need=("body",), allow=("header",))
    body = keys(query["body"], "body", need=("values",))
    values = keys(body["values"], "body.values", need=("rankingPolicyRule",), allow=("matchType",))
    wrapper = keys(values["rankingPolicyRule"], "rankingPolicyRule", need=("values",))
    return keys(wrapper["values"], "rankingPolicyRule.values", need=("policyRuleURI", "parameters"))


def _take_goals(parameters: JSON) -> tuple[OptimizationGoal, ...]:
    """Remove the goals from the parameters and return them."""
    inner = a_dict(parameters.get("selection_query", {}), "selection_query in parameters")
    goals = inner.pop("optimization_goals", [])
    if not isinstance(goals, list):
        raise PayloadError(f"optimization_goals is {shown(goals)}; expected a list of goals")
    return tuple(OptimizationGoal.from_wire(goal) for goal in goals)
