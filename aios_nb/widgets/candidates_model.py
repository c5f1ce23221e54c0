"""The fleet as a table: who is a candidate, why the others are not, in the order one likes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter

import traitlets

from ..errors import AIOSError
from ..explanation import BlockVerdict, FilterExplanation, explain_filter
from ..explanation.actual import actual_value
from ..explanation.scoring import real_instances
from ..query import Condition, FilterRule, MetricCondition
from ..wire import JSON
from ..wording import is_number
from . import guide
from .feedback_model import AWAY
from .inquiry import EVERY_BLOCK, Find
from .latest import PAUSE_S, Latest

MMLU = Condition("component.componentMetadata.evaluation.benchmarks.MMLU.value", ">", 0)
MEASURES = {
    "tokens/s": ("metrics", MetricCondition("avg", "instances.llm_tokens_per_second", ">", 0)),
    "uptime h": ("metrics", MetricCondition("avg", "instances.uptime_hours", ">", 0)),
    "MMLU": ("block", MMLU),
}
AIOS_ORDER = "AIOS's order"
SORTS = (AIOS_ORDER, "block", "conditions passed", "instances", *MEASURES)


@dataclass(frozen=True)
class Row:
    """One block of the fleet.

    Parameters
    ----------
    verdict
        AIOS's answer, with one finding per condition.
    numbers
        By name: instances and measures; ``None`` where the block has none.
    """

    verdict: BlockVerdict
    numbers: dict[str, float | None] = field(default_factory=dict)

    @property
    def block_id(self) -> str:
        """The block."""
        return self.verdict.block_id

    @property
    def passed(self) -> int:
        """How many of the conditions AIOS lets the block pass."""
        return sum(finding.passed for finding in self.verdict.leaves)

    @property
    def status(self) -> str:
        """``candidate``, ``near miss`` or ``dropped``."""
        if self.verdict.is_candidate:
            return "candidate"
        return "near miss" if self.verdict.near_miss else "dropped"


class CandidatesModel(traitlets.HasTraits):
    """What AIOS makes of one filter rule, block by block.

    Parameters
    ----------
    find
        Sends a filter rule to AIOS, such as ``aios.find_candidates``.
    rule
        The filter rule. ``None``: the guide's.
    pause_s
        How long changes must rest before AIOS is asked, in seconds.

    Attributes
    ----------
    rule
        The filter rule as it is now; set another, and the table follows.
    explanation
        AIOS's verdicts; ``None``: not known yet.
    state, message
        ``none``, ``asking``, ``known``, ``away`` or ``paused``, and a word about it.
    sort_by, is_descending
        One of ``SORTS``, and whether the largest comes first.
    """

    rule = traitlets.Instance(FilterRule)
    explanation = traitlets.Instance(FilterExplanation, allow_none=True)
    state = traitlets.Enum(("none", "asking", "known", "away", "paused"), "none")
    message = traitlets.Unicode("")
    sort_by = traitlets.Enum(SORTS, AIOS_ORDER)
    is_descending = traitlets.Bool(False)

    def __init__(
        self, find: Find | None = None, *, rule: FilterRule | None = None, pause_s: float = PAUSE_S
    ) -> None:
        super().__init__(rule=rule or guide.QUERY.filter_rule)
        self._find = find
        self._latest: Latest[FilterRule] = Latest(self._work, pause_s=pause_s)
        self.observe(self._on_rule, "rule")

    def refresh(self) -> None:
        """Ask AIOS about the present rule again: metrics change."""
        if self._find is not None:
            self.state = "asking"
            self._latest.submit(self.rule)

    def pause(self, why: str) -> None:
        """Show no more answers until the next :meth:`refresh`: the rule is not complete."""
        self._latest.cancel()
        self.message = why
        self.state = "paused"

    def wait(self, timeout_s: float = 5.0) -> bool:
        """Return whether AIOS has answered to the present rule, waiting at most so long."""
        return self._latest.wait(timeout_s)

    def close(self) -> None:
        """Ask AIOS no more; a late answer is dropped."""
        self._latest.cancel()

    def rows(self) -> list[Row]:
        """Return one row per block, in the chosen order; what a block lacks comes last."""
        if self.explanation is None:
            return []
        documents = self.explanation.documents
        rows = [Row(v, _numbers(documents[v.block_id])) for v in self.explanation.blocks]
        if self.sort_by == AIOS_ORDER:
            return rows[::-1] if self.is_descending else rows
        known = [(value, row) for row in rows if (value := self._value(row)) is not None]
        known.sort(key=itemgetter(0), reverse=self.is_descending)
        return [row for _, row in known] + [row for row in rows if self._value(row) is None]

    def _value(self, row: Row) -> float | str | None:
        if self.sort_by == "block":
            return row.block_id
        return row.passed if self.sort_by == "conditions passed" else row.numbers[self.sort_by]

    def _on_rule(self, _: JSON) -> None:
        self.refresh()

    def _work(self, rule: FilterRule, check: Callable[[], None]) -> None:
        def find(asked: FilterRule) -> list[JSON]:
            check()
            return list(self._find(asked)) if self._find else []

        try:
            found = explain_filter(find, rule, blocks=find(EVERY_BLOCK))
        except AIOSError as error:
            check()
            self.state, self.message = "away", f"{AWAY} {error}"
            return
        check()
        self.message = found.error
        self.explanation = found
        self.state = "known"


def _numbers(block: JSON) -> dict[str, float | None]:
    numbers: dict[str, float | None] = {"instances": float(len(real_instances(block)))}
    for name, (query, clause) in MEASURES.items():
        value = actual_value(query, clause, block)
        numbers[name] = float(value) if is_number(value) else None
    return numbers
