"""The policy llmmatcher as AIOS imports it, how it is called, and what a model was asked."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from model_server import ModelServer
from shipped_policies import load, shipped

MATCHER = "qwen3-32b-matcher"
WANTED = "a small model for chat"
policy = load("llmmatcher")
router = load("attributebasedrouter")
PAIR = ("atlas-14b-chat", "finch-8b-chat")  # the ranking puts atlas first


def options(server, **more):
    return {
        "user_query": WANTED,
        "llm_block_id": MATCHER,
        "llm_server_address": server.url,
        "time_limit_s": 5,
        **more,
    }


def choose(candidates, parameters, settings=None, constructor=None):
    return policy.AIOSv1PolicyRule("", settings, constructor).eval(parameters, candidates, None)


def chosen_for(reply, *block_ids, **server_options):
    with ModelServer(reply, **server_options) as server:
        return choose(shipped(*(block_ids or PAIR)), options(server))["id"]


def prompt_shown(server):
    return server.asked[-1][2]["data"]["message"]


def summaries_shown(server):
    return next(json.loads(x) for x in prompt_shown(server).splitlines() if x.startswith("["))


def policy_error():
    return sys.modules["llmmatcher.refusal"].PolicyError
