"""What missing values do in silence: they pass "less than", and a wrong path finds nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from ..query import MetricCondition
from ..wire import JSON
from .actual import actual_value
from .verdicts import Caution, ClauseVerdict

SHOWN = 5
LESS = ("<", "<=")
WIPED = (  # contract §14, T44
    "no block has live metrics at all: AIOS empties them every half hour, and instances report "
    "again within 30 s, so ask again; if it stays so, nothing runs"
)


def missing_values(
    clauses: Iterable[ClauseVerdict], documents: Mapping[str, JSON], candidates: Collection[str]
) -> Iterator[Caution]:
    """Yield a caution for each condition that missing values decide.

    Parameters
    ----------
    clauses
        AIOS's verdicts.
    documents
        All blocks by id, with their metrics.
    candidates
        Ids of the blocks that pass the whole rule.
    """
    leaves = [one for one in clauses if not one.node.is_group and not one.error]
    measured = [leaf for leaf in leaves if leaf.node.query == "metrics"]
    if measured and documents and not any(map(_is_live, documents.values())):
        yield Caution("no-metrics", WIPED)
        leaves = [leaf for leaf in leaves if leaf not in measured]
    for clause in leaves:
        if not clause.passing:
            yield from _nowhere(clause, documents)
        elif _is_less(clause):
            yield from _passing(clause, documents, candidates)


def _nowhere(clause: ClauseVerdict, documents: Mapping[str, JSON]) -> Iterator[Caution]:
    blocks = documents.values()
    if not documents or not all(_lacks(clause, block) for block in blocks):
        return
    yield Caution(
        "no-such-value",
        f"at {_path(clause)} AIOS finds no value in any block, so {clause.text} is true of none; "
        "is the path right? lint(rule) tells, and with fields=fields_of(blocks) compares it with "
        "this fleet's own fields",
    )


def _passing(
    clause: ClauseVerdict, documents: Mapping[str, JSON], candidates: Collection[str]
) -> Iterator[Caution]:
    among = [one for one in candidates if one in clause.passing]
    empty = [one for one in among if _lacks(clause, documents[one])]
    if not empty:
        return
    more = f" and {len(empty) - SHOWN} more" if len(empty) > SHOWN else ""
    yield Caution(
        "missing-passes",
        f"{clause.text} lets {', '.join(empty[:SHOWN])}{more} pass without a value: AIOS takes "
        "what is missing for less than any number; demand >= 0 of the same target, too",
    )


def _is_live(block: JSON) -> bool:
    return bool((block.get("metrics") or {}).get("instances"))


def _is_less(clause: ClauseVerdict) -> bool:
    condition = clause.node.clause
    return isinstance(condition, MetricCondition) and condition.operator in LESS


def _lacks(clause: ClauseVerdict, block: JSON) -> bool:
    return actual_value(clause.node.query, clause.node.clause, block) is None


def _path(clause: ClauseVerdict) -> str:
    wire = clause.node.clause.to_wire()
    return str(wire.get("variable") or wire.get("target"))
