"""Exercises of lesson 10: a filter full of traps, and who still knows the reason."""

from __future__ import annotations

from typing import Any

from ...errors import PayloadError
from ...linting import lint
from ..exercise import Exercise

ASKED_FOR = ("chat", "instances.uptime_hours")


def repaired_filter(answer: Any) -> str:
    try:
        findings = lint(answer)
    except PayloadError:
        return f"{type(answer).__name__} is no filter rule; expected a dict such as 'broken'."
    worst = [f for f in findings if f.severity != "note"]
    if worst:
        return f"The linter still reports {worst[0].code}: {worst[0].problem}."
    lost = [words for words in ASKED_FOR if words not in str(answer)]
    return f"It no longer asks for {lost[0]!r}." if lost else ""


def who_knows_why(answer: Any) -> str:
    if answer == "adhoc_control":
        return ""
    if answer == "router":
        return "The Router says only '400 Client Error': it has lost the reason, too."
    return f"{answer!r:.80} was not asked by the search server, so it cannot know."


EXERCISES = (
    Exercise(
        "10",
        "repaired filter",
        repaired_filter,
        (
            "print(lint(broken)) lists what is wrong, with a fix below each.",
            "An OR of one condition is no OR: let blockQuery be that condition itself, with LIKE "
            "and in lower case.",
            'Join uptime by AND with {"target": "instances.llm_tokens_per_second", '
            '"operator": ">", "value": 0}.',
        ),
    ),
    Exercise(
        "10",
        "who knows why",
        who_knows_why,
        (
            "Trap T6 says where the client found the words below its hint.",
            "It is the ad-hoc server's second interface, at port 31501.",
        ),
    ),
)
