"""Why each block did or did not become a candidate: AIOS is asked about every part of the rule."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from ..errors import ServiceError
from ..query import FilterRule
from ..wire import JSON
from .missing import missing_values
from .tree import Node, composition, roots
from .verdicts import Caution, ClauseVerdict, FilterExplanation

Find = Callable[[FilterRule], Sequence[JSON]]
Ids = frozenset[str]
WORKERS = 4


def explain_filter(
    find: Find, rule: FilterRule, *, blocks: Iterable[JSON], workers: int = WORKERS
) -> FilterExplanation:
    """Return how the blocks became candidates, each verdict AIOS's own.

    Every condition is sent alone, and so is every group whose members do not tell; then the
    whole rule. Equal questions are asked once. Nothing here needs pandas or a client.

    Parameters
    ----------
    find
        Sends a rule to AIOS and returns the blocks that pass, such as ``aios.find_candidates``.
    rule
        The rule to take apart.
    blocks
        The blocks to look at, as ``find`` returns them, with their metrics: for example
        ``find(FilterRule(block=Condition("id", "LIKE", "*")))``.
    workers
        How many questions are under way at once; 1 for a ``find`` that no two threads may call.

    Returns
    -------
    FilterExplanation
        ``.clauses`` (how many blocks each removes, how many candidates there were without it),
        ``.candidates``, ``.total``, ``.near_misses``, ``.blocks``, ``.warnings``. What AIOS
        refuses to evaluate is told in ``.error``, and in the clause's.

    Raises
    ------
    AIOSError
        What ``find`` raises, except that AIOS said no to a rule.

    Examples
    --------
    >>> from aios_nb import Condition
    >>> fleet = [{"id": "a", "size": 78.4}, {"id": "b", "size": 80}]
    >>> rule = FilterRule(block=Condition("size", ">=", 80))
    >>> found = explain_filter(lambda _: fleet[1:], rule, blocks=fleet)
    >>> print(found.clauses[0].removed, *found.candidates, *found.near_misses)
    1 b a: size 78.4 < 80; without this condition 2 blocks remain
    """
    trees = roots(rule)
    asked = {n.place: n.rule(rule.match_type) for tree in trees for n in tree.walk() if n.is_asked}
    answers = _ask_all(find, {**asked, "": rule}, workers)
    documents = {block["id"]: block for block in blocks}  # read last: it may be on its way
    whole = answers.pop("")
    board = _Board(trees, composition(rule), frozenset(documents), answers)
    candidates = tuple(block_id for block_id in whole.ids if block_id in documents)
    clauses = tuple(board.verdicts())
    warnings = _refusal(board, whole.error) if whole.error else _warnings(board, whole.ids)
    silent = missing_values(clauses, documents, candidates)
    return FilterExplanation(
        rule, clauses, candidates, (*warnings, *silent), documents, whole.error
    )


@dataclass(frozen=True)
class _Answer:
    """What AIOS answered to one rule: the ids of blocks, in its order, or a no.

    The documents are let go at once: kept, they would make every garbage collection slower.
    """

    ids: tuple[str, ...] = ()
    error: str = ""


def _ask_all(find: Find, rules: Mapping[str, FilterRule], workers: int) -> dict[str, _Answer]:
    """Ask each different rule once, some at a time; return an answer per place."""
    texts = {place: json.dumps(rule.to_wire(), sort_keys=True) for place, rule in rules.items()}
    different = {text: rules[place] for place, text in texts.items()}
    with ThreadPoolExecutor(max(1, workers)) as pool:
        answers = pool.map(lambda one: _ask(find, one), different.values())
        found = dict(zip(different, answers, strict=True))
    return {place: found[text] for place, text in texts.items()}


def _ask(find: Find, rule: FilterRule) -> _Answer:
    try:
        return _Answer(tuple(block["id"] for block in find(rule)))
    except ServiceError as error:
        return _Answer(error=str(error))


@dataclass(frozen=True)
class _Board:
    """All answers of AIOS, and what they add up to."""

    trees: tuple[Node, ...]
    join: str
    fleet: Ids
    answers: Mapping[str, _Answer]
    passing: dict[str, Ids] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for tree in self.trees:
            self._pass(tree)

    def _pass(self, node: Node) -> Ids:
        below = [self._pass(member) for member in node.members]
        asked = self.answers.get(node.place)
        ids = self.fleet.intersection(asked.ids) if asked else self._joined(node.operator, below)
        self.passing[node.place] = ids
        return ids

    def _joined(self, operator: str, sets: Iterable[Ids]) -> Ids:
        sets = list(sets)
        if not sets:
            return self.fleet
        return frozenset.intersection(*sets) if operator == "AND" else frozenset.union(*sets)

    def expected(self, without: Node | None = None) -> Ids:
        """Return the candidates that the answers add up to, one clause left out if wanted."""
        sets = [s for tree in self.trees if (s := self._rest(tree, without)) is not None]
        return self._joined(self.join, sets)

    def _rest(self, node: Node, without: Node | None) -> Ids | None:
        if node is without:
            return None
        if without is None or not without.place.startswith(f"{node.place}."):
            return self.passing[node.place]
        sets = [s for m in node.members if (s := self._rest(m, without)) is not None]
        return self._joined(node.operator, sets) if sets else None

    def is_sum_of_members(self, node: Node) -> bool:
        members = (self.passing[member.place] for member in node.members)
        return not node.members or self._joined(node.operator, members) == self.passing[node.place]

    def refused(self) -> list[str]:
        """Return the places of the clauses that AIOS cannot evaluate."""
        return [place for place, answer in self.answers.items() if answer.error]

    def odd_groups(self) -> list[Node]:
        """Return the groups that AIOS takes for something else than their members say."""
        nodes = (node for tree in self.trees for node in tree.walk())
        refused = self.refused()
        return [n for n in nodes if n.place not in refused and not self.is_sum_of_members(n)]

    def requirements(self) -> list[Node]:
        if self.join == "OR":
            return []
        return [node for tree in self.trees for node in tree.requirements()]

    def verdicts(self) -> Iterable[ClauseVerdict]:
        needed = self.requirements()
        missed = [self.fleet - self.passing[node.place] for node in needed]
        once = _in_exactly_one(missed)
        alone = {n.place: len(ids & once) for n, ids in zip(needed, missed, strict=True)}
        odd = [group.place for group in self.odd_groups()]
        refused = self.refused()
        for node in (node for tree in self.trees for node in tree.walk()):
            is_open = any(node.place.startswith(f"{place}.") for place in odd)
            # A clause that AIOS refuses makes it refuse every rule that still holds it.
            is_open |= not all(f"{place}.".startswith(f"{node.place}.") for place in refused)
            answer = self.answers.get(node.place)
            yield ClauseVerdict(
                node,
                self.passing[node.place],
                removed=len(self.fleet) - len(self.passing[node.place]),
                candidates_without=None if is_open else len(self.expected(without=node)),
                only_obstacle_for=alone.get(node.place, 0),
                is_required=node.place in alone,
                error=answer.error if answer else "",
            )


def _in_exactly_one(sets: Iterable[Ids]) -> Ids:
    seen: set[str] = set()
    twice: set[str] = set()
    for ids in sets:
        twice |= seen & ids
        seen |= ids
    return frozenset(seen - twice)


def _refusal(board: _Board, error: str) -> Iterable[Caution]:
    refused = board.refused()
    where = f" because of {', '.join(refused[:5])}" if refused else ""
    yield Caution("filter-refused", f"AIOS could not evaluate the filter{where}: {error}")


def _warnings(board: _Board, candidates: Iterable[str]) -> Iterable[Caution]:
    if board.join == "OR":
        yield Caution(
            "union",
            "the block query is an OR at its top, so AIOS takes metrics and clusters for further "
            "alternatives: a block that passes any one part is a candidate; put the OR inside an "
            "AND (block=Group('AND', (your_or,)))",
        )
    for group in board.odd_groups():
        yield Caution(
            "odd-group",
            f"AIOS answers {group.place} otherwise than its members together: of an AND inside a "
            "metrics OR it keeps the last condition only; write the alternatives flat",
        )
    strays = board.expected().symmetric_difference(candidates)
    if strays:
        yield Caution(
            "moving-fleet",
            f"AIOS's answer to the whole rule and its answers to the parts differ for "
            f"{', '.join(sorted(strays)[:5])}: metrics changed between the questions; ask again",
        )
