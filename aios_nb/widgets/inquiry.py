"""Asks AIOS about one filter rule after another, and no more than an edit has made unknown."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ..explanation import FilterExplanation, explain_filter
from ..query import Condition, FilterRule
from ..wire import JSON

Find = Callable[[FilterRule], Sequence[JSON]]
Blocks = Iterable[JSON] | Callable[[], Iterable[JSON]] | None
EVERY_BLOCK = FilterRule(block=Condition("id", "LIKE", "*"))
# Metrics move: what AIOS said about one condition is asked again after so long.
FRESH_S = 15.0
# What does not fit together: AIOS's answer to the whole rule and its answers to the parts.
MISFITS = {"moving-fleet", "odd-group"}


@dataclass(frozen=True)
class _Kept:
    """The blocks that passed a condition, and when AIOS said so."""

    found: tuple[JSON, ...]
    at_s: float


class Inquiry:
    """What AIOS has said so far, about the fleet and about single conditions.

    A whole rule is always asked. Its conditions are asked alone only if their answers are older
    than ``fresh_s``, or do not fit AIOS's answer to the whole rule; an edit changes one of many.

    Parameters
    ----------
    find
        Sends a filter rule to AIOS, such as ``aios.find_candidates``.
    blocks
        The fleet, or a function that returns it; ``None``: ``find`` is asked for every block.
    fresh_s
        How long an answer about a condition, and the fleet, may be used again, in seconds.
    """

    def __init__(self, find: Find, *, blocks: Blocks = None, fresh_s: float = FRESH_S) -> None:
        self._find, self._blocks, self._fresh_s = find, blocks, fresh_s
        self._kept: dict[str, _Kept] = {}
        self._fleet_at_s = float("-inf")
        self.fleet: tuple[JSON, ...] = ()
        if blocks is not None and not callable(blocks):
            self.fleet, self._fleet_at_s = tuple(blocks), float("inf")

    def forget(self) -> None:
        """Ask about everything anew; a fleet that was given as a list stays."""
        self._kept = {}
        if self._blocks is None or callable(self._blocks):
            self._fleet_at_s = float("-inf")

    def count(self, rule: FilterRule, check: Callable[[], None]) -> tuple[JSON, ...]:
        """Return the blocks that pass; the fleet, if not known at all, is read meanwhile.

        Parameters
        ----------
        check
            Raises if the answer is no longer wanted; called before each question.

        Raises
        ------
        AIOSError
            What ``find`` raises.
        """
        check()
        if self.fleet:
            return tuple(self._find(rule))
        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(self._read_fleet, check)
            try:
                return tuple(self._find(rule))
            finally:
                reading.result()

    def explain(
        self, rule: FilterRule, found: tuple[JSON, ...], check: Callable[[], None]
    ) -> FilterExplanation:
        """Return what each condition of a rule does, given the blocks that pass all of it.

        Raises
        ------
        AIOSError
            What ``find`` raises, except that AIOS said no to a part of the rule.
        """
        known = {block["id"] for block in self.fleet}
        if not self._is_fresh(self._fleet_at_s) or any(b["id"] not in known for b in found):
            self._read_fleet(check)
        began_s = time.monotonic()
        explanation = self._explained(rule, found, check)
        is_misfit = any(caution.code in MISFITS for caution in explanation.warnings)
        if is_misfit and any(kept.at_s < began_s for kept in self._kept.values()):
            self.forget()
            self._read_fleet(check)
            explanation = self._explained(rule, tuple(self._find(rule)), check)
        return explanation

    def _explained(
        self, rule: FilterRule, found: tuple[JSON, ...], check: Callable[[], None]
    ) -> FilterExplanation:
        now_s = time.monotonic()
        # The thread of an older rule may still be adding to it: a copy is taken in one go.
        before = tuple(self._kept.items())
        self._kept = {text: kept for text, kept in before if self._is_fresh(kept.at_s)}
        self._kept[_text(rule)] = _Kept(_ids(found), now_s)

        def ask(asked: FilterRule) -> Sequence[JSON]:
            text = _text(asked)
            kept = self._kept.get(text)
            if kept is None:
                check()
                kept = self._kept[text] = _Kept(_ids(self._find(asked)), now_s)
            return kept.found

        return explain_filter(ask, rule, blocks=self.fleet)

    def _is_fresh(self, at_s: float) -> bool:
        return time.monotonic() - at_s < self._fresh_s

    def _read_fleet(self, check: Callable[[], None]) -> None:
        check()
        asked_s = time.monotonic()
        blocks = self._blocks() if callable(self._blocks) else self._find(EVERY_BLOCK)
        self.fleet, self._fleet_at_s = tuple(blocks), asked_s


def _ids(blocks: Iterable[JSON]) -> tuple[JSON, ...]:
    """Return the blocks without their documents, which would be kept in vain."""
    return tuple({"id": block["id"]} for block in blocks)


def _text(rule: FilterRule) -> str:
    return json.dumps(rule.to_wire(), sort_keys=True)
