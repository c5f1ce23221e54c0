"""What AIOS decided about a filter rule: per clause, per block, and where it was a close call."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from ..query import FilterRule
from ..wire import JSON
from ..wording import clause_text
from .actual import actual_value
from .failing import Finding, NearMiss, gap_of, reason_of
from .tree import Node


@dataclass(frozen=True)
class Caution:
    """Something that AIOS does silently and a reader would not expect.

    Parameters
    ----------
    code
        A short name that stays the same, such as ``one-candidate``.
    text
        What happened, and what to do about it.
    """

    code: str
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, eq=False)
class ClauseVerdict:
    """One condition or group, and which blocks pass it.

    Parameters
    ----------
    node
        The clause, with its ``query``, ``place``, ``join`` and ``depth``.
    passing
        Ids of the blocks that pass it alone.
    removed
        How many of the blocks fail it alone.
    candidates_without
        How many candidates there would be if it were deleted; ``None``: AIOS's handling of the
        group around it leaves that open.
    only_obstacle_for
        How many blocks fail the rule for this clause alone.
    is_required
        Whether every candidate must pass it, rather than it being one alternative of several.
    error
        AIOS's words if it could not evaluate the clause; empty: it could.
    """

    node: Node
    passing: frozenset[str] = field(repr=False)
    removed: int
    candidates_without: int | None
    only_obstacle_for: int = 0
    is_required: bool = True
    error: str = ""

    @cached_property
    def text(self) -> str:
        """The clause in words, such as ``MMLU >= 80``."""
        return clause_text(self.node.clause)

    @property
    def place(self) -> str:
        """Path in the payload, such as ``blockQuery.conditions[2]``."""
        return self.node.place


@dataclass(frozen=True)
class BlockVerdict:
    """One block: candidate or not, and why.

    Parameters
    ----------
    block_id
        The block.
    is_candidate
        AIOS's answer to the whole rule.
    findings
        One per clause, in the payload's order.
    reasons
        Why it was dropped; empty for a candidate.
    near_miss
        The one clause in its way; ``None``: none, or several.
    """

    block_id: str
    is_candidate: bool
    findings: tuple[Finding, ...] = field(repr=False)
    reasons: tuple[str, ...] = ()
    near_miss: NearMiss | None = None

    @property
    def leaves(self) -> tuple[Finding, ...]:
        """The findings of conditions, without those of groups."""
        return tuple(finding for finding in self.findings if not finding.is_group)


@dataclass(frozen=True, eq=False)
class FilterExplanation:
    """The filter half of an explanation: how the blocks became candidates.

    Parameters
    ----------
    rule
        What was asked.
    clauses
        One verdict per condition and group, in the payload's order.
    candidates
        Ids of the candidates, in AIOS's order.
    warnings
        What AIOS does silently here.
    documents
        The blocks that were looked at, by id.
    error
        AIOS's words if it could not evaluate the whole rule; empty: it could.
    """

    rule: FilterRule
    clauses: tuple[ClauseVerdict, ...]
    candidates: tuple[str, ...]
    warnings: tuple[Caution, ...] = ()
    documents: dict[str, JSON] = field(default_factory=dict, repr=False)
    error: str = ""

    @property
    def total(self) -> int:
        """How many blocks were looked at."""
        return len(self.documents)

    @cached_property
    def blocks(self) -> tuple[BlockVerdict, ...]:
        """One verdict per block; candidates first, in AIOS's order."""
        chosen = dict.fromkeys(self.candidates)
        rest = [block_id for block_id in self.documents if block_id not in chosen]
        return tuple(self._verdict(block_id) for block_id in [*chosen, *rest])

    @cached_property
    def near_misses(self) -> tuple[NearMiss, ...]:
        """The blocks that one clause alone kept out, the closest first."""
        found = [verdict.near_miss for verdict in self.blocks if verdict.near_miss]
        return tuple(sorted(found, key=lambda miss: (miss.gap is None, miss.gap or 0.0)))

    @property
    def requirements(self) -> tuple[ClauseVerdict, ...]:
        """The clauses that every candidate must pass."""
        return tuple(clause for clause in self.clauses if clause.is_required)

    def _verdict(self, block_id: str) -> BlockVerdict:
        block = self.documents[block_id]
        findings = {clause.place: _finding(clause, block) for clause in self.clauses}
        everything = tuple(findings.values())
        if block_id in self._candidate_ids:
            return BlockVerdict(block_id, True, everything)
        if self.error:
            return BlockVerdict(block_id, False, everything, ("AIOS refused the filter",))
        failed = [c for c in self.requirements if block_id not in c.passing]
        reasons = tuple(reason_of(c.node, findings) for c in failed)
        miss = self._near_miss(block_id, failed[0], findings) if len(failed) == 1 else None
        lost = "passes no alternative of the union" if not self.requirements else "no longer listed"
        return BlockVerdict(block_id, False, everything, reasons or (lost,), miss)

    @cached_property
    def _candidate_ids(self) -> frozenset[str]:
        return frozenset(self.candidates)

    def _near_miss(
        self, block_id: str, clause: ClauseVerdict, findings: dict[str, Finding]
    ) -> NearMiss:
        reason, gap = reason_of(clause.node, findings), gap_of(clause.node, findings)
        return NearMiss(block_id, clause.place, reason, clause.candidates_without, gap)


def _finding(clause: ClauseVerdict, block: JSON) -> Finding:
    node = clause.node
    actual = actual_value(node.query, node.clause, block)
    return Finding(clause.place, clause.text, actual, block["id"] in clause.passing, node.is_group)
