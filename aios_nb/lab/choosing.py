"""Who chooses: an AIOS, or a policy over recorded candidates. And what it chose."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Protocol, runtime_checkable

from ..errors import PayloadError, PolicyError, ServiceError
from ..policy import PolicyPackage, PolicyRegistration
from ..policy_log import read_score
from ..policy_run import TIMEOUT_S, PolicyCall, PolicyRun, recorded, run_policy
from ..query import FilterRule
from ..selection import SelectionQuery
from ..wire import JSON, shown


@runtime_checkable
class AIOS(Protocol):
    """What the lab asks of a client."""

    def select_block(self, selection_query: SelectionQuery, /) -> JSON: ...
    def find_candidates(self, filter_rule: FilterRule, /) -> list[JSON]: ...
    def read_policy(self, policy_uri: str, /) -> PolicyRegistration: ...
    def download_policy(self, policy_uri: str, /) -> PolicyPackage: ...


@dataclass(frozen=True)
class Choice:
    """What was chosen for one query.

    Parameters
    ----------
    winner
        Id of the chosen block; empty: none was chosen.
    scores
        Final score by block id, the winner first, then best first; empty: the policy told none,
        or an AIOS chose, which returns the winner alone.
    failure
        Why none was chosen; empty: one was.

    Examples
    --------
    >>> choice = Choice("a", (("a", 0.9), ("b", 0.75)))
    >>> choice.runner_up, choice.margin
    ('b', 0.15)
    """

    winner: str
    scores: tuple[tuple[str, float], ...] = ()
    failure: str = ""

    @property
    def runner_up(self) -> str:
        """Id of the second; empty when there is none, or it is not known."""
        return self.scores[1][0] if len(self.scores) > 1 else ""

    @property
    def margin(self) -> float | None:
        """By how much the winner's score exceeds the second's; ``None``: not known."""
        if len(self.scores) < 2:
            return None
        return round(self.scores[0][1] - self.scores[1][1], 4)

    @classmethod
    def of_run(cls, run: PolicyRun | PolicyError) -> Choice:
        """Return the choice that a run of a policy made, with the scores it logged."""
        if isinstance(run, PolicyError):
            return cls("", failure=run.text)
        logged = {score.block_id: score.final for score in map(read_score, run.lines) if score}
        first = run.block_id
        order = sorted(logged, key=lambda block: (block != first, -logged[block], block))
        return cls(first, tuple((block, logged[block]) for block in order))


NOBODY = Choice("", failure="no block selected in the specified filter")
Chooser = Callable[[Sequence[SelectionQuery]], list[Choice]]


@dataclass(frozen=True)
class Recorded:
    """A policy and the candidates to run it on: chooses here, offline, at no cost.

    Parameters
    ----------
    package
        The policy.
    candidates
        Blocks as ``find_candidates`` returned them.
    settings
        The ``policy_settings`` of the policy's registration.
    timeout_s
        Limit of one batch of choices, in seconds.

    Raises
    ------
    PayloadError
        The policy is no package, or the candidates are no list of blocks.
    """

    package: PolicyPackage
    candidates: Sequence[JSON] = field(repr=False)
    settings: JSON = field(default_factory=dict)
    timeout_s: float = TIMEOUT_S

    def __post_init__(self) -> None:
        if not isinstance(self.package, PolicyPackage):
            raise PayloadError(f"package is {shown(self.package)}; expected a PolicyPackage")
        object.__setattr__(self, "candidates", recorded(self.candidates))

    def __call__(self, queries: Sequence[SelectionQuery]) -> list[Choice]:
        """Return the policy's choice for each query; its filter rule plays no part any more."""
        calls = [PolicyCall(parameters_of(query), self.settings) for query in queries]
        limit_s = self.timeout_s
        outcomes = run_policy(self.package, self.candidates, calls, timeout_s=limit_s)
        return [Choice.of_run(outcome) for outcome in outcomes]

    @classmethod
    def of(cls, aios: AIOS, query: SelectionQuery) -> Recorded:
        """Return what an AIOS would choose with: the query's candidates and its deployed policy.

        Raises
        ------
        PayloadError
            This is no selection query.
        AIOSError
            The candidates or the policy cannot be had.
        """
        if not isinstance(query, SelectionQuery):
            raise PayloadError(
                f"query is {shown(query)}; expected a SelectionQuery: it names the policy"
            )
        uri = query.policy_rule_uri
        settings = aios.read_policy(uri).policy_settings
        return cls(aios.download_policy(uri), aios.find_candidates(query.filter_rule), settings)


@dataclass(frozen=True)
class Live:
    """An AIOS that chooses; it tells the winner alone."""

    aios: AIOS

    def __call__(self, queries: Sequence[SelectionQuery]) -> list[Choice]:
        return [self._choice(query) for query in queries]

    def _choice(self, query: SelectionQuery) -> Choice:
        try:
            return Choice(str(self.aios.select_block(query)["id"]))
        except ServiceError as error:
            return Choice("", failure=error.message)


@dataclass(frozen=True)
class Scored:
    """An AIOS's candidates and its deployed policy, which is run here: tells the scores, too.

    Parameters
    ----------
    aios
        Finds the candidates of each query, and hands out the policy.
    timeout_s
        Limit of one batch of choices, in seconds.
    """

    aios: AIOS
    timeout_s: float = TIMEOUT_S

    def __call__(self, queries: Sequence[SelectionQuery]) -> list[Choice]:
        """Return the choice for each query, as its policy makes it.

        Raises
        ------
        AIOSError
            The candidates or the policy cannot be had.
        """
        choices: list[Choice] = []
        for _, run in groupby(
            queries, key=lambda query: (query.policy_rule_uri, query.filter_rule)
        ):
            alike = list(run)
            policy = replace(Recorded.of(self.aios, alike[0]), timeout_s=self.timeout_s)
            choices += policy(alike) if policy.candidates else [NOBODY] * len(alike)
        return choices


def chooser(on: AIOS | Chooser) -> Chooser:
    """Return whoever chooses.

    Raises
    ------
    PayloadError
        It is neither an AIOS nor a chooser.
    """
    if isinstance(on, AIOS):
        return Live(on)
    if callable(on):
        return on
    raise PayloadError(
        f"on is {shown(on)}; expected an AIOS such as connect(), or Recorded(package, candidates)"
    )


def parameters_of(query: SelectionQuery) -> JSON:
    """Return what a query gives its policy as parameters."""
    rule = query.to_wire()["body"]["values"]["rankingPolicyRule"]["values"]
    parameters: JSON = rule["parameters"]
    return parameters


def decide(choose: Chooser, queries: Iterable[SelectionQuery]) -> list[Choice]:
    """Let someone choose; a function of its own, so that other processes can be sent it."""
    return choose(list(queries))
