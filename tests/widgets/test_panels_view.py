"""The panels on ipywidgets: they show their models, stay text, and close without a trace."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ipywidgets import Button, FileUpload, ToggleButton
from ipywidgets.widgets import widget

from aios_nb import (
    AIOSClient,
    InferenceRequest,
    InferenceResult,
    OptimizationGoal,
    PolicyPackage,
)
from aios_nb.explanation import CandidateScore
from aios_nb.widgets import (
    CandidateTable,
    GoalSliders,
    LogPanel,
    RequestForm,
    RunPanel,
    Workbench,
)
from aios_nb.widgets.base_view import View
from aios_nb.widgets.candidates_html import table
from aios_nb.widgets.candidates_model import CandidatesModel
from aios_nb.widgets.flips import Segment
from aios_nb.widgets.goals_html import ranking_table, strip, verdict
from aios_nb.widgets.goals_model import Choice
from aios_nb.widgets.log_model import Entry
from aios_nb.widgets.run_html import outcome
from aios_nb.widgets.run_model import Run

FOLDER = Path(__file__).parents[2] / "notebooks/policies/attributebasedrouter"
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def policy_uri(aios: AIOSClient) -> str:
    return aios.deploy_policy(PolicyPackage.from_folder(FOLDER))


@pytest.fixture
def bench(aios: AIOSClient, policy_uri: str) -> Iterator[Workbench]:
    bench = Workbench.of(aios, policy_uri=policy_uri)
    settle(bench)
    yield bench
    bench.close()


def settle(bench: Workbench) -> None:
    assert bench.builder.feedback.wait()
    assert bench.model.goals.wait()
    assert bench.model.candidates.wait()


def until(is_true: Callable[[], bool], limit_s: float = 5.0) -> bool:
    end = time.monotonic() + limit_s
    while not is_true() and time.monotonic() < end:
        time.sleep(0.01)
    return is_true()


def bundle(view: View) -> dict[str, Any]:
    found = view._repr_mimebundle_()
    return found[0] if isinstance(found, tuple) else found


def panels(aios: AIOSClient) -> list[View]:
    return [
        GoalSliders(),
        CandidateTable(),
        RequestForm(),
        RunPanel(aios.infer, RequestForm().model.make),
        LogPanel(aios.read_logs),
    ]


def test_every_panel_has_a_short_text_and_a_static_html_form(aios: AIOSClient) -> None:
    for panel in panels(aios):
        data = bundle(panel)

        assert data["text/plain"].startswith(f"{type(panel).__name__}: ")
        assert "\n" not in data["text/plain"]
        assert data["text/html"].startswith("<p>")
        panel.close()


def test_closing_leaves_no_widget_behind(aios: AIOSClient, policy_uri: str) -> None:
    before = len(widget._instances)
    bench = Workbench.of(aios, policy_uri=policy_uri)
    settle(bench)
    bench.close()
    bench.close()

    assert before == len(widget._instances)


def test_every_button_has_words(bench: Workbench) -> None:
    kinds = (Button, FileUpload, ToggleButton)
    buttons = [w for w in widget._instances.values() if isinstance(w, kinds)]

    assert buttons
    assert [] == [b for b in buttons if not b.description]


def test_a_slider_changes_the_model_and_the_number_beside_it(bench: Workbench) -> None:
    row = bench.sliders._rows[0]
    row.slider.value = 0.3

    assert 0.3 == bench.query.goals[0].weight == row.number.value
    assert "75%" == row.share.value


def test_rows_are_kept_while_weights_change_and_made_anew_with_a_goal(bench: Workbench) -> None:
    before = bench.sliders.rows.children
    bench.model.goals.set_weight(0, 0.4)
    assert before == bench.sliders.rows.children
    bench.sliders.add.value = "Cost_Saver"

    assert 3 == len(bench.sliders.rows.children)
    assert "Cost_Saver" not in bench.sliders.add.options


def test_a_weight_above_one_widens_the_slider_and_shrinks_it_again(bench: Workbench) -> None:
    slider = bench.sliders._rows[0].slider
    bench.model.goals.set_weight(0, 3.0)
    assert (3.0, 3.0) == (slider.max, slider.value)
    bench.model.goals.set_weight(0, 0.5)

    assert (1.0, 0.5) == (slider.max, slider.value)


def test_a_policy_uri_that_cannot_be_is_told_and_not_taken(bench: Workbench) -> None:
    before = bench.query.policy_rule_uri
    bench.sliders.policy.value = "nonsense"

    assert before == bench.query.policy_rule_uri
    assert "name:version-release_tag" in bench.sliders.notice.value


def test_the_verdict_names_the_block_that_aios_chose(bench: Workbench) -> None:

    assert f"AIOS chose <b>{bench.model.goals.choice.block_id}</b>" in bench.sliders.verdict.value
    assert bench.steps["Goals"].description.endswith(bench.model.goals.choice.block_id)


def test_exactly_one_step_is_shown(bench: Workbench) -> None:
    bench.steps["Goals"].value = True
    shown = [name for name, panel in bench.panels.items() if "aios-off" not in panel._dom_classes]
    assert ["Goals"] == shown
    bench.steps["Goals"].value = False

    assert ["Goals"] == [name for name, button in bench.steps.items() if button.value]


def test_the_table_folds_out_into_the_truth_table(bench: Workbench) -> None:
    bench.steps["Candidates"].value = True
    settle(bench)
    html = bench.table.table.value

    assert 14 == html.count("<details")
    assert "8 of 14 blocks are candidates" in bench.table.headline.value
    assert "ARC-Challenge &gt;= 90" in html


def test_sending_shows_the_answer_and_the_history(bench: Workbench) -> None:
    bench.run_panel.send.click()

    assert until(lambda: not bench.run_panel.send.disabled)
    assert bench.result.block_id in bench.run_panel.outcome.value
    assert "Raw JSON" in bench.run_panel.outcome.value
    assert bench.result.session_id in bench.run_panel.history.value


def test_an_error_is_a_hint_and_no_traceback(bench: Workbench) -> None:
    bench.model.request.block_id = "ghost"
    bench.run_panel.send.click()

    assert until(lambda: not bench.run_panel.send.disabled)
    assert "What to do:" in bench.run_panel.outcome.value
    assert "Traceback" not in bench.run_panel.outcome.value


def test_the_form_shows_what_its_mode_needs() -> None:
    form = RequestForm()
    hidden = []
    for mode in ("chat", "chat with an image", "any JSON"):
        form.model.mode = mode
        boxes = (form.chat, form.image, form.raw)
        hidden.append(["aios-off" in box._dom_classes for box in boxes])

    assert [[False, True, True], [False, False, True], [True, True, False]] == hidden


def test_a_refused_file_is_told_beside_the_button() -> None:
    form = RequestForm()
    form._on_upload({"new": ({"name": "a.txt", "content": memoryview(b"x")},)})

    assert "no picture" in form.image_note.value


def test_a_panel_without_its_functions_says_which() -> None:
    with pytest.raises(TypeError, match=r"aios\.infer"):
        RunPanel()
    with pytest.raises(TypeError, match=r"aios\.read_logs"):
        LogPanel()


def test_reasoning_is_folded_and_what_comes_from_outside_stays_text() -> None:
    body = {
        "model": EVIL,
        "session_id": EVIL,
        "seq_no": 1,
        "data": {"reply": f"<think>{EVIL}</think>{EVIL}"},
    }
    request = InferenceRequest(message="Hello", model="a")
    run = Run(1, request, 0.0, "answered", InferenceResult.from_wire(body))
    html = outcome(run)

    assert "<summary>Reasoning</summary>" in html
    assert "<img" not in html


def test_block_names_from_a_cluster_stay_text() -> None:
    block = {"id": EVIL, "component": {"componentMetadata": {"usecase": EVIL}}}
    model = CandidatesModel(lambda rule: [block], pause_s=0)
    model.refresh()
    assert model.wait()
    ranking = (CandidateScore(EVIL, 1, 0.5), CandidateScore(f"{EVIL}2", 2, 0.1))
    choice = Choice("chosen", EVIL)

    assert "<img" not in table(model.rows())
    assert "<img" not in ranking_table(ranking, choice) + verdict(ranking, choice)


def test_a_strip_names_who_wins_where_the_name_fits_and_tells_the_rest_below() -> None:
    goal = OptimizationGoal("Fast_Generator", 0.9)
    parts = (Segment(0.0, 0.05, "lynx-27b-vision"), Segment(0.05, 1.0, "atlas-14b-chat"))
    shown = strip(goal, parts, winner="atlas-14b-chat", limit=1.0)

    assert ">lynx-27b-vision</span>" not in shown
    assert ">atlas-14b-chat</span>" in shown
    assert "below 0.05 lynx-27b-vision wins" in shown


def test_a_long_log_line_is_cut_and_whole_one_click_away(aios: AIOSClient) -> None:
    panel = LogPanel(aios.read_logs)
    line = "x" * 390 + "<b>" + "y" * 600
    panel.model.entries = (Entry(1, 0.5, "search server", line),)
    shown = panel.html_summary()
    panel.close()

    assert "<summary><code>" + "x" * 390 + "&lt;b&gt;" + "y" * 7 + "</code>" in shown
    assert "<code>… " + "y" * 593 + "</code></details>" in shown


def test_the_log_says_whether_there_is_anything_to_wait_for(aios: AIOSClient) -> None:
    panel = LogPanel(lambda logql, **_: [])
    said = [panel.status.value]
    panel.model.follow("s", 1, started_s=0.0)
    said.append(panel.status.value)
    panel.model.stop()
    said.append(panel.status.value)
    panel.close()

    assert said == [
        "Nothing to read yet: a request is followed as soon as it is sent.",
        "No lines so far. Following …",
        "No lines about this request.",
    ]
