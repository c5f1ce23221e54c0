"""Lesson 06 compares its two matchers in a table: both choose what is written there."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from embedding_policy import FOLDER, choose, needs_model, policy
from shipped_policies import ROOT, shipped

from aios_nb import Condition, FilterRule, PolicyPackage, SelectionQuery, connect
from aios_nb.frames import scores

LESSON = json.loads((ROOT / "notebooks/06_match_with_an_llm.ipynb").read_text())
PROSE = next("".join(c["source"]) for c in LESSON["cells"] if c["id"] == "lesson-06-third")
ROWS = [row.strip("| ").split(" | ") for row in re.findall(r"^\|.*\|$", PROSE, re.MULTILINE)[2:]]
EVERY = FilterRule(block=Condition("id", "LIKE", "*"))


@pytest.fixture(scope="module")
def aios():
    with connect("emulator") as client:
        yield client


def test_the_table_has_four_wishes():

    assert [4] * 4 == [len(row) for row in ROWS]


def test_the_simulated_model_chooses_what_the_table_says(aios):
    uri = aios.deploy_policy(PolicyPackage.from_folder(FOLDER.parent / "llmmatcher"))
    asked = {"llm_block_id": "qwen3-32b-matcher", "llm_server_address": aios.endpoints.adhoc}
    queries = [SelectionQuery(uri, EVERY, user_query=r[0], parameters=asked) for r in ROWS]

    assert [row[1] for row in ROWS] == [aios.select_block(query)["id"] for query in queries]


@needs_model
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_embeddings_choose_what_the_table_says_by_the_cosine_it_says(row, aios):
    package = PolicyPackage.from_folder(FOLDER)
    run = package.run(aios.find_candidates(EVERY), parameters={"user_query": row[0]})
    cosine = scores(run.lines).iloc[0].item()

    assert row[2:] == [run.block_id, f"{cosine:.2f}"]


def test_the_second_wish_shares_no_word_with_any_block(aios):
    words = {w for block in aios.find_candidates(EVERY) for w in policy.words_of(block).split()}

    assert set() == words & set(ROWS[1][0].split())


@needs_model
def test_labels_that_lie_are_believed():
    honest, liar = shipped("birch-15b-code", "atlas-14b-chat")
    wish = "generate and explain code"
    before = choose([honest, liar], {"user_query": wish})["id"]
    liar["tags"] = wish.split()

    assert ["birch-15b-code", "atlas-14b-chat"] == [
        before,
        choose([honest, liar], {"user_query": wish})["id"],
    ]
