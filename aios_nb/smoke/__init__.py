"""The lessons as integration tests of an AIOS: run, reported, and cleaned up after."""

from .cleaning import remove_policies
from .lesson import NOTEBOOKS, Lesson, find_lessons
from .reporting import Stamp, write_html, write_junit, write_notebook
from .running import EMULATOR_ONLY, Limits, Outcome, run_lesson

__all__ = [
    "EMULATOR_ONLY",
    "NOTEBOOKS",
    "Lesson",
    "Limits",
    "Outcome",
    "Stamp",
    "find_lessons",
    "remove_policies",
    "run_lesson",
    "write_html",
    "write_junit",
    "write_notebook",
]
