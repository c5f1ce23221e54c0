"""Checks the answers to the lessons' exercises: right, wrong with a hint, or not attempted."""

from .board import Progress, progress, step
from .exercise import Exercise
from .verdict import Verdict

__all__ = ["Exercise", "Progress", "Verdict", "progress", "step"]
