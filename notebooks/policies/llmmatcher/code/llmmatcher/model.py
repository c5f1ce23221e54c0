"""Who is asked: a block through AIOS, or a server that speaks OpenAI's chat completions."""

from __future__ import annotations

import json
import os
import threading
import uuid
from itertools import islice
from typing import Any

from .refusal import NoChoice, refuse
from .summary import SYSTEM
from .values import JSON, as_json, at

REPLY_TOKENS = 1024
CHUNK, REPLY_CHUNKS = 65536, 16  # a longer answer is cut, and so no JSON
TEXT_KEYS = ("reply", "message", "generated", "answer")


class Model:
    """Who is asked: a block through AIOS, or a server that speaks OpenAI's chat completions."""

    def __init__(self, options: JSON, own: JSON) -> None:
        environ, get = os.environ, options.get
        self.block_id, address = get("llm_block_id"), get("llm_server_address")
        base = get("openai_base_url") or environ.get("OPENAI_BASE_URL")
        if bool(self.block_id) != bool(address):
            refuse("llm_block_id", self.block_id, f"both it and llm_server_address ({address!r})")
        if not (address or base):
            refuse("llm_block_id", None, "it and llm_server_address, or openai_base_url")
        # A key that was not given together with the address must not go to one a caller made up.
        trusted = own if own.get("openai_base_url") else {**environ_key(), **options}
        self.key = trusted.get("openai_api_key")
        model = str(get("openai_model") or environ.get("OPENAI_MODEL") or "gpt-4o-mini")
        self.name = f"block '{self.block_id}'" if address else f"model '{model}'"
        self.url = str(address or base).rstrip("/")
        self.url = self.url.removesuffix("/v1/infer") + "/v1/infer" if address else self.url
        self.model = str(self.block_id) if address else model

    def ask(self, prompt: str, limit_s: float) -> str:
        """Return the model's words.

        Raises
        ------
        NoChoice
            There are none, or not within the limit.
        """
        messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": prompt}]
        params = {"temperature": 0.0, "max_tokens": REPLY_TOKENS}
        if not self.block_id:
            headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
            body = {"model": self.model, "messages": messages, **params}
            answer = post(f"{self.url}/chat/completions", body, headers, limit_s)
            return text_of(at(answer, "choices.0.message.content"), answer)
        chat = {"mode": "chat", "message": prompt, "gen_params": params}
        # A block keeps the history of a session: a second choice must not read the first.
        session = f"llmmatcher-{uuid.uuid4()}"
        body = {"model": self.model, "session_id": session, "seq_no": 1, "data": chat, "graph": {}}
        answer = post(self.url, body, {}, limit_s)
        data = as_json(at(answer, "data"))
        return text_of(next((data[k] for k in TEXT_KEYS if at(data, k)), None), answer)


def environ_key() -> JSON:
    return {"openai_api_key": os.environ.get("OPENAI_API_KEY")}


def post(url: str, body: JSON, headers: JSON, limit_s: float) -> Any:
    """Return the JSON that ``url`` answers, whole and within the limit, or raise NoChoice."""
    # Imported here: a selection that asks nobody need not wait for it.
    import requests

    outcome: list[Any] = []

    def work() -> None:
        sending: JSON = {"json": body, "headers": headers, "timeout": limit_s}
        try:
            with requests.post(url, stream=True, allow_redirects=False, **sending) as response:
                parts = islice(response.iter_content(CHUNK), REPLY_CHUNKS)
                outcome.append((response.status_code, json.loads(b"".join(parts))))
        except (requests.RequestException, ValueError, RecursionError) as error:
            outcome.append(error)

    # The limit of requests starts anew with each byte; a daemon can be left behind.
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(limit_s)
    if not outcome:
        raise NoChoice(f"{url} gave no answer within {limit_s:g} s")
    if isinstance(outcome[0], Exception):
        raise NoChoice(f"{url} failed: {outcome[0]}")
    status, answer = outcome[0]
    if status != 200 or at(answer, "success") is False:
        raise NoChoice(f"{url} said no (HTTP {status}): {answer!r:.300}")
    return answer


def text_of(value: Any, answer: Any) -> str:
    """Return a reply as text: some blocks give a list, some servers a list of parts."""
    parts = value if isinstance(value, list) else [value]
    texts = [at(p, "text") if isinstance(p, dict) else p for p in parts]
    found = [str(t) for t in texts if isinstance(t, str | int) and str(t).strip()]
    if not found:
        raise NoChoice(f"the reply has no text: {answer!r:.300}")
    return found[0]
