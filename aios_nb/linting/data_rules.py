"""Rules for what the block gets: a block that fails never answers, so its mistakes are silent."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import did_you_mean
from ..wire import shown
from .findings import Finding
from .keys import wrong_type
from .rules import rule
from .spots import Spot

NO_ANSWER = "the published llama.cpp block fails on it, and a block that fails never answers"
MODES = ("chat", "generate", "embed", "tokens", "completion", "completions")
# What llama-cpp-python takes; components advertise others (contract §11).
GEN_PARAMS = {
    *("temperature", "top_p", "top_k", "min_p", "typical_p", "tfs_z", "max_tokens", "stop"),
    *("seed", "repeat_penalty", "presence_penalty", "frequency_penalty", "mirostat_mode"),
    *("mirostat_tau", "mirostat_eta", "logit_bias", "logprobs", "top_logprobs", "grammar"),
    *("response_format", "tools", "tool_choice", "functions", "function_call", "stream", "echo"),
    *("suffix", "model", "logits_processor", "stopping_criteria"),
}
ADVERTISED = {
    "max_new_tokens": "max_tokens",
    "repetition_penalty": "repeat_penalty",
    "do_sample": "temperature (0 takes the likeliest word)",
}


@rule("data")
def mode_is_known(spot: Spot) -> Iterator[Finding]:
    if "mode" in spot.value and spot.value["mode"] not in MODES:
        mode = spot.value["mode"]
        problem = f"unknown mode {shown(mode)}{did_you_mean(mode, MODES)}"
        words = (problem, NO_ANSWER, f"use one of {', '.join(MODES)}")
        yield spot.says("error", "T4", "mode", words)


@rule("data")
def chat_has_a_message(spot: Spot) -> Iterator[Finding]:
    if spot.value.get("mode") != "chat" or "message" in spot.value or "inputs" in spot.value:
        return
    fix = 'write "message": "…"'
    if "messages" in spot.value:
        words = (
            "messages instead of message",
            "multi-modal blocks read it; the published llama.cpp block fails on it: no answer ever",
            f"{fix}, unless the block's inputProtocol lists messages",
        )
        yield spot.says("warning", "T42", "messages", words)
    else:
        words = ("a chat without a message", NO_ANSWER, fix)
        yield spot.says("error", "T4", None, words)


@rule("data")
def a_message_has_a_mode(spot: Spot) -> Iterator[Finding]:
    if {"mode", "inputs", "prompt"} & spot.value.keys():
        return
    for key in ("message", "messages"):
        if key in spot.value:
            words = (
                f"{key} without a mode",
                "the published llama.cpp block does not chat then: it completes the text of the "
                "whole object, braces and all",
                'add "mode": "chat"',
            )
            yield spot.says("warning", "N12", key, words)


@rule("data")
def parameters_are_llama_cpps(spot: Spot) -> Iterator[Finding]:
    params = spot.value.get("gen_params")
    if params is None:
        return
    if not isinstance(params, dict):
        yield wrong_type(spot, "gen_params", "an object", NO_ANSWER)
        return
    for name in params:
        if name in GEN_PARAMS:
            continue
        meant = ADVERTISED.get(name)
        near = f"; write {meant}" if meant else did_you_mean(name, GEN_PARAMS)
        problem = f"gen_params has {name!r}, which llama.cpp does not take{near}"
        words = (problem, NO_ANSWER, f"write {meant}" if meant else f"leave {name} out")
        yield spot.child("gen_params").says("error", "T43", str(name), words)


@rule("data")
def one_input_at_a_time(spot: Spot) -> Iterator[Finding]:
    inputs = spot.value.get("inputs")
    if not isinstance(inputs, list) or len(inputs) < 2:
        return
    words = (
        f"{len(inputs)} inputs in one request",
        "returns the first answer; the others stay behind, and a request with the same session "
        "and number may receive them",
        "send one request for each",
    )
    yield spot.says("warning", "T3", "inputs", words)


@rule("data")
def mode_does_what_it_says(spot: Spot) -> Iterator[Finding]:
    if spot.value.get("mode") in ("embed", "tokens"):
        words = (
            f"mode {spot.value['mode']}",
            "the published llama.cpp block answers it with a completion; only retrieval blocks "
            "return embeddings and tokens",
            "make sure that the filter selects a block that can",
        )
        yield spot.says("note", "N12", "mode", words)
