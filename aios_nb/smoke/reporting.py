"""What a run leaves for people and for CI: executed copies with a stamp, and JUnit XML."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .running import Outcome

STAMPED = ("aios-nb", "nbclient", "ipykernel", "requests")


@dataclass(frozen=True)
class Stamp:
    """When, with what and against what a run was made.

    Parameters
    ----------
    target
        Which AIOS, such as ``cluster http://10.0.0.9:31504``.
    date
        In UTC, to the second.
    versions
        Versions by package, Python's included.
    """

    target: str
    date: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
    versions: dict[str, str] = field(
        default_factory=lambda: {
            "Python": platform.python_version(),
            **{name: version(name) for name in STAMPED},
        }
    )

    def __str__(self) -> str:
        packages = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        return f"{self.date}, {self.target}, {packages}"


def write_notebook(outcome: Outcome, stamp: Stamp, folder: Path) -> Path:
    """Write the executed copy of a lesson, with the stamp above it; return where."""
    import nbformat

    path = folder / f"{outcome.lesson.name}.ipynb"
    nbformat.write(_stamped(outcome, stamp), path)
    return path


def write_html(outcome: Outcome, stamp: Stamp, folder: Path) -> Path:
    """Write the executed copy of a lesson as a page, with the stamp above it; return where."""
    from nbconvert import HTMLExporter

    # Formulas and old widgets would be loaded from the network; the lessons have neither.
    exporter = HTMLExporter(mathjax_url="", require_js_url="", jquery_url="")
    path = folder / f"{outcome.lesson.name}.html"
    path.write_text(exporter.from_notebook_node(_stamped(outcome, stamp))[0], encoding="utf-8")
    return path


def _stamped(outcome: Outcome, stamp: Stamp) -> Any:
    from nbformat.v4 import new_markdown_cell

    verdict = "passed" if outcome.has_passed else f"FAILED\n\n```\n{outcome.problem}\n```"
    head = new_markdown_cell(f"*{stamp}, {outcome.elapsed_s:.1f} s:* **{verdict}**", id="stamp")
    copy = outcome.notebook.copy()
    copy.cells = [head, *outcome.notebook.cells]
    return copy


def write_junit(outcomes: Sequence[Outcome], stamp: Stamp, folder: Path) -> Path:
    """Write the verdicts as CI systems read them; return where."""
    from junitparser import Failure, JUnitXml, TestCase, TestSuite

    suite = TestSuite("aios-nb smoke")
    suite.timestamp = stamp.date.replace(" UTC", "").replace(" ", "T")
    for name, value in {"target": stamp.target, **stamp.versions}.items():
        suite.add_property(name, value)
    for outcome in outcomes:
        case = TestCase(outcome.lesson.name, classname="lessons", time=round(outcome.elapsed_s, 3))
        if outcome.problem:
            case.result = [Failure(outcome.problem.splitlines()[0], "problem")]
            case.system_out = outcome.problem
        elif outcome.skipped:
            case.system_out = f"{outcome.skipped} cells skipped: for an emulator only"
        suite.add_testcase(case)
    report = JUnitXml()
    report.add_testsuite(suite)
    path = folder / "smoke.xml"
    report.write(str(path), pretty=True)
    return path
