"""Tables of what AIOS answered: the one place that uses pandas."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from statistics import fmean
from typing import Any, Protocol
from urllib.parse import urlsplit

from pandas import DataFrame as DataFrame  # figures.py names it in signatures
from pandas import MultiIndex

from .policy_log import LoggedScore, read_score
from .query import FilterRule
from .table import Table
from .wire import JSON
from .wording import condition_text

Find = Callable[[FilterRule], Sequence[JSON]]
CANDIDATE = ("answer", "candidate")
FINAL = ("", "final")
# Where documents hold what a reader wants to see (contract §6.3, §6.7).
FACTS = {
    "use case": "component.componentMetadata.usecase",
    "streaming": "component.componentMetadata.capabilities.supportsStreaming",
    "MMLU": "component.componentMetadata.evaluation.benchmarks.MMLU.value",
    "ARC": "component.componentMetadata.evaluation.benchmarks.ARC-Challenge.value",
}
MEASURES = {
    "uptime h": "uptime_hours",
    "tokens/s": "llm_tokens_per_second",
    "sessions": "llm_active_sessions",
    "queue": "queue_length.average_1m",
}


class Exchange(Protocol):
    """One HTTP call as the client's history keeps it."""

    @property
    def service(self) -> str: ...
    @property
    def method(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def status(self) -> int | None: ...
    @property
    def received(self) -> Any: ...


def candidates(blocks: Iterable[JSON]) -> DataFrame:
    """Return one row per block: what it is, and how it is doing.

    Parameters
    ----------
    blocks
        Candidates as ``find_candidates`` returns them, with their metrics attached.

    Returns
    -------
    DataFrame
        Indexed by block id, in the order received. Measures are means over the entries that
        report them, as AIOS's ``avg`` computes them, rounded to one decimal; what a block does
        not report stays empty.

    Examples
    --------
    >>> block = {"id": "a", "metrics": {"instances": [{"uptime_hours": 3.46}]}}
    >>> print(candidates([block])["uptime h"].to_string())
    block
    a    3.5
    """
    rows = {block["id"]: _facts(block) | _measures(block) for block in blocks}
    table = Table.from_dict(rows, orient="index", columns=[*FACTS, *MEASURES, "instances"])
    return _without_gaps(table.rename_axis("block"))


def conditions(rule: FilterRule, *, find: Find, blocks: Iterable[JSON]) -> DataFrame:
    """Return the truth table of a filter rule: one row per block, one column per condition.

    Every column is AIOS's own answer: each condition is sent alone, then the whole rule.

    Parameters
    ----------
    rule
        The rule to take apart.
    find
        Sends a rule to AIOS, for example ``aios.find_candidates``. Called once per condition and
        once for the whole rule.
    blocks
        The blocks to ask about, for example all of them.

    Returns
    -------
    DataFrame
        Booleans, indexed by block id. Columns are pairs (query and how its conditions are
        joined, condition); the last column is ``("answer", "candidate")``.

    Raises
    ------
    AIOSError
        Whatever ``find`` raises.
    """
    alone = {column: find(single) for column, single in _single_rules(rule)}
    passing = {c: _ids(found) for c, found in (alone | {CANDIDATE: find(rule)}).items()}
    rows = {block["id"]: [block["id"] in ids for ids in passing.values()] for block in blocks}
    columns = MultiIndex.from_tuples(list(passing))
    return Table.from_dict(rows, orient="index", columns=columns).rename_axis("block")


def scores(lines: Iterable[str]) -> DataFrame:
    """Return one row per candidate, read from the policy's log lines, best score first.

    Parameters
    ----------
    lines
        Log lines of the policy executor. Those that carry no final score are skipped, and of two
        lines about one candidate the later counts.

    Returns
    -------
    DataFrame
        Indexed by block id. Columns are pairs: each goal with its weight holds the raw metrics
        and the goal's score between 0 and 1; ``("", "final")`` is the sum of weight x score.
        Policies that log nothing but the final score give that column alone.

    Examples
    --------
    >>> print(scores(["Candidate 'a' - Final Score: 0.9000"])[("", "final")].to_string())
    block
    a    0.9
    """
    found = [score for score in map(read_score, lines) if score]
    rows = {score.block_id: _score_row(score) for score in found}
    columns = list(dict.fromkeys(column for row in rows.values() for column in row)) or [FINAL]
    columns.sort(key=lambda column: column == FINAL)
    cells = [[row.get(column) for column in columns] for row in rows.values()]
    table = Table(cells, index=list(rows), columns=MultiIndex.from_tuples(columns))
    table = table.sort_index().sort_values(FINAL, ascending=False, kind="stable")
    return _without_gaps(table.rename_axis("block"))


def history(exchanges: Iterable[Exchange]) -> DataFrame:
    """Return one row per HTTP call: where it went and what came back, without the times."""
    rows = [
        {
            "service": exchange.service,
            "call": f"{exchange.method} {urlsplit(exchange.url).path}",
            "status": exchange.status,
            "answer": shorten(exchange.received, 60),
        }
        for exchange in exchanges
    ]
    return Table(rows, columns=["service", "call", "status", "answer"])


def shorten(value: Any, width: int) -> str:
    """Return ``value`` as text on one line of at most ``width`` characters."""
    text = re.sub(r"\s+", " ", value if isinstance(value, str) else repr(value))
    return text if len(text) <= width else text[: width - 1] + "…"


def _score_row(score: LoggedScore) -> dict[tuple[str, str], Any]:
    row: dict[tuple[str, str], Any] = {}
    for goal in score.goals:
        name = f"{goal['name']} x {goal['weight']:g}"
        for metric, value in goal["metrics"].items():
            row[name, metric] = _rounded(value["raw"], 2)
        row[name, "score"] = round(goal["score"], 4)
    return row | {FINAL: score.final}


def _rounded(value: Any, digits: int) -> Any:
    return value if value is None else round(value, digits)


def _without_gaps(table: DataFrame) -> DataFrame:
    """Return the table with empty text for what is missing, so that it reads well."""
    return table.astype(object).where(table.notna(), "")


def _single_rules(rule: FilterRule) -> Iterator[tuple[tuple[str, str], FilterRule]]:
    """Yield each condition of a rule as a rule of its own, with its column."""
    wire = rule.to_wire()
    for query, tree in wire["filter"].items():
        for join, leaf in _leaves(tree, "AND"):
            alone = {"logicalOperator": "AND", "conditions": [leaf]}
            column = (f"{query}: {'all' if join == 'AND' else 'any'} of", condition_text(leaf))
            yield column, FilterRule.from_wire({**wire, "filter": {query: alone}})


def _leaves(node: JSON, join: str) -> Iterator[tuple[str, JSON]]:
    if "conditions" not in node:
        yield join, node
    for child in node.get("conditions", []):
        yield from _leaves(child, node["logicalOperator"])


def _ids(blocks: Iterable[JSON]) -> set[str]:
    return {block["id"] for block in blocks}


def _facts(block: JSON) -> JSON:
    return {name: _at(block, path) for name, path in FACTS.items()}


def _measures(block: JSON) -> JSON:
    entries = (block.get("metrics") or {}).get("instances", [])
    real = [entry for entry in entries if entry.get("instanceId") != "executor"]
    means = {name: _mean(entries, path) for name, path in MEASURES.items()}
    return means | {"instances": len(real)}


def _mean(entries: Iterable[JSON], path: str) -> float | None:
    values = [_at(entry, path) for entry in entries]
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    return round(fmean(numbers), 1) if numbers else None


def _at(document: Any, path: str) -> Any:
    for part in path.split("."):
        document = document.get(part) if isinstance(document, dict) else None
    return document
