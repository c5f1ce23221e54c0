"""Golden decisions: one line that fails, and says why, when a choice is not what it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from ..errors import AIOSError, PayloadError, printable
from ..explanation import explain_filter
from ..query import Condition, FilterRule
from ..selection import SelectionQuery
from ..wire import shown
from .choosing import AIOS, Choice, Recorded, chooser, decide

EVERY_BLOCK = FilterRule(block=Condition("id", "LIKE", "*"))


def expect(
    on: AIOS | Recorded,
    query: SelectionQuery,
    *,
    winner: str | None = None,
    runner_up: str | None = None,
    candidates: Iterable[str] | None = None,
    dropped_by: Mapping[str, str] | None = None,
) -> None:
    """Assert what a query decides; nothing is asked of any block, so it costs no token.

    Parameters
    ----------
    on
        An AIOS, for example ``connect("emulator", fleet=FOLDER)`` with a snapshot, or
        ``Recorded(package, candidates)``.
    winner
        Id of the block that must be chosen.
    runner_up
        Id of the block with the second best score. On an AIOS its deployed policy is fetched and
        run here, because AIOS tells the winner alone.
    candidates
        Ids of exactly the blocks that must pass the filter.
    dropped_by
        Blocks that must not pass, each with a part of a reason, as ``explain_filter`` words it:
        ``{"kite-2b-rag": "MMLU"}``.

    Raises
    ------
    AssertionError
        The decision is another; the message says what was decided and why.
    PayloadError
        Nothing is expected, or of recorded candidates what only an AIOS can tell; or ``query`` or
        ``dropped_by`` is something else.
    AIOSError
        The AIOS could not be asked.
    """
    __tracebackhide__ = True  # pytest then shows the message, and the line of the test
    if winner is None and runner_up is None and candidates is None and dropped_by is None:
        raise PayloadError("expect() expects nothing; give winner=, runner_up=, candidates=, …")
    _check(query, dropped_by)
    found = _Decision(on, query)
    wrong = [
        *_wrong_candidates(found, candidates),
        *_wrong_drops(found, dropped_by or {}),
        *_wrong_choice(found, winner, runner_up),
    ]
    if wrong:
        raise AssertionError(printable("\n".join(wrong)))


def _check(query: SelectionQuery, dropped_by: Mapping[str, str] | None) -> None:
    if not isinstance(query, SelectionQuery):
        raise PayloadError(
            f"query is {shown(query)}; expected a SelectionQuery (a request has one: "
            "request.selection_query)"
        )
    if dropped_by is None:
        return
    if not isinstance(dropped_by, Mapping) or not all(map(_is_text, dropped_by.values())):
        raise PayloadError(
            f"dropped_by is {shown(dropped_by)}; expected a part of a reason by block: "
            '{"kite-2b-rag": "MMLU"}'
        )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


class _Decision:
    """What is decided for one query; each question is asked when its answer is needed."""

    def __init__(self, on: AIOS | Recorded, query: SelectionQuery) -> None:
        self.on, self.query = on, query

    @cached_property
    def choice(self) -> Choice:
        return decide(chooser(self.on), [self.query])[0]

    @cached_property
    def scored(self) -> Choice:
        """The choice with scores: an AIOS tells none, so its own policy is run here."""
        if isinstance(self.on, Recorded):
            return self.choice
        return decide(Recorded.of(self.on, self.query), [self.query])[0]

    @property
    def told(self) -> Choice:
        """The choice for a message: with scores, if the policy that ran can be run here too."""
        if not self.choice.winner:
            return self.choice
        try:
            return self.scored if self.scored.winner == self.choice.winner else self.choice
        except AIOSError:  # the winner is wrong anyway; only the scores are missing
            return self.choice

    @cached_property
    def candidates(self) -> set[str]:
        if isinstance(self.on, Recorded):
            return {str(block["id"]) for block in self.on.candidates}
        return {str(block["id"]) for block in self.on.find_candidates(self.query.filter_rule)}

    @cached_property
    def reasons(self) -> dict[str, tuple[str, ...]]:
        """Why each block of the fleet was dropped."""
        if isinstance(self.on, Recorded):
            raise PayloadError(
                "why a block was dropped only an AIOS can tell: recorded candidates have passed"
            )
        find = self.on.find_candidates
        everything = explain_filter(find, self.query.filter_rule, blocks=find(EVERY_BLOCK))
        return {verdict.block_id: verdict.reasons for verdict in everything.blocks}

    def absence(self, block_id: str) -> str:
        """Say why a block is no candidate."""
        if isinstance(self.on, Recorded):
            return f"it is not among the {len(self.candidates)} recorded candidates"
        if block_id not in self.reasons:
            return "AIOS knows no such block"
        return ", ".join(self.reasons[block_id])


def _wrong_choice(found: _Decision, winner: str | None, runner_up: str | None) -> Iterator[str]:
    if winner is not None and found.choice.winner != winner:
        yield from _wrong("winner", winner, found.choice.winner, found.told)
        if winner not in found.candidates:
            yield f"  {winner!r} is no candidate: {found.absence(winner)}"
    if runner_up is None:
        return
    if found.scored.winner != found.choice.winner:
        here = f"its policy run here {found.scored.winner!r}"
        yield f"AIOS chose {found.choice.winner!r}, {here}: metrics changed, or it chooses by more"
    if found.scored.runner_up != runner_up:
        yield from _wrong("runner-up", runner_up, found.scored.runner_up, found.scored)


def _wrong(what: str, expected: str, got: str, choice: Choice) -> Iterator[str]:
    said = repr(got) if got else f"none ({choice.failure or 'no score was logged'})"
    yield f"{what}: expected {expected!r}, got {said}"
    if choice.scores:
        yield "  scores: " + ", ".join(f"{block} {score:.4f}" for block, score in choice.scores)


def _wrong_candidates(found: _Decision, expected: Iterable[str] | None) -> Iterator[str]:
    if expected is None:
        return
    if isinstance(expected, str):
        raise PayloadError(f"candidates is {expected!r}; expected several ids: [{expected!r}]")
    wanted = set(expected)
    for block_id in sorted(wanted - found.candidates):
        yield f"candidates: expected {block_id!r}, but {found.absence(block_id)}"
    if strays := sorted(found.candidates - wanted):
        yield f"candidates: passed, and not expected to: {', '.join(strays)}"


def _wrong_drops(found: _Decision, expected: Mapping[str, str]) -> Iterator[str]:
    for block_id, part in expected.items():
        reasons = found.reasons.get(block_id, ())
        if block_id in found.candidates:
            yield f"dropped: expected {block_id!r} to fail {part!r}, but it is a candidate"
        elif not any(part in reason for reason in reasons):
            said = found.absence(block_id)
            yield f"dropped: expected {block_id!r} to fail {part!r}, not: {said}"
