"""What the LLM matcher makes of replies: defects L7-L9 of contract §10."""

from __future__ import annotations

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llm_policy import chosen_for
from shipped_policies import FLEET, warnings

FORMS = {
    "object": '{"id": "finch-8b-chat"}',
    "object, other key": '{"blockId": "finch-8b-chat"}',
    "object in object": '{"selected_block": {"id": "finch-8b-chat"}}',
    "fenced": '```json\n{"id": "finch-8b-chat"}\n```',
    "fenced, no language": '```\n{"id": "finch-8b-chat"}\n```',
    "fenced on one line": '```json {"id": "finch-8b-chat"}```',
    "fenced, in prose": 'Here it is:\n```JSON\n{"id": "finch-8b-chat"}\n```\nDone.',
    "in prose": 'I choose {"id": "finch-8b-chat"} because it is small.',
    "the last of several": 'Not {"id": "atlas-14b-chat"}. Final: {"id": "finch-8b-chat"}',
    "string": '"finch-8b-chat"',
    "list": '["finch-8b-chat", "atlas-14b-chat"]',
    "list of objects": '[{"id": "finch-8b-chat"}]',
    "number": "2",
    "number as JSON": '{"number": 2}',
    "number as float": "2.0",
    "number in a list": "[2]",
    "number in words": "Candidate 2.",
    "bare id": "finch-8b-chat",
    "id in marks": "**finch-8b-chat**",
    "id in a sentence": "The best block is finch-8b-chat.",
    "id in the last line": "atlas-14b-chat is fast, finch-8b-chat small.\nfinch-8b-chat",
}


@pytest.mark.parametrize("form", FORMS)
def test_l7_understands_the_forms_of_a_reply(form):

    assert chosen_for(FORMS[form]) == "finch-8b-chat"


USELESS = {
    "empty": "",
    "blanks": " \n ",
    "prose": "All of them are good.",
    "several": "atlas-14b-chat or finch-8b-chat",
    "unknown id": '{"id": "gpt-5"}',
    "part of an id": "finch-8b",
    "number 0": "0",
    "number too large": "3",
    "negative": "-1",
    "boolean": "true",
    "null": "null",
    "empty list": "[]",
    "empty object": "{}",
    "half an object": '{"id": "fin',
    "brackets": "[" * 5000,
}


@pytest.mark.parametrize("kind", USELESS)
def test_l7_a_useless_reply_falls_back_to_the_ranking_and_says_why(kind, capsys):
    chosen = chosen_for(USELESS[kind])

    assert chosen == "atlas-14b-chat"
    (warning,) = warnings(capsys)
    assert "Fallback to the attribute ranking, 'atlas-14b-chat': the reply" in warning


IDS = st.lists(st.sampled_from(FLEET), min_size=1, unique=True)


@given(st.text(), IDS)
def test_l7_no_reply_breaks_the_reader_or_makes_it_invent_a_block(reply, ids):
    reading = sys.modules["llmmatcher.reply"]
    try:
        chosen = reading.read_choice(reply, ids)
    except sys.modules["llmmatcher.refusal"].NoChoice:
        chosen = None

    assert chosen in (None, *ids)


@pytest.mark.parametrize(
    "thought",
    [
        "<think>\natlas-14b-chat? No: {}\n</think>\n\n",
        'atlas-14b-chat: {"id": "atlas-14b-chat"}</think>',
        "<think>1</think><think>again 1</think>",
    ],
)
def test_l8_what_the_model_thinks_aloud_is_no_answer(thought):

    assert chosen_for(thought + '{"id": "finch-8b-chat"}') == "finch-8b-chat"


def test_l8_a_thought_without_end_is_no_answer(capsys):

    assert chosen_for('<think>maybe {"id": "finch-8b-chat"}') == "atlas-14b-chat"
    assert len(warnings(capsys)) == 1


@pytest.mark.parametrize("key", ["reply", "message", "generated", "answer"])
@pytest.mark.parametrize("wrap", [lambda text: text, lambda text: [text], lambda text: ["", text]])
def test_l9_finds_the_text_where_the_block_puts_it(key, wrap):

    assert chosen_for(wrap('{"id": "finch-8b-chat"}'), key=key) == "finch-8b-chat"


def test_l9_data_may_be_json_in_a_string():
    answer = {"data": json.dumps({"reply": "finch-8b-chat"})}

    assert chosen_for(answer) == "finch-8b-chat"
