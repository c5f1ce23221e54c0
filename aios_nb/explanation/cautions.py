"""What AIOS does silently while it chooses, told where a reader can see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..errors import did_you_mean
from ..selection import SelectionQuery
from ..wire import JSON
from .choosing import Choice
from .goals import GOALS, UNREACHABLE_UPSTREAM
from .scoring import CandidateScore, Formula, real_instances, tied
from .verdicts import Caution

KNOWN_POLICY = "attributebasedrouter"
SCORE_STEP = 1e-3  # the log's four decimals, and a metric that moved a little


def cautions(
    query: SelectionQuery,
    candidates: Sequence[JSON],
    choice: Choice,
    recomputed: Sequence[CandidateScore],
    formula: Formula | None,
) -> Iterator[Caution]:
    """Yield a caution for every trap that this run shows.

    Parameters
    ----------
    query
        What was asked.
    candidates
        The blocks that passed, with their metrics.
    choice
        What AIOS chose and logged.
    recomputed
        The scores by the formula, best first.
    formula
        Which policy's formula that is; ``None``: nothing was scored.
    """
    if choice.error:
        yield Caution("no-choice", f"AIOS selected no block: {choice.error}")
    yield from _about_goals(query, formula)
    yield from _about_candidates(query, candidates)
    yield from _about_metrics(query, candidates, formula)
    if choice.winner is not None and choice.winner in {block["id"] for block in candidates}:
        yield from _about_the_winner(query, choice, recomputed, formula)
    elif choice.winner is not None:
        yield Caution(
            "no-such-candidate",
            f"AIOS returned {choice.winner}, which did not pass the filter: the policy made that "
            "id up, and a request is sent to whatever block has it",
        )


def _about_goals(query: SelectionQuery, formula: Formula | None) -> Iterator[Caution]:
    if not query.goals:
        yield Caution("no-goals", "no optimization goal is given, so nothing is compared")
    for goal in query.goals:
        if goal.name not in GOALS:
            near = did_you_mean(goal.name, GOALS)
            text = f"goal {goal.name!r} is none of {', '.join(GOALS)}"
            effect = "AIOS's own policy counts it as 0, silently"
            yield Caution("unknown-goal", f"{text}; {effect}{near}")
        elif goal.weight == 0:
            yield Caution("zero-weight", f"goal {goal.name!r} weighs 0 and decides nothing")
        elif formula == "upstream":
            dead = [m.name for m in GOALS[goal.name] if m.name in UNREACHABLE_UPSTREAM]
            if dead:
                text = f"AIOS's own policy never finds {', '.join(dead)} of goal {goal.name!r}"
                yield Caution("dead-metric", f"{text}: it counts 0.5 for every block")


def _about_candidates(query: SelectionQuery, candidates: Sequence[JSON]) -> Iterator[Caution]:
    if not candidates:
        yield Caution(
            "no-candidate",
            "no block passed the filter, so the policy was not asked; near misses show which "
            "condition to loosen",
        )
    elif len(candidates) == 1:
        yield Caution(
            "one-candidate",
            f"{candidates[0]['id']} is the only candidate: it wins whatever the goals are, and "
            "its scores say nothing",
        )
    if "application_type" in query.parameters.get("selection_query", {}):
        yield Caution(
            "application-type",
            "application_type makes AIOS's own policy refuse every candidate; this kit's policy "
            "leaves out those of another use case",
        )


def _about_metrics(
    query: SelectionQuery, candidates: Sequence[JSON], formula: Formula | None
) -> Iterator[Caution]:
    silent = [block["id"] for block in candidates if not real_instances(block)]
    if silent:
        effect = (
            "AIOS's own policy takes what is missing for 0, the best value of many goals"
            if formula == "upstream"
            else "this kit's policy ranks them last"
        )
        yield Caution(
            "no-instance",
            f"{', '.join(silent)} passed without a live instance, and cannot answer; {effect}",
        )
    url = query.metrics_base_url
    if url is None or not url.rstrip("/").endswith("/block"):
        given = "is missing" if url is None else f"is {url!r}, without /block at its end"
        yield Caution(
            "metrics-base-url",
            f"METRICS_BASE_URL {given}: AIOS's own policy then scores every candidate 0.5 and "
            "takes the first (endpoints.metrics_base_url is right)",
        )


def _about_the_winner(
    query: SelectionQuery,
    choice: Choice,
    recomputed: Sequence[CandidateScore],
    formula: Formula | None,
) -> Iterator[Caution]:
    if equal := tied(recomputed, formula or "kit"):
        yield Caution(
            "tie",
            f"{', '.join(equal)} share the best score {recomputed[0].final:.4f}: their order "
            "decides, not their merit",
        )
    if recomputed and recomputed[0].block_id != choice.winner:
        name = query.policy_rule_uri.partition(":")[0]
        other = "" if name == KNOWN_POLICY else f" ({name} may well follow another formula)"
        yield Caution(
            "winners-differ",
            f"AIOS returned {choice.winner}, but by the formula {recomputed[0].block_id} "
            f"wins{other}",
        )
    moved = _moved(choice, recomputed)
    if moved:
        yield Caution(
            "scores-differ",
            f"the policy logged other scores than its formula gives for {', '.join(moved)}: "
            "metrics changed meanwhile, or the policy is another one",
        )


def _moved(choice: Choice, recomputed: Sequence[CandidateScore]) -> list[str]:
    logged = {block_id: score.final for block_id, score in choice.logged.items()}
    return [
        score.block_id
        for score in recomputed
        if abs(score.final - logged.get(score.block_id, score.final)) > SCORE_STEP
    ]
