"""All exercises, lesson by lesson; a judge computes what is right from the lesson's own AIOS."""

from ..exercise import Exercise
from . import (
    lesson_00,
    lesson_01,
    lesson_02,
    lesson_03,
    lesson_04,
    lesson_05,
    lesson_06,
    lesson_07,
    lesson_08,
    lesson_09,
    lesson_10,
    lesson_11,
    lesson_12,
)

LESSONS = (
    lesson_00,
    lesson_01,
    lesson_02,
    lesson_03,
    lesson_04,
    lesson_05,
    lesson_06,
    lesson_07,
    lesson_08,
    lesson_09,
    lesson_10,
    lesson_11,
    lesson_12,
)
EXERCISES: tuple[Exercise, ...] = tuple(e for lesson in LESSONS for e in lesson.EXERCISES)
