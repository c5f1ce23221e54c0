"""The simulated matcher counts shared word beginnings, says so, and is the same each time."""

import json

from hypothesis import given
from hypothesis import strategies as st

from aios_nb.emulator.engine.matching import match

CODE = {"id": "birch", "use_case": ["code-generation"], "tags": ["code"]}
VISION = {"id": "lynx", "use_case": ["chat", "multi-modal"]}


def prompt(query: str, *candidates: object) -> str:
    return f"Choose.\n\nCandidates: {json.dumps(candidates)}\n\nQuery: {query}\n\nAnswer in JSON."


def chosen(query: str, *candidates: object) -> str:
    answer = match(prompt(query, *candidates))
    assert answer is not None
    return str(json.loads(answer)["id"])


def test_the_candidate_that_shares_most_word_beginnings_is_chosen() -> None:

    assert "birch" == chosen("coding help", VISION, CODE)
    assert "lynx" == chosen("multi-modal chat", CODE, VISION)


def test_the_first_of_equals_is_chosen() -> None:

    assert "lynx" == chosen("nothing in common", VISION, CODE)


def test_the_answer_says_that_no_model_was_run_and_what_was_counted() -> None:
    answer = json.loads(match(prompt("multi-modal chat", CODE, VISION)) or "")

    assert "simulated: shares 3 word stems with the query; no model was run" == answer["note"]


def test_only_the_line_of_the_query_counts() -> None:
    text = prompt("code", VISION, CODE) + "\nmulti-modal multi-modal chat"

    assert "birch" == json.loads(match(text) or "")["id"]


def test_keys_are_no_words_of_a_candidate() -> None:

    assert "lynx" == chosen("use case", VISION, CODE)


def test_a_prompt_without_candidates_is_no_task_for_a_matcher() -> None:

    assert None is match("Tell me about [lists] and [1, 2].")


@given(st.text(), st.lists(st.text(min_size=1), min_size=1, unique=True))
def test_the_answer_names_a_candidate_and_is_the_same_again(query: str, ids: list[str]) -> None:
    candidates = [{"id": i} for i in ids]

    assert chosen(query, *candidates) in ids
    assert match(prompt(query, *candidates)) == match(prompt(query, *candidates))
