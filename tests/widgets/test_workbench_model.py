"""The workbench: filter, goals, data, run and log stay in step."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aios_nb import AIOSClient, Condition, FilterRule, PayloadError, PolicyPackage, SelectionQuery
from aios_nb.widgets import guide
from aios_nb.widgets.draft import Draft, Place
from aios_nb.widgets.feedback_model import FeedbackModel
from aios_nb.widgets.query_model import QueryModel
from aios_nb.widgets.workbench_model import Calls, WorkbenchModel

FOLDER = Path(__file__).parents[2] / "notebooks/policies/attributebasedrouter"
VISION = FilterRule(block=Condition("id", "LIKE", "*vision*"))


@pytest.fixture(scope="module")
def query(aios: AIOSClient) -> SelectionQuery:
    uri = aios.deploy_policy(PolicyPackage.from_folder(FOLDER))
    url = aios.endpoints.metrics_base_url
    return replace(guide.QUERY, policy_rule_uri=uri, metrics_base_url=url)


@pytest.fixture
def bench(aios: AIOSClient, query: SelectionQuery) -> Iterator[WorkbenchModel]:
    filtering = QueryModel()
    feedback = FeedbackModel(filtering, aios.find_candidates, pause_s=0)
    bench = WorkbenchModel(Calls.of(aios), query=query, filtering=filtering, feedback=feedback)
    bench.refresh()
    settle(bench)
    yield bench
    bench.close()
    feedback.close()


def settle(bench: WorkbenchModel) -> None:
    assert bench.feedback.wait()
    assert bench.goals.wait()
    assert bench.candidates.wait()


def run(bench: WorkbenchModel) -> None:
    bench.run.start()
    assert bench.run.wait()


def test_untouched_the_whole_request_is_the_guides(bench: WorkbenchModel) -> None:
    request = bench.make_request()

    assert bench.query == request.selection_query
    assert guide.QUERY.filter_rule == bench.query.filter_rule
    assert guide.MESSAGE == request.data["message"]


def test_goals_follow_the_filter(bench: WorkbenchModel) -> None:
    bench.filtering.rule = VISION
    settle(bench)

    assert {"gemma3-27b-vision", "lynx-27b-vision"} == {s.block_id for s in bench.goals.ranking}
    assert bench.goals.choice.block_id == bench.goals.ranking[0].block_id


def test_a_run_goes_to_the_block_that_was_shown_as_chosen(bench: WorkbenchModel) -> None:
    run(bench)

    assert bench.goals.choice.block_id == bench.run.latest.block_id
    assert bench.goals.ranking[0].final == bench.run.latest.score


def test_weights_and_filter_of_the_moment_are_sent(bench: WorkbenchModel) -> None:
    bench.goals.set_weight(0, 0.2)
    bench.filtering.rule = VISION
    sent = bench.make_request().selection_query

    assert VISION == sent.filter_rule
    assert 0.2 == sent.goals[0].weight


def test_an_incomplete_filter_is_not_sent(bench: WorkbenchModel) -> None:
    bench.filtering.add(Place("block"))
    bench.run.start()

    assert "not complete" in bench.run.refusal
    assert () == bench.run.history


def test_a_block_of_ones_choice_needs_no_filter(bench: WorkbenchModel) -> None:
    bench.filtering.load(Draft())
    bench.request.block_id = "finch-8b-chat"
    run(bench)

    assert "finch-8b-chat" == bench.run.latest.block_id


def test_the_table_asks_only_while_somebody_looks(bench: WorkbenchModel) -> None:
    assert bench.candidates.explanation is None
    bench.show_table(is_shown=True)
    settle(bench)
    assert 14 == len(bench.candidates.rows())
    bench.show_table(is_shown=False)
    bench.filtering.rule = VISION
    settle(bench)

    assert guide.QUERY.filter_rule == bench.candidates.rule


def test_the_log_follows_the_newest_request(bench: WorkbenchModel) -> None:
    is_over = threading.Event()
    bench.log.observe(lambda change: None if change["new"] else is_over.set(), "is_following")
    run(bench)
    bench.log.finish(aftermath_s=0)

    assert is_over.wait(5)
    request = bench.run.latest.request
    assert any(f"{request.session_id}__{request.seq_no}" in e.line for e in bench.log.entries)


def test_a_continued_session_keeps_its_block_and_the_form_says_so(bench: WorkbenchModel) -> None:
    bench.request.keeps_session = True
    run(bench)
    first = bench.run.latest
    bench.goals.set_weight(0, 0.0)
    assert "will not read" in bench.request.session_note(bench.query)
    run(bench)

    assert first.block_id == bench.run.latest.block_id
    assert first.request.session_id == bench.run.latest.request.session_id


def test_after_a_failed_selection_a_continued_session_begins_anew(bench: WorkbenchModel) -> None:
    bench.request.keeps_session = True
    bench.filtering.rule = FilterRule(block=Condition("id", "==", "nobody"))
    run(bench)
    failed = bench.run.latest
    bench.filtering.rule = VISION
    run(bench)

    assert ["failed", "answered"] == [failed.state, bench.run.latest.state]
    assert bench.run.latest.block_id in {"gemma3-27b-vision", "lynx-27b-vision"}


def test_a_query_that_is_not_complete_is_refused(bench: WorkbenchModel) -> None:
    bench.filtering.load(Draft())
    with pytest.raises(PayloadError):
        assert bench.query


def test_while_the_filter_is_not_complete_no_choice_is_shown_as_its_own(
    bench: WorkbenchModel,
) -> None:
    bench.show_table(is_shown=True)
    settle(bench)
    place = bench.filtering.add(Place("block"))
    paused = (bench.goals.choice.state, bench.candidates.state)
    bench.goals.set_weight(0, 0.5)
    still = bench.goals.choice
    bench.filtering.remove(place)
    settle(bench)

    assert ("paused", "paused") == paused
    assert ("paused", "") == (still.state, still.block_id)
    assert "step 1 is not complete" in still.text
    assert ("chosen", "known") == (bench.goals.choice.state, bench.candidates.state)
    assert "" == bench.candidates.message


def test_a_filter_that_aios_refuses_has_no_choice(bench: WorkbenchModel) -> None:
    bench.filtering.set(Place("block", (0,)), value="c++")
    assert bench.feedback.wait()

    assert ("refused", "paused") == (bench.feedback.feedback.state, bench.goals.choice.state)
