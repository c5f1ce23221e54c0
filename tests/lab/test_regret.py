"""What the choice cost: every candidate answers, and those that do not are told apart."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from aios_nb import AIOSClient, InferenceRequest, InferenceResult, PayloadError, SelectionQuery
from aios_nb.lab import Regret, regret
from aios_nb.lab.regret import Outcome, count_tokens

SILENT = "aspen-22b-chat"  # a candidate of the guide's query without a live instance


@pytest.fixture
def slow_atlas(aios: AIOSClient) -> Iterator[None]:
    url = f"{aios.emulator.url}/_emulator/latency/atlas-14b-chat"
    requests.put(url, json={"seconds": 0.3}, timeout=10)
    yield
    requests.delete(url, timeout=10)


@pytest.fixture
def found(aios: AIOSClient, query: SelectionQuery, slow_atlas: None) -> Regret:
    return regret(aios, InferenceRequest(message="Name three birds", selection_query=query))


def test_a_slow_winner_is_regretted(found: Regret) -> None:

    assert "atlas-14b-chat" == found.chosen
    assert found.seconds is not None
    assert 0.25 < found.seconds < 5
    assert "atlas-14b-chat" != found.ranking[0].block_id


def test_all_candidates_are_asked_and_one_without_an_answer_comes_last(
    aios: AIOSClient, query: SelectionQuery, found: Regret
) -> None:
    ids = [block["id"] for block in aios.find_candidates(query.filter_rule)]

    assert ids == [outcome.block_id for outcome in found.outcomes]
    assert SILENT == found.ranking[-1].block_id
    assert found.ranking[-1].failure


def test_every_block_is_asked_in_a_session_of_its_own(aios: AIOSClient, found: Regret) -> None:
    asked = [x.sent for x in aios.history if x.url.endswith("/v1/infer")][-len(found.outcomes) :]

    assert len(found.outcomes) == len({sent["session_id"] for sent in asked})
    assert [o.block_id for o in found.outcomes] == [sent["model"] for sent in asked]


def test_the_table_marks_the_chosen_block(found: Regret) -> None:
    table = found.table()

    assert ["atlas-14b-chat"] == list(table.index[table["chosen"]])
    assert "" == table.loc[SILENT, "seconds"]


def test_tokens_are_counted_against_the_tersest() -> None:
    outcomes = (Outcome("a", 1.0, 50), Outcome("b", 0.5, 80), Outcome("c", failure="silent"))

    assert (30, 0.0) == (Regret("b", outcomes).tokens, Regret("b", outcomes).seconds)
    assert "c was chosen and gave no answer: silent" == str(Regret("c", outcomes))


def test_words_and_marks_of_an_answer_count_its_thoughts_too() -> None:
    answer = {"data": {"reply": "<think>Hm.</think>Hello, you!"}, "session_id": "s", "seq_no": 1}

    assert 6 == count_tokens(InferenceResult.from_wire(answer))


def test_a_request_without_a_query_has_no_choice_to_judge(aios: AIOSClient) -> None:
    with pytest.raises(PayloadError, match="regret needs a choice to judge"):
        regret(aios, InferenceRequest(message="Hello", model="atlas-14b-chat"))


def test_a_chosen_block_that_is_the_best_is_called_so() -> None:
    outcomes = (Outcome("a", 1.0, 30), Outcome("b", 2.0, 40))

    assert "a was chosen: the fastest, and the tersest of 2 candidates" == str(
        Regret("a", outcomes)
    )
    assert (
        "b was chosen: 1.0 s slower than a, the fastest, and 10 tokens more than the tersest of 2 "
        "candidates"
    ) == str(Regret("b", outcomes))


def test_what_is_no_request_is_refused(aios: AIOSClient, query: Any) -> None:
    with pytest.raises(PayloadError, match="expected an InferenceRequest"):
        regret(aios, query)
