"""A policy of the lessons as AIOS imports it, and the blocks of the shipped fleet."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

ROOT = Path(__file__).parents[2]
POLICIES = ROOT / "notebooks/policies"
FLEET = sorted(path.stem for path in (ROOT / "fixtures/blocks").glob("*.json"))


def load(name):
    path = POLICIES / name / "code/function.py"
    spec = importlib.util.spec_from_file_location(f"{name}_function", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fixture(folder, block_id):
    path = ROOT / "fixtures" / folder / f"{block_id}.json"
    return json.loads(path.read_text()) if path.exists() else {}


def shipped(*block_ids):
    return [{**fixture("blocks", b), "metrics": fixture("metrics", b)} for b in block_ids]


def warnings(capsys):
    return [line for line in capsys.readouterr().err.splitlines() if " - WARNING - " in line]
