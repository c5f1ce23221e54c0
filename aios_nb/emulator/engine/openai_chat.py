"""A real model behind the matcher block: a server that speaks OpenAI's chat completions."""

from __future__ import annotations

import asyncio
import json
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from .waiting import Silence

ANSWER_LIMIT = 2**20  # bytes; a longer answer is cut, and so no JSON
KEY = "OPENAI_API_KEY"


@dataclass(frozen=True)
class OpenAIChat:
    """Where to ask. The key is read from the environment when asking, and kept nowhere.

    Parameters
    ----------
    base_url
        Up to and with ``/v1``, such as ``http://127.0.0.1:4000/v1``.
    model
        Name of the model there.

    Raises
    ------
    ValueError
        The address is no http or https URL, or the model has no name.
    """

    base_url: str
    model: str

    def __post_init__(self) -> None:
        if not self.base_url.startswith(("http://", "https://")):
            raise ValueError(
                f"openai_base_url is {self.base_url!r}; expected a URL such as "
                "http://127.0.0.1:4000/v1"
            )
        if not self.model.strip():
            raise ValueError("openai_model is empty; expected a name that the server knows")

    async def ask(self, prompt: str, *, limit_s: float) -> str:
        """Return the model's words.

        Raises
        ------
        Silence
            There are none: the block that should have said them stays silent, as AIOS's do.
        """
        try:
            async with asyncio.timeout(limit_s):
                answer = await asyncio.to_thread(self._post, prompt, limit_s)
            return str(answer["choices"][0]["message"]["content"])
        except TimeoutError as error:
            raise Silence(f"{self.base_url} gave no answer within {limit_s:g} s") from error
        except OSError as error:
            raise Silence(f"{self.base_url} failed: {error}") from error
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise Silence(f"{self.base_url} gave no chat completion") from error

    def _post(self, prompt: str, limit_s: float) -> Any:
        body = {"model": self.model, "messages": [{"role": "user", "content": prompt}]}
        headers = {"Content-Type": "application/json"}
        if key := os.environ.get(KEY):
            headers["Authorization"] = f"Bearer {key}"
        url = f"{self.base_url.rstrip('/')}/chat/completions"
        request = urllib.request.Request(url, json.dumps(body).encode(), headers)
        with OPENER.open(request, timeout=limit_s) as response:
            return json.loads(response.read(ANSWER_LIMIT))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follow nothing: the key belongs to one address."""

    def redirect_request(self, *_: Any) -> None:
        return None


OPENER = urllib.request.build_opener(_NoRedirect)
