"""llmmatcher: an AIOS policy that lets a language model choose the block for a query in words.

It answers the same call as attributebasedrouter: a list of candidates in, one candidate out.

1. Rank the candidates by attributes (GOALS); those without a live instance come last.
2. Summarise the first of them: labels and numbers only. Free text of a block's owner is never
   shown to the model, so that no instruction can hide in it.
3. Ask the model, in limited time: a block through AIOS's ad-hoc server, by its id and in a session
   of its own, or any server that speaks OpenAI's chat completions.
4. Read the reply, whatever its form, and accept it only if it names a candidate that was shown.
5. If any of 3 and 4 fails, log why and take the first of the ranking.

Parameters of the call, of the registration, or settings, in this order:

user_query (or query_string)     what is wanted, in words
llm_block_id, llm_server_address the block to ask, and the ad-hoc server's address
openai_base_url, openai_api_key, openai_model
                                 or a server of the other kind; also from the environment
                                 (OPENAI_BASE_URL, OPENAI_API_KEY, OPENAI_MODEL)
time_limit_s, max_candidates     20 s for the model's answer; 12 summaries
selection_query                  its optimization_goals weight the ranking
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any

# AIOS imports this file by its path, and adds nothing to sys.path.
sys.path.insert(0, str(Path(__file__).parent))

from llmmatcher.model import Model
from llmmatcher.ranking import rank, read_goals
from llmmatcher.refusal import NoChoice, refuse
from llmmatcher.reply import read_choice
from llmmatcher.summary import prompt_for, shortlist, summary
from llmmatcher.values import JSON, is_number

TIME_LIMIT_S, MAX_CANDIDATES, QUERY_LENGTH = 20.0, 12, 1000


class AIOSv1PolicyRule:
    """The class that AIOS looks for."""

    def __init__(self, rule_id: str, settings: JSON | None, parameters: JSON | None) -> None:
        self.settings = settings or {}
        self.parameters = parameters or {}
        self.log = open_log(rule_id)

    def eval(self, parameters: JSON | None, input_data: list[JSON], context: Any = None) -> JSON:
        """Return the candidate that the model chose, else the first of the ranking, as it came.

        Raises
        ------
        PolicyError
            There is no candidate, no query, or nobody to ask.
        """
        sources = (parameters or {}, self.parameters, self.settings)
        options = {k: v for source in reversed(sources) for k, v in source.items() if v is not None}
        goals, ignored = read_goals(options.get("selection_query"))
        if ignored:
            self.log.warning("Goals ignored in the ranking: %.200r", ignored)
        ranked = rank(self._candidates(input_data), goals)
        query = read_query(options)
        model = Model(options, own=parameters or {})
        limit_s = positive(options, "time_limit_s", TIME_LIMIT_S)
        most = int(positive(options, "max_candidates", MAX_CANDIDATES))
        shown = shortlist(ranked, most, model.block_id)
        try:
            chosen = self._choose(query, shown, model, limit_s)
        except NoChoice as reason:
            chosen = ranked[0]
            text = "Fallback to the attribute ranking, '%s': %s"
            self.log.warning(text, chosen["id"], reason)
        self.log.info("Best candidate selected: %s", chosen["id"])
        return dict(chosen)

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

    def _choose(self, query: str, shown: list[JSON], model: Model, limit_s: float) -> JSON:
        if not shown:
            raise NoChoice("no candidate has an id that can be shown to a model")
        if len(shown) == 1:
            self.log.info("One candidate is left: no model is asked.")
            return shown[0]
        summaries = [summary(c, n) for n, c in enumerate(shown, 1)]
        self.log.info("Asking %s about %d candidates.", model.name, len(shown))
        reply = model.ask(prompt_for(query, summaries), limit_s)
        self.log.info("Reply of %s: %s", model.name, json.dumps(reply[-300:]))
        chosen = read_choice(reply, [c["id"] for c in shown])
        return next(c for c in shown if c["id"] == chosen)


def read_query(options: JSON) -> str:
    query = options.get("user_query") or options.get("query_string")
    if not isinstance(query, str) or not query.strip():
        refuse("user_query", query, "what is wanted, in words (query_string is read, too)")
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
