"""What a block answers: a template filled in, never a model, and it says so (contract §11)."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Sequence
from typing import Any

from ..world import JSON, World, container
from .matching import match
from .memory import Memory, find, memory_of
from .packets import File
from .prompts import Prompt, read_prompts
from .waiting import Silence

__all__ = ["Silence", "outputs", "reply"]

DEFAULT_PROFILE: JSON = {
    "text": "(Simulated reply of {block_id}: no model was run.) You asked: {message}"
}
PLACEHOLDER = re.compile(r"\{(message|block_id|model|mode|session_id|seq_no|turn|images)\}")
DROPPED = "ERROR:core.processor:failed to process frame: "
# With a non-breaking hyphen, as the published block writes its name (contract §13.2).
FAILED = "ERROR:__main__:[Llama\u2011CPP Inference Error] "
THOUGHT = "<think>\n(Simulated thinking: no model was run.)\n</think>\n\n"


async def reply(
    world: World,
    block: JSON,
    data: Any,
    *,
    session_id: str,
    seq_no: int,
    files: Sequence[File] = (),
) -> Any:
    """Return what reaches the caller: the first of :func:`outputs`."""
    sent = await outputs(world, block, data, session_id=session_id, seq_no=seq_no, files=files)
    return sent[0]


async def outputs(
    world: World,
    block: JSON,
    data: Any,
    *,
    session_id: str,
    seq_no: int,
    files: Sequence[File] = (),
) -> list[Any]:
    """Return everything a block pushes back for one packet, after its latency.

    Parameters
    ----------
    block
        The block's document; ``id``, ``component`` and ``inputProtocol`` are read.
    data
        The packet's data, parsed.
    files
        Files of the packet; they count as pictures.

    Raises
    ------
    Silence
        The block fails, or has no instance: it logs, and pushes nothing back.
    """
    block_id = block["id"]
    profile = world.replies.get(block_id, DEFAULT_PROFILE)
    try:
        _need_life(world, block_id, profile)
    except Silence as silence:
        _log(world, block_id, "block-executor", f"{DROPPED}{silence}")
        raise
    try:
        prompts = read_prompts(
            data,
            shape=profile.get("shape", "reply"),
            takes_messages=_takes_messages(block),
        )
    except Silence as silence:
        _log(world, block_id, "instance", f"{FAILED}{silence}")
        raise
    latency_s = world.latency.get(block_id, profile.get("latency_s", 0.0))
    if latency_s:
        await asyncio.sleep(latency_s * world.settings.time_scale)
    facts = {"session_id": session_id, "seq_no": seq_no, "images": len(files)}
    try:
        texts = [await _asked(world, profile, prompt) for prompt in prompts]
    except Silence as silence:
        _log(world, block_id, "instance", f"{FAILED}{silence}")
        raise
    pairs = zip(prompts, texts, strict=True)
    return [_answer(world, block, profile, prompt, facts, said) for prompt, said in pairs]


async def _asked(world: World, profile: JSON, prompt: Prompt) -> str | None:
    """Return the words of a real model, if one stands behind the matcher; None: none does."""
    if world.chat_server is None or not profile.get("matcher"):
        return None
    return await world.chat_server.ask(prompt.text, limit_s=world.settings.wait_limit_s)


def _takes_messages(block: JSON) -> bool:
    protocol = block.get("inputProtocol")
    return isinstance(protocol, dict) and "messages" in protocol


def _need_life(world: World, block_id: str, profile: JSON) -> None:
    if profile.get("failure"):
        raise Silence(f"block {block_id!r} fails on every packet ({profile['failure']})")
    metrics = find(world.metrics, "blockId", block_id)
    if metrics is None:
        # Nothing is known of it, so nothing speaks against it.
        return
    if not world.metrics.has_instance(metrics):
        raise Silence(f"block {block_id!r} has no live instance (contract §14, T15)")


def _answer(
    world: World, block: JSON, profile: JSON, prompt: Prompt, facts: JSON, said: str | None
) -> JSON:
    shape = profile.get("shape", "reply")
    if said is not None:
        return {shape: said}
    if shape == "generated" and prompt.mode in ("embed", "tokens"):
        return _numbers(prompt)
    text = _text(memory_of(world), block, profile, prompt, facts)
    key = "answer" if shape == "generated" and prompt.mode == "chat" else shape
    return {key: [text] * prompt.sequences if prompt.sequences > 1 else text}


def _text(memory: Memory, block: JSON, profile: JSON, prompt: Prompt, facts: JSON) -> str:
    turn = _turn(memory, block["id"], prompt, facts["session_id"])
    chosen = match(prompt.text) if profile.get("matcher") else None
    text = chosen or _filled(block, profile, prompt, {**facts, "turn": turn})
    if "simulated" not in text.lower():
        text = f"(Simulated reply: no model was run.) {text}"
    if turn > 1 and chosen is None:
        text += f" (Turn {turn} of this session.)"
    return THOUGHT + text if profile.get("thinks") else text


def _turn(memory: Memory, block_id: str, prompt: Prompt, session_id: str) -> int:
    """Count the messages of a chat: its history lives in the instance, per session."""
    if prompt.mode != "chat":
        return 1
    key = block_id, prompt.session or session_id
    memory.chats[key] += 1
    return memory.chats[key]


def _filled(block: JSON, profile: JSON, prompt: Prompt, facts: JSON) -> str:
    values = {
        **facts,
        "message": prompt.text,
        "mode": prompt.mode,
        "block_id": block["id"],
        "model": _model_name(block),
        "images": facts["images"] + prompt.images,
    }
    text = str(profile.get("text", DEFAULT_PROFILE["text"]))
    return PLACEHOLDER.sub(lambda found: str(values[found[1]]), text)


def _model_name(block: JSON) -> str:
    try:
        return str(block["component"]["componentId"]["name"])
    except (KeyError, TypeError):
        return str(block["id"])


def _numbers(prompt: Prompt) -> JSON:
    """Return a made-up embedding or token list, the same for the same text."""
    note = "simulated: no model was run"
    if prompt.mode == "tokens":
        words = prompt.text.split()
        return {"tokens": [_digest(word)[0] for word in words], "note": note}
    return {"embedding": [b / 255 for b in _digest(prompt.text)[:8]], "note": note}


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _log(world: World, block_id: str, name: str, line: str) -> None:
    """Log where a block logs: in its own containers, which the guide's Loki does not reach."""
    labels = memory_of(world).labels
    key = f"{block_id} {name}"
    if key not in labels:
        pod = "executor" if name == "block-executor" else _instance(world, block_id)
        labels[key] = container(name, "blocks", app=f"{block_id}-{pod}")
    world.logs.write(labels[key], line)


def _instance(world: World, block_id: str) -> str:
    metrics = find(world.metrics, "blockId", block_id) or {}
    names = (i.get("instanceId") for i in metrics.get("instances") or () if isinstance(i, dict))
    return next((str(name) for name in names if name != "executor"), "in-0")
