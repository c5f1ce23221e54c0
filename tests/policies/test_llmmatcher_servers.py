"""Whom the LLM matcher asks: a block, or a server that speaks OpenAI's chat completions."""

from __future__ import annotations

import pytest
from llm_policy import MATCHER, PAIR, WANTED, choose, options, policy_error
from model_server import ModelServer
from shipped_policies import shipped


def openai(server, **more):
    return {"user_query": WANTED, "openai_base_url": f"{server.url}/v1", "time_limit_s": 5, **more}


def test_asks_a_server_that_speaks_openais_chat_completions():
    with ModelServer("finch-8b-chat") as server:
        parameters = openai(server, openai_api_key="k-1", openai_model="m-1")
        chosen = choose(shipped(*PAIR), parameters)
        path, headers, body = server.asked[0]

    assert chosen["id"] == "finch-8b-chat"
    assert (path, headers["Authorization"]) == ("/v1/chat/completions", "Bearer k-1")
    assert (body["model"], [m["role"] for m in body["messages"]]) == ("m-1", ["system", "user"])


def test_address_and_key_may_come_from_the_environment(monkeypatch):
    with ModelServer("finch-8b-chat") as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1/")
        monkeypatch.setenv("OPENAI_API_KEY", "k-env")
        monkeypatch.setenv("OPENAI_MODEL", "m-env")
        chosen = choose(shipped(*PAIR), {"user_query": WANTED})
        path, headers, body = server.asked[0]

    assert chosen["id"] == "finch-8b-chat"
    assert (path, body["model"]) == ("/v1/chat/completions", "m-env")
    assert headers["Authorization"] == "Bearer k-env"


@pytest.mark.parametrize("settings", [None, {"openai_api_key": "k-set"}])
def test_a_key_is_not_sent_to_an_address_that_a_caller_made_up(settings, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "k-env")
    with ModelServer("finch-8b-chat") as server:
        choose(shipped(*PAIR), openai(server), settings)
        _, headers, _ = server.asked[0]

    assert "Authorization" not in headers


def test_a_key_is_never_logged(capsys):
    with ModelServer({"error": "bad key"}, status=401) as server:
        choose(shipped(*PAIR), openai(server, openai_api_key="k-secret"))

    assert "k-secret" not in capsys.readouterr().err


def test_content_in_parts_is_read():
    parts = [{"type": "text", "text": "finch-8b-chat"}]
    with ModelServer({"choices": [{"message": {"content": parts}}]}) as server:
        assert choose(shipped(*PAIR), openai(server))["id"] == "finch-8b-chat"


@pytest.mark.parametrize(
    "parameters",
    [
        {"user_query": WANTED},
        {"user_query": WANTED, "llm_block_id": MATCHER},
        {"user_query": WANTED, "llm_server_address": "http://127.0.0.1:9"},
    ],
)
def test_nobody_to_ask_is_refused_with_what_to_give(parameters, monkeypatch):
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)

    with pytest.raises(policy_error(), match=r"llm_block_id is .* llm_server_address"):
        choose(shipped(*PAIR), parameters)


@pytest.mark.parametrize("value", [0, -1, "10", True, 1e9, float("nan")])
@pytest.mark.parametrize("name", ["time_limit_s", "max_candidates"])
def test_a_limit_that_is_none_is_refused(name, value):
    with ModelServer("1") as server, pytest.raises(policy_error(), match=f"{name} is"):
        choose(shipped(*PAIR), options(server, **{name: value}))
