"""Exercises of lesson 01: what registering does."""

from __future__ import annotations

from typing import Any

from ...policy import PolicyRegistration
from ..exercise import Exercise


def better_description(answer: Any) -> str:
    if not isinstance(answer, PolicyRegistration):
        return f"{type(answer).__name__} is no record; expected what aios.read_policy returns."
    if answer.version != "2.1":
        return f"This is the record of version {answer.version}; expected version 2.1."
    if answer.description != "Better":
        return f"AIOS returns {answer.description!r} for this version; expected 'Better'."
    return ""


def what_aios_checked(answer: Any) -> str:
    if not isinstance(answer, list | tuple | set | frozenset):
        return f"{type(answer).__name__} is no list; expected a list of the steps, empty if none."
    if not answer:
        return ""
    return f"AIOS did not check {sorted(map(str, answer))[0]!r}: it took what it was given."


EXERCISES = (
    Exercise(
        "01",
        "better description",
        better_description,
        (
            "Registering again adds a second record that nobody sees.",
            "aios.update_policy replaces the record; it wants all of it, 'code' included.",
            "Take code=aios.read_policy(uri).code into the new PolicyRegistration.",
        ),
    ),
    Exercise(
        "01",
        "what AIOS checked",
        what_aios_checked,
        (
            "Go through the traps: was any of these mistakes reported before the first selection?",
            "The package that was refused was refused by the client, not by AIOS.",
        ),
    ),
)
