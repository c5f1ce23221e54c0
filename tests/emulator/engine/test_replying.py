"""What simulated blocks answer, and that they say so."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aios_nb.emulator.engine.replying import Silence, outputs, reply
from aios_nb.emulator.world import World

FIXTURES = Path(__file__).parents[3] / "fixtures"
ATLAS = "atlas-14b-chat"


@pytest.fixture
def fleet() -> Iterator[World]:
    world = World()
    world.load_fleet(FIXTURES)
    yield world
    world.close()


def ask(world: World, data: Any, block_id: str = ATLAS, session_id: str = "s") -> Any:
    block = world.block(block_id) or {"id": block_id}
    return asyncio.run(reply(world, block, data, session_id=session_id, seq_no=1))


def chat(text: str, **fields: Any) -> dict[str, Any]:
    return {"mode": "chat", "message": text, **fields}


def test_a_reply_uses_the_message_and_the_blocks_names(fleet: World) -> None:
    text = ask(fleet, chat("What is {block_id}?"))["reply"]

    assert text.startswith(f"(Simulated reply of {ATLAS}: no model was run.)")
    assert "What is {block_id}?" in text
    assert "atlas-14b would" in text


def test_every_block_of_the_fleet_says_that_it_is_simulated(fleet: World) -> None:
    said = []
    for block in list(fleet.blocks):
        try:
            said.append(json.dumps(ask(fleet, chat("hello"), block["id"])))
        except Silence:
            continue

    assert len(said) > 10
    assert all("simulated" in text.lower() for text in said)


def test_a_template_that_hides_the_simulation_is_put_right(fleet: World) -> None:
    fleet.replies[ATLAS] = {"text": "I am a real model. {message}"}

    assert ask(fleet, chat("hi"))["reply"].startswith("(Simulated reply: no model was run.) I am")


def test_a_block_without_a_profile_or_metrics_answers(fleet: World) -> None:
    fleet.blocks.insert({"id": "new"})

    assert {"reply": "(Simulated reply of new: no model was run.) You asked: hi"} == ask(
        fleet, chat("hi"), "new"
    )


@pytest.mark.parametrize(
    ("instances", "answers"),
    [
        ([], False),
        ([{"instanceId": "executor"}], False),
        ([{"instanceId": "executor"}, {"instanceId": "in-1"}], True),
    ],
)
def test_a_block_answers_only_with_a_live_instance(
    fleet: World, instances: Any, answers: bool
) -> None:
    fleet.blocks.insert({"id": "new"})
    fleet.metrics.insert({"blockId": "new", "instances": instances})

    if answers:
        assert "hi" in ask(fleet, chat("hi"), "new")["reply"]
    else:
        with pytest.raises(Silence, match="no live instance"):
            ask(fleet, chat("hi"), "new")


def test_a_wipe_of_metrics_leaves_the_blocks_as_alive_or_dead_as_they_were(fleet: World) -> None:
    fleet.blocks.insert({"id": "new"})
    fleet.metrics.insert({"blockId": "new", "instances": [{"instanceId": "executor"}]})
    fleet.metrics.wipe()
    fleet.metrics.wipe(keep_executor=True)

    assert "hi" in ask(fleet, chat("hi"))["reply"]
    with pytest.raises(Silence, match="no live instance"):
        ask(fleet, chat("hi"), "new")


def test_metrics_written_after_a_wipe_tell_who_lives(fleet: World) -> None:
    fleet.metrics.wipe(ATLAS)
    bare = fleet.metrics.first(blockId=ATLAS)
    fleet.metrics.replace(bare, {**bare, "instances": [{"instanceId": "executor"}]})

    with pytest.raises(Silence, match="no live instance"):
        ask(fleet, chat("hi"))


@pytest.mark.parametrize(
    "data",
    [
        {"mode": "chat"},
        {"mode": "chat", "messages": [{"role": "user", "content": "hi"}]},
        {"mode": "dance", "message": "hi"},
        {"mode": "completion", "prompt": "hi"},
        chat("hi", gen_params={"max_new_tokens": 5}),
        chat("hi", gen_params={"repetition_penalty": 1.1}),
        chat("hi", gen_params={"do_sample": True}),
        chat("hi", gen_params=[1]),
        {"prompt": "hi", "num_sequences": "3"},
        {"prompt": "hi", "num_sequences": None},
        {"inputs": []},
        {"inputs": "hi"},
        {"inputs": [chat("hi", gen_params={"do_sample": True})]},
    ],
)
def test_data_that_a_block_fails_on_is_never_answered(fleet: World, data: Any) -> None:

    with pytest.raises(Silence):
        ask(fleet, data)


def test_a_failing_block_logs_the_reason_in_its_instance(fleet: World) -> None:
    with pytest.raises(Silence):
        ask(fleet, {"mode": "chat"})
    (line,) = fleet.logs.lines

    assert ("blocks", "instance") == (line.labels["namespace"], line.labels["container"])
    assert line.labels["pod"].startswith(f"{ATLAS}-in-")
    assert "ERROR:__main__:[Llama\u2011CPP Inference Error] 'message'" == line.text


@pytest.mark.parametrize(
    ("data", "prompt"),
    [
        (chat("hi", gen_params={"temperature": 0.1, "max_tokens": 9}), "hi"),
        ({"reply": "from another block"}, "from another block"),
        ({"inputs": [chat("one"), chat("two")]}, "one"),
        ({"inputs": [{"mode": "chat", "message": {"reply": "piped"}}]}, "piped"),
        ("plain", "plain"),
        ([{"role": "user"}], "[{'role': 'user'}]"),
        (5, "5"),
        ({"message": "no mode"}, '""'),
        ({"inputs": [{"mode": "chat"}, chat("the first that works")]}, "the first that works"),
        ({"inputs": [{"mode": "chat", "reply": "chained"}]}, "chained"),
        (chat("hi", gen_params=None), "hi"),
        (chat("hi", gen_params={"do_sample": None}), "hi"),
        ({"prompt": "finish this"}, "finish this"),
        ({"mode": "generate", "prompt": "go on"}, "go on"),
        ({"mode": "embed", "text": "ignored"}, '""'),
    ],
)
def test_what_a_block_takes_for_the_prompt(fleet: World, data: Any, prompt: str) -> None:
    fleet.replies[ATLAS] = {"text": 'Simulated: "{message}"'}
    expected = 'Simulated: ""' if prompt == '""' else f'Simulated: "{prompt}"'

    assert {"reply": expected} == ask(fleet, data)


def test_a_batch_sends_one_reply_per_item(fleet: World) -> None:
    data = {"inputs": [chat("one"), chat("two")]}
    block = fleet.block(ATLAS)
    assert block
    sent = asyncio.run(outputs(fleet, block, data, session_id="s", seq_no=1))

    assert 2 == len(sent)
    assert "two" in sent[1]["reply"]


def test_several_sequences_make_the_reply_a_list(fleet: World) -> None:
    answer = ask(fleet, {"prompt": "go on", "num_sequences": 3})

    assert 3 == len(answer["reply"])


def test_a_block_that_takes_messages_reads_texts_and_pictures(fleet: World) -> None:
    fleet.replies["gemma3-27b-vision"] = {"text": "Simulated: {message}, {images} picture(s)"}
    content = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "data:,x"}},
    ]
    data = {"mode": "chat", "messages": [{"role": "user", "content": content}]}

    answer = ask(fleet, data, "gemma3-27b-vision")
    assert {"reply": "Simulated: What is this?, 1 picture(s)"} == answer


@pytest.mark.parametrize(
    ("block_id", "data", "key"),
    [
        ("cedar-34b-batch", {"mode": "completions", "message": "hi"}, "message"),
        ("cedar-34b-batch", {"message": "hi", "gen_params": {"max_new_tokens": 1}}, "message"),
        ("kite-2b-rag", {"mode": "generate", "query": "hi"}, "generated"),
        ("kite-2b-rag", {"mode": "embed", "text": "hi"}, "embedding"),
        ("kite-2b-rag", {"mode": "tokens", "text": "hi"}, "tokens"),
        ("kite-2b-rag", chat("hi"), "answer"),
    ],
)
def test_other_families_answer_under_other_keys(
    fleet: World, block_id: str, data: Any, key: str
) -> None:

    assert key in ask(fleet, data, block_id)


def test_a_reasoning_model_thinks_aloud_first(fleet: World) -> None:
    text = ask(fleet, chat("why?"), "deepseek-r1-70b-chat")["reply"]
    thought, said = text.split("</think>")

    assert thought.startswith("<think>")
    assert "why?" in said


def test_history_is_counted_per_session_and_block(fleet: World) -> None:
    for _ in range(2):
        ask(fleet, chat("again"), session_id="one")

    assert ask(fleet, chat("x"), session_id="one")["reply"].endswith("(Turn 3 of this session.)")
    assert "Turn" not in ask(fleet, chat("x"), session_id="two")["reply"]
    assert "Turn" not in ask(fleet, chat("x"), "lynx-27b-vision", session_id="one")["reply"]


def test_a_session_named_in_the_data_has_a_history_of_its_own(fleet: World) -> None:
    ask(fleet, chat("x", session_id="inner"), session_id="one")

    answer = ask(fleet, chat("x", session_id="inner"), session_id="two")
    assert answer["reply"].endswith("(Turn 2 of this session.)")


def test_another_fleet_remembers_no_chat(fleet: World) -> None:
    ask(fleet, chat("x"))
    fleet.load_fleet(FIXTURES)

    assert "Turn" not in ask(fleet, chat("x"))["reply"]


@pytest.mark.parametrize("scale", [0.0, 0.5])
def test_latency_is_scaled(fleet: World, scale: float) -> None:
    fleet.latency[ATLAS] = 0.1
    fleet.settings.time_scale = scale
    begun = time.monotonic()
    ask(fleet, chat("x"))

    assert scale * 0.1 <= time.monotonic() - begun < scale * 0.1 + 0.08


CANDIDATES = [
    {"id": "poet", "usecase": "story writing", "framework": "vllm"},
    {"id": "coder", "usecase": "code-generation", "framework": "llama-cpp-python"},
]


@pytest.mark.parametrize(
    ("query", "chosen"),
    [("Help me with coding", "coder"), ("Write a story", "poet"), ("zzz", "poet")],
)
def test_the_matcher_chooses_by_shared_words_and_says_so(
    fleet: World, query: str, chosen: str
) -> None:
    prompt = f"Pick one block and answer with its id.\nQuery: {query}\n{json.dumps(CANDIDATES)}"
    text = ask(fleet, chat(prompt), "qwen3-32b-matcher")["reply"]
    answer = json.loads(text.split("</think>")[1])

    assert chosen == answer["id"]
    assert answer["note"].startswith("simulated")


def test_a_matcher_without_candidates_answers_like_any_block(fleet: World) -> None:

    assert "would answer" in ask(fleet, chat("hello [there]"), "qwen3-32b-matcher")["reply"]


@pytest.mark.parametrize("mode", [["chat"], {"a": 1}, None, 5])
def test_a_mode_that_is_no_text_is_unknown(fleet: World, mode: Any) -> None:

    for block_id in (ATLAS, "kite-2b-rag"):
        with pytest.raises(Silence, match="unknown mode"):
            ask(fleet, {"mode": mode, "message": "hi"}, block_id)


def test_an_input_protocol_of_any_type_is_tolerated(fleet: World) -> None:
    fleet.blocks.insert({"id": "new", "inputProtocol": 5})

    assert "hi" in ask(fleet, chat("hi"), "new")["reply"]


def test_wipes_over_and_over_do_not_add_up(fleet: World) -> None:
    for _ in range(3):
        fleet.metrics.wipe()

    assert len(fleet.metrics._wiped) <= len(fleet.metrics)
