"""From a request to its explanation, by AIOS's public calls alone."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from ..errors import PayloadError
from ..inference import InferenceRequest
from ..policy_log import LoggedScore
from ..query import Condition, FilterRule
from ..selection import OptimizationGoal, SelectionQuery
from ..wire import JSON, shown
from .cautions import cautions
from .choosing import AIOS, Choice, choose
from .explanation import Explanation
from .filtering import WORKERS, explain_filter
from .goals import GOALS
from .scoring import CandidateScore, Formula, GoalScore, MetricScore, score_candidates
from .verdicts import FilterExplanation

EVERY_BLOCK = FilterRule(block=Condition("id", "LIKE", "*"))
EXECUTOR = "executor-001"


def explain(
    aios: AIOS,
    what: InferenceRequest | SelectionQuery | FilterRule,
    *,
    executor: str = EXECUTOR,
    workers: int = WORKERS,
) -> Explanation:
    """Return why AIOS chooses the block it chooses, without asking the block anything.

    AIOS is asked about every part of the filter and then selects, in a dry run. The scores are
    read from the lines that the policy logged about that run, where logs can be reached, and
    computed again from the metrics. A session that AIOS already knows keeps its block whatever is
    explained here.

    Parameters
    ----------
    aios
        An ``AIOSClient``, of the emulator or of a cluster.
    what
        A request, its selection query, or a filter rule alone (then nothing is chosen).
    executor
        Id of the policy executor, in whose container the policy logs.
    workers
        How many questions are under way at once.

    Raises
    ------
    PayloadError
        The request selects nothing: it names a model, or has no selection query.
    ServiceError
        AIOS cannot even list its blocks: its search server, the blocks registry or the metrics
        service is down.
    TransportError
        The Router gave no usable answer.

    Examples
    --------
    >>> from aios_nb import connect
    >>> with connect("emulator") as aios:
    ...     found = explain(aios, FilterRule(block=Condition("id", "LIKE", "*chat")))
    >>> len(found.candidates), found.winner
    (8, None)
    """
    query = _selection_query(what)
    rule = query.filter_rule if isinstance(query, SelectionQuery) else query
    with ThreadPoolExecutor(1) as pool:
        fleet = pool.submit(aios.find_candidates, EVERY_BLOCK)
        blocks = (block for block in fleet.result())
        found = explain_filter(aios.find_candidates, rule, blocks=blocks, workers=workers)
    if not isinstance(query, SelectionQuery) or found.error:
        asked = query if isinstance(query, SelectionQuery) else None
        return Explanation(found, asked, warnings=found.warnings, error=found.error)
    if not found.candidates:
        warnings = (*found.warnings, *cautions(query, [], Choice(None, {}), (), None))
        return Explanation(found, query, warnings=warnings)
    choice = choose(aios, query, candidates=found.candidates, executor=executor)
    return _explained(found, query, choice)


def _explained(found: FilterExplanation, query: SelectionQuery, choice: Choice) -> Explanation:
    """Return the explanation of a choice among candidates that AIOS made, or refused to make."""
    candidates = [found.documents[block_id] for block_id in found.candidates]
    formula, recomputed = _recomputed(candidates, query, choice)
    warnings = (*found.warnings, *cautions(query, candidates, choice, recomputed, formula))
    scores = _logged(choice.logged, recomputed) or recomputed
    if choice.error and not all(is_scored(goal) for goal in query.goals):
        scores = recomputed = ()  # no formula says who wins by a goal that the policy refuses
    return Explanation(
        found,
        query,
        scores,
        source=("log" if choice.logged else "metrics") if scores else "none",
        formula=formula,
        winner=choice.winner,
        recomputed_winner=recomputed[0].block_id if recomputed else None,
        warnings=warnings,
        error=choice.error,
    )


def is_scored(goal: OptimizationGoal) -> bool:
    """Say whether this kit's policy takes the goal."""
    return goal.name in GOALS and goal.weight >= 0


def _selection_query(what: object) -> SelectionQuery | FilterRule:
    if isinstance(what, (SelectionQuery, FilterRule)):
        return _of_blocks(what)
    if not isinstance(what, InferenceRequest):
        raise PayloadError(
            f"cannot explain {shown(what)}; expected an InferenceRequest, a SelectionQuery or a "
            "FilterRule (each has from_wire for its JSON)"
        )
    if what.model:
        raise PayloadError(
            f"the request names the model {what.model!r}, so AIOS asks that block and selects "
            "nothing; explain a request without a model"
        )
    if what.selection_query is None:
        raise PayloadError("the request has no selection_query, so there is nothing to explain")
    return _of_blocks(what.selection_query)


def _of_blocks(query: SelectionQuery | FilterRule) -> SelectionQuery | FilterRule:
    rule = query.filter_rule if isinstance(query, SelectionQuery) else query
    if rule.match_type != "block":
        raise PayloadError(
            f"the filter rule looks for a {rule.match_type}; only the choice of a block can be "
            "explained (match_type='block')"
        )
    return query


def _recomputed(
    candidates: Sequence[JSON], query: SelectionQuery, choice: Choice
) -> tuple[Formula, tuple[CandidateScore, ...]]:
    """Return the scores by the formula of the policy that ran, as far as its traces tell."""
    if choice.logged:  # a policy may leave candidates out
        candidates = [block for block in candidates if block["id"] in choice.logged]
    has_details = any(one.live_instances is not None for one in choice.logged.values())
    sees_metrics = has_block_path(query.metrics_base_url)
    kit = score_candidates(candidates, query.goals)
    upstream = score_candidates(
        candidates, query.goals, formula="upstream", sees_metrics=sees_metrics
    )
    if choice.logged:
        return ("kit", kit) if has_details else ("upstream", upstream)
    kit_fits = choice.winner is None or kit[0].block_id == choice.winner
    upstream_fits = upstream[0].block_id == choice.winner
    return ("upstream", upstream) if upstream_fits and not kit_fits else ("kit", kit)


def has_block_path(url: str | None) -> bool:
    """Say whether AIOS's own policy finds metrics under this METRICS_BASE_URL."""
    return url is not None and url.rstrip("/").endswith("/block")


def _logged(
    logged: dict[str, LoggedScore], recomputed: Sequence[CandidateScore]
) -> tuple[CandidateScore, ...]:
    """Return the policy's own scores, in the order in which it ranked them.

    Its lines hold four decimals of the final score: candidates that look equal in them keep the
    order of the recomputed ranking.
    """
    places = {score.block_id: score for score in recomputed}
    order = sorted(logged.values(), key=lambda one: (-one.final, places[one.block_id].rank))
    if any(one.live_instances == 0 for one in order):
        order.sort(key=lambda one: one.live_instances == 0)
    return tuple(
        CandidateScore(
            one.block_id,
            rank,
            _precise(one, places[one.block_id]),
            _goals(one) or places[one.block_id].goals,
            one.live_instances,
        )
        for rank, one in enumerate(order, start=1)
    )


def _precise(one: LoggedScore, recomputed: CandidateScore) -> float:
    total = sum(goal.weighted for goal in _goals(one)) if one.goals else recomputed.final
    return total if abs(total - one.final) < 1e-4 else one.final


def _goals(one: LoggedScore) -> tuple[GoalScore, ...]:
    return tuple(
        GoalScore(
            goal["name"],
            goal["weight"],
            goal["score"],
            tuple(
                MetricScore(name, value["raw"], value["normalised"])
                for name, value in goal["metrics"].items()
            ),
        )
        for goal in one.goals
    )
