"""The policy llmmatcher as AIOS imports it, the fleet's blocks, and what a model was asked."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from model_server import ModelServer

ROOT = Path(__file__).parents[2]
POLICIES = ROOT / "notebooks/policies"
MATCHER = "qwen3-32b-matcher"
WANTED = "a small model for chat"


def load(name):
    path = POLICIES / name / "code/function.py"
    spec = importlib.util.spec_from_file_location(f"{name}_function", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


policy = load("llmmatcher")
router = load("attributebasedrouter")


def fixture(folder, block_id):
    path = ROOT / "fixtures" / folder / f"{block_id}.json"
    return json.loads(path.read_text()) if path.exists() else {}


def shipped(*block_ids):
    return [{**fixture("blocks", b), "metrics": fixture("metrics", b)} for b in block_ids]


FLEET = sorted(path.stem for path in (ROOT / "fixtures/blocks").glob("*.json"))
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


def warnings(capsys):
    return [line for line in capsys.readouterr().err.splitlines() if " - WARNING - " in line]


def prompt_shown(server):
    return server.asked[-1][2]["data"]["message"]


def summaries_shown(server):
    return next(json.loads(x) for x in prompt_shown(server).splitlines() if x.startswith("["))


def policy_error():
    return sys.modules["llmmatcher.refusal"].PolicyError
