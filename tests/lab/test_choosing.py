"""An AIOS and a recording choose alike; only the recording tells scores."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from aios_nb import (
    AIOSClient,
    OptimizationGoal,
    PayloadError,
    PolicyPackage,
    PolicyRegistration,
    SelectionQuery,
)
from aios_nb.lab import Choice, Recorded
from aios_nb.lab.choosing import chooser, decide

GOALS = ("Fast_Generator", "Free_Block", "Active_Block", "High_Quality_Lane", "Cost_Saver")


def test_a_recording_chooses_for_every_goal_as_the_aios_it_was_taken_from(
    aios: AIOSClient, query: SelectionQuery, recorded: Recorded
) -> None:
    queries = [replace(query, goals=(OptimizationGoal(goal),)) for goal in GOALS]

    assert [aios.select_block(q)["id"] for q in queries] == [c.winner for c in recorded(queries)]


def test_a_recording_tells_the_runner_up_and_by_how_much_it_lost(
    query: SelectionQuery, recorded: Recorded
) -> None:
    (choice,) = recorded([query])

    assert ("atlas-14b-chat", "finch-8b-chat") == (choice.winner, choice.runner_up)
    assert round(dict(choice.scores)["atlas-14b-chat"] - choice.scores[1][1], 4) == choice.margin


def test_an_aios_tells_the_winner_alone(aios: AIOSClient, query: SelectionQuery) -> None:

    assert [Choice("atlas-14b-chat")] == decide(chooser(aios), [query])


def test_a_failure_is_a_choice_of_nobody(query: SelectionQuery, recorded: Recorded) -> None:
    (choice,) = recorded([replace(query, goals=(OptimizationGoal("Quick"),))])

    assert "" == choice.winner
    assert "goal is {'name': 'Quick'" in choice.failure


def test_aios_finding_nobody_is_a_choice_too(aios: AIOSClient, query: SelectionQuery) -> None:
    (choice,) = decide(chooser(aios), [replace(query, policy_rule_uri="nobody:1.0-stable")])

    assert "" == choice.winner
    assert "not found" in choice.failure


def test_settings_of_the_registration_are_recorded_too(
    aios: AIOSClient, query: SelectionQuery
) -> None:
    source = (
        "class AIOSv1PolicyRule:\n"
        "    def __init__(self, rule_id, settings, parameters): self.pick = settings['pick']\n"
        "    def eval(self, parameters, input_data, context): return input_data[self.pick]\n"
    )
    package = PolicyPackage.from_source("picker", source)
    uri = aios.deploy_policy(package, PolicyRegistration("picker", policy_settings={"pick": 2}))
    own = replace(query, policy_rule_uri=uri)
    (choice,) = Recorded.of(aios, own)([own])

    assert aios.select_block(own)["id"] == choice.winner


def test_choosers_can_be_sent_to_other_processes(
    aios: AIOSClient, query: SelectionQuery, recorded: Recorded
) -> None:
    with ProcessPoolExecutor(1) as pool:
        far = [pool.submit(decide, chooser(on), [query]) for on in (aios, recorded)]

        assert ["atlas-14b-chat"] * 2 == [f.result(timeout=60)[0].winner for f in far]


def test_something_that_cannot_choose_is_refused() -> None:
    with pytest.raises(PayloadError, match="on is 7; expected an AIOS such as connect"):
        chooser(7)  # type: ignore[arg-type]


def test_a_recording_is_of_a_package_and_of_a_query(aios: AIOSClient, query: Any) -> None:
    with pytest.raises(PayloadError, match="expected a PolicyPackage"):
        Recorded(query, [])
    with pytest.raises(PayloadError, match="expected a SelectionQuery"):
        Recorded.of(aios, query.filter_rule)
