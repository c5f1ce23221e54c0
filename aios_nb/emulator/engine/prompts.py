"""What a block makes of the data it is sent (contract §11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .waiting import Silence

COMPLETION_MODES = {"generate", "embed", "tokens"}
RETRIEVAL_MODES = {"generate", "embed", "tokens", "chat"}
MOST_SEQUENCES = 100  # of one reply; AIOS has no bound
TEXT_KEYS = ("message", "query", "prompt", "text", "reply")
# What llama-cpp-python's create_chat_completion and create_completion take; anything else is a
# TypeError inside the block, although components advertise max_new_tokens and others.
GEN_PARAMS = {
    "echo",
    "frequency_penalty",
    "function_call",
    "functions",
    "grammar",
    "logit_bias",
    "logits_processor",
    "logprobs",
    "max_tokens",
    "min_p",
    "mirostat_eta",
    "mirostat_mode",
    "mirostat_tau",
    "model",
    "presence_penalty",
    "repeat_penalty",
    "response_format",
    "seed",
    "stop",
    "stopping_criteria",
    "stream",
    "suffix",
    "temperature",
    "tfs_z",
    "tool_choice",
    "tools",
    "top_k",
    "top_logprobs",
    "top_p",
    "typical_p",
}


@dataclass(frozen=True)
class Prompt:
    """One thing to answer.

    Parameters
    ----------
    session
        The chat it belongs to, if the data names one; ``None`` otherwise.
    sequences
        How many answers are wanted; more than one makes the reply a list.
    """

    mode: str
    text: str
    session: str | None = None
    sequences: int = 1
    images: int = 0


def read_prompts(data: Any, *, shape: str = "reply", takes_messages: bool = False) -> list[Prompt]:
    """Return what is to be answered: one prompt, or one per item of ``inputs``.

    Parameters
    ----------
    shape
        The key under which the block answers, which tells its family: ``reply`` for the published
        llama.cpp block, ``message`` for vLLM, ``generated`` for retrieval.
    takes_messages
        The block reads ``messages`` too; the published sample insists on ``message``.

    Raises
    ------
    Silence
        The block fails on this data, and so never answers. Of several inputs those that fail are
        passed over; only when all fail is there silence.
    """
    prompts, reasons = [], ["'inputs' holds no item to answer"]
    for item in _items(data):
        try:
            known = shape == "reply"
            prompts.append(_read(item, takes_messages) if known else _read_other(item, shape))
        except Silence as silence:
            reasons.append(str(silence))
    if not prompts:
        raise Silence(reasons[-1])
    return prompts


def _items(data: Any) -> list[Any]:
    if not isinstance(data, dict):
        return [data]
    if "inputs" not in data:
        return [_as_chat(data)]
    if not isinstance(data["inputs"], list):
        raise Silence("'inputs' holds no item to answer")
    return [_unwrapped(item) for item in data["inputs"]]


def _as_chat(data: dict[str, Any]) -> dict[str, Any]:
    """Take the output of another block for a chat message, so that blocks can be chained."""
    if "reply" not in data:
        return data
    rest = {name: value for name, value in data.items() if name != "reply"}
    return {**rest, "mode": "chat", "message": data["reply"]}


def _unwrapped(item: Any) -> Any:
    """Take the output of another block out of its wrapping; an item's mode is its own affair."""
    if not isinstance(item, dict):
        return item
    for name in ("messages", "message"):
        if isinstance(item.get(name), dict) and "reply" in item[name]:
            return {**item, name: item[name]["reply"]}
    if "reply" not in item:
        return item
    rest = {name: value for name, value in item.items() if name != "reply"}
    return {**rest, "message": item["reply"]}


def _read(data: Any, takes_messages: bool) -> Prompt:
    if not isinstance(data, dict):
        return Prompt("completion", str(data))
    _check_params(data.get("gen_params"))
    if "mode" not in data:
        return Prompt("completion", str(data.get("prompt", "")), sequences=_sequences(data))
    if data["mode"] == "chat":
        return _read_chat(data, takes_messages)
    if str(data["mode"]) in COMPLETION_MODES:
        # For embed, too: the published block never uses what it reads from the field 'text'.
        return Prompt(str(data["mode"]), str(data.get("prompt", "")), sequences=_sequences(data))
    raise Silence(f"unknown mode {data['mode']!r}")


def _check_params(params: Any) -> None:
    if not params:
        return
    if not isinstance(params, dict):
        raise Silence(f"gen_params must be an object, not {params!r}")
    unknown = sorted(name for name in set(params) - GEN_PARAMS if params[name] is not None)
    if unknown:
        raise Silence(f"gen_params that llama.cpp does not take: {', '.join(unknown)}")


def _read_other(data: Any, shape: str) -> Prompt:
    """Read the data of a block that is not the published llama.cpp one: any text will do."""
    if not isinstance(data, dict):
        return Prompt("generate", str(data))
    mode = str(data.get("mode", "generate"))
    if shape == "generated" and mode not in RETRIEVAL_MODES:
        raise Silence(f"unknown mode {mode!r}")
    text = next((data[k] for k in TEXT_KEYS if k in data), None)
    if text is None:
        raise Silence("'message'")
    return Prompt(mode, str(text))


def _read_chat(data: dict[str, Any], takes_messages: bool) -> Prompt:
    session = data.get("session_id", "default")
    chat = None if session in (None, "default") else str(session)
    if "message" in data:
        return Prompt("chat", str(data["message"]), chat)
    if takes_messages and isinstance(data.get("messages"), list):
        text, images = _read_messages(data["messages"])
        return Prompt("chat", text, chat, images=images)
    raise Silence("'message'")


def _read_messages(messages: list[Any]) -> tuple[str, int]:
    """Return the text of OpenAI-style messages and the number of their pictures."""
    contents = [m.get("content") for m in messages if isinstance(m, dict)]
    parts = [p for c in contents for p in (c if isinstance(c, list) else [c])]
    texts = [p.get("text") if isinstance(p, dict) else p for p in parts]
    images = [p for p in parts if isinstance(p, dict) and p.get("type") == "image_url"]
    return " ".join(t for t in texts if isinstance(t, str)), len(images)


def _sequences(data: dict[str, Any]) -> int:
    wanted = data.get("num_sequences", 1)
    if not isinstance(wanted, int):
        raise Silence(f"num_sequences must be a whole number, not {wanted!r}")
    return min(wanted, MOST_SEQUENCES)
