"""`/v1/chat/completions` and `/v1/completions` (§5.11)."""

from aios_nb.emulator.services import adhoc
from aios_nb.emulator.world import World

from ..fakes import guides_query
from ..harness import call
from .adhoc_requests import CHAT, NEAR


def test_chat_completions_answer_an_object_without_usage(quick: World) -> None:
    body = {"model": NEAR, "messages": CHAT, "temperature": 1, "stream": True}
    answer = call(quick, adhoc.chat_completions, "POST", "/v1/chat/completions", json=body).json()
    choice = answer["choices"][0]

    assert ["choices", "created", "id", "model", "object"] == list(answer)
    assert ("chat.completion", NEAR) == (answer["object"], answer["model"])
    assert len("chatcmpl-") + 32 == len(answer["id"])
    assert (0, "stop", "assistant") == (
        choice["index"],
        choice["finish_reason"],
        choice["message"]["role"],
    )
    assert ["reply"] == list(choice["message"]["content"])


def test_chat_completions_return_the_model_as_sent_even_if_empty(quick: World) -> None:
    body = {"messages": CHAT, "selection_query": guides_query()}
    answer = call(quick, adhoc.chat_completions, "POST", "/v1/chat/completions", json=body).json()

    assert "" == answer["model"]
    assert 1 == len(quick.sessions)


def test_chat_completions_fail_with_500_and_an_error_object(quick: World) -> None:
    answer = call(quick, adhoc.chat_completions, "POST", "/v1/chat/completions", json={})
    error = {
        "code": 500,
        "message": "Expecting value: line 1 column 1 (char 0)",
        "param": None,
        "type": "internal_error",
    }

    assert (500, {"error": error}) == (answer.status_code, answer.json())


def test_completions_without_a_model_never_search(quick: World) -> None:
    path = "/v1/completions"
    unnamed = call(quick, adhoc.completions, "POST", path, json={"prompt": "hi"})
    named = call(quick, adhoc.completions, "POST", path, json={"prompt": "hi", "model": NEAR})
    choice = named.json()["choices"][0]

    text = "local-model not found in the DB, err=API returned non-200 status code"
    assert (500, text) == (unnamed.status_code, unnamed.json()["error"]["message"])
    assert ["finish_reason", "index", "logprobs", "text"] == list(choice)
    assert "hi" in choice["text"]["reply"]
    assert "text_completion" == named.json()["object"]
