"""The query builder in JupyterLab: keyboard alone, shortcuts, themes, screen readers."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or ""
sync_api = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")
pytest.importorskip("jupyterlab")
from jupyter_lab import Lab, running_lab  # noqa: E402 - only where a browser is
from keyboard import add, choose, compose, fill, press, tab_to  # noqa: E402 - likewise

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no chromium: apt-get install chromium")
BROWSER = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
BROWSER += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
ARTEFACTS = Path(os.environ.get("AIOS_NB_ARTEFACTS", "artefacts"))
CELLS = (
    "from aios_nb import Condition, FilterRule, connect\nfrom aios_nb.widgets import QueryBuilder",
    "aios = connect()\nbuilder = QueryBuilder(find=aios.find_candidates)\nbuilder",
    "1 + 1",
)
POLICY = Path(__file__).parents[2] / "notebooks" / "policies" / "attributebasedrouter"
BENCH_CELLS = (
    "from aios_nb import PolicyPackage, connect\nfrom aios_nb.widgets import Workbench",
    f"aios = connect()\nuri = aios.deploy_policy(PolicyPackage.from_folder({str(POLICY)!r}))",
    "bench = Workbench.of(aios, policy_uri=uri)\nbench",
)
METADATA = "component.componentMetadata"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running_lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture(scope="module")
def browser() -> Iterator["sync_api.Browser"]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def notebook(lab: Lab, browser: "sync_api.Browser") -> Iterator["sync_api.Page"]:
    page = open_notebook(browser, lab.write("builder.ipynb", *CELLS))
    yield page
    page.close()


@pytest.fixture
def bench(lab: Lab, browser: "sync_api.Browser") -> Iterator["sync_api.Page"]:
    page = open_notebook(browser, lab.write("workbench.ipynb", *BENCH_CELLS))
    show_builder(page)
    yield page
    page.close()


@pytest.fixture
def page(notebook: "sync_api.Page") -> "sync_api.Page":
    """A fresh builder, and a fresh AIOS behind it."""
    show_builder(notebook)
    return notebook


def open_notebook(browser: "sync_api.Browser", url: str) -> "sync_api.Page":
    page = browser.new_page(viewport={"width": 1280, "height": 1300})
    page.set_default_timeout(20_000)
    page.foreign = []
    page.on("request", lambda asked: _note(page.foreign, asked.url))
    page.goto(url)
    page.wait_for_function(
        "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'",
        timeout=60_000,
    )
    return page


def show_builder(page: "sync_api.Page") -> None:
    for command in ("notebook:clear-all-cell-outputs", "notebook:run-all-cells"):
        page.evaluate("(name) => window.jupyterapp.commands.execute(name)", command)
    page.wait_for_selector(".aios-row", timeout=40_000)
    expect_count(page, "8 of 14 blocks")


def _note(foreign: list[str], url: str) -> None:
    if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
        foreign.append(url)


def expect_count(page: "sync_api.Page", text: str) -> None:
    sync_api.expect(page.locator(".aios-headline")).to_contain_text(text)


def button(page: "sync_api.Page", title: str) -> "sync_api.Locator":
    return page.locator(f'.aios-view button[title="{title}"]').first


def cells(page: "sync_api.Page") -> int:
    return page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets.length")


def eventually(found: Callable[[], object], expected: object, limit_s: float = 10.0) -> object:
    """Return what is found as soon as it is as expected, or what it is at the end."""
    limit = time.monotonic() + limit_s
    while (now := found()) != expected and time.monotonic() < limit:
        time.sleep(0.05)
    return now


def picture(page: "sync_api.Page", name: str) -> None:
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png")


def test_the_guides_request_is_shown_and_nobody_else_is_asked(page: "sync_api.Page") -> None:
    picture(page, "builder_light")

    assert [] == page.foreign
    assert 6 == page.locator(".aios-row").count()


def test_nothing_is_cut_off_at_1280_pixels(page: "sync_api.Page") -> None:
    for name in ("Fields", "JSON", "Export"):
        page.locator(".aios-view button", has_text=name).click()
    page.wait_for_selector(".aios-export pre")
    cut = page.evaluate(
        """() => [...document.querySelectorAll('.aios-view :is(button, input, select)')]
             .filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.title + e.value)"""
    )
    outside = page.evaluate(
        """() => { const view = document.querySelector('.aios-view').getBoundingClientRect();
             return [...document.querySelectorAll('.aios-view :is(button, pre)')]
               .filter((e) => e.getBoundingClientRect().right > view.right + 1).length }"""
    )

    assert ([], 0) == (cut, outside)


def test_muting_a_condition_changes_the_count_and_undo_restores_it(page: "sync_api.Page") -> None:
    button(page, "Leave condition 1 out for now").click()
    expect_count(page, "9 of 14 blocks")
    button(page, "Take back the last change").click()
    expect_count(page, "8 of 14 blocks")

    assert button(page, "Take back the last change").is_disabled()


def test_ten_steps_are_undone_one_by_one(page: "sync_api.Page") -> None:
    value = page.locator(".aios-at-block-2-0 .aios-value input")
    for number in range(81, 91):
        value.fill(str(number))
        value.press("Enter")
        sync_api.expect(page.locator(".aios-sentence")).to_contain_text(f"at least {number} or")
    for number in range(89, 79, -1):
        button(page, "Take back the last change").click()
        sync_api.expect(value).to_have_value(str(number))
    expect_count(page, "8 of 14 blocks")

    assert button(page, "Take back the last change").is_disabled()


def test_broken_json_says_where_and_repaired_json_is_taken(page: "sync_api.Page") -> None:
    page.locator(".aios-view button", has_text="JSON").click()
    text = page.locator(".aios-view textarea")
    whole = text.input_value()
    text.fill(whole.replace('"value": true', '"value": True'))
    text.blur()
    message = page.locator(".aios-pane .aios-mistake")
    sync_api.expect(message).to_contain_text("line 15, column 20: a value is missing")
    picture(page, "builder_json_mistake")
    text.fill(whole.replace("*chat-completion*", "*multi-modal*"))
    text.blur()
    expect_count(page, "3 of 14 blocks")

    assert 0 == message.count()


def test_no_shortcut_of_the_notebook_fires_while_a_control_has_the_focus(
    page: "sync_api.Page",
) -> None:
    button(page, "Put a copy after condition 1").click()  # a control that was added later
    page.wait_for_selector(".aios-at-block-3-0")
    before = cells(page)
    for control in (
        button(page, "Leave condition 2 out for now"),
        page.locator(".aios-at-block-1 select").first,
        page.locator(".aios-at-block-2 select").first,
    ):
        control.focus()
        for key in ("d", "d", "x", "m", "a", "b"):
            page.keyboard.press(key)

    assert before == cells(page)
    assert (
        0
        == page.locator(
            ".aios-view :is(input, select, textarea, button):not([data-lm-suppress-shortcuts])"
        ).count()
    )


def test_the_guides_request_is_composed_from_empty_and_sent_by_keyboard_alone(
    bench: "sync_api.Page",
) -> None:
    page, metadata = bench, "Add a condition on the block's document"
    page.locator(".aios-view").get_by_label("Start from").focus()  # as a reader who clicked there
    page.keyboard.type("Empty")
    page.keyboard.press("Tab")
    assert 0 == eventually(lambda: page.locator(".aios-row").count(), 0)
    compose(page, metadata, f"{METADATA}.usecase", "contains", "*chat-completion*")
    compose(page, metadata, f"{METADATA}.capabilities.supportsStreaming")
    add(page, "Add a group of conditions on the block's document")
    fill(page, f"{METADATA}.evaluation.benchmarks.MMLU.value", "is at least", "80")
    arc = f"{METADATA}.evaluation.benchmarks.ARC-Challenge.value"
    compose(page, "Add a condition to group 3", arc, "is at least", "90")
    live = "Add a condition on its live metrics"
    compose(page, live, "instances.uptime_hours", "is above (>)", "10")
    compose(page, live, "instances.llm_tokens_per_second", "is above (>)", "10")
    tab_to(page, "Start from", backwards=True)
    choose(page, "How the conditions of the metrics query are joined", "at least")
    page.keyboard.press("Tab")
    expect_count(page, "8 of 14 blocks")
    press(page, "Show: Run", backwards=True)
    press(page, "Send the request to AIOS")
    sync_api.expect(page.locator(".aios-reply")).to_contain_text("Simulated reply of atlas-14b")
    picture(page, "workbench_sent")

    assert "True" == run(
        page,
        "from aios_nb.widgets.templates import GUIDE\n"
        "bench.model.run.latest.request.selection_query.filter_rule == GUIDE.draft.to_rule()",
    )


def run(page: "sync_api.Page", code: str) -> str:
    """Run code in the notebook's kernel and return the text of its value."""
    return page.evaluate(
        """async (code) => {
             const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
             let text = '';
             const future = kernel.requestExecute({ code });
             future.onIOPub = (m) => { text = m.content.data?.['text/plain'] ?? m.content.evalue ?? text; };
             await future.done;
             return text;
           }""",
        code,
    )


def test_what_is_pressed_while_the_kernel_is_busy_is_done_afterwards(
    page: "sync_api.Page",
) -> None:
    page.evaluate(
        """() => { const { session } = window.jupyterapp.shell.currentWidget.sessionContext;
             session.kernel.requestExecute({ code: 'import time; time.sleep(2)' }); }"""
    )
    button(page, "Leave condition 1 out for now").click()
    button(page, "Leave condition 2 out for now").click()
    sentence = page.locator(".aios-sentence")
    still = sentence.text_content()
    sync_api.expect(sentence).not_to_contain_text("supportsStreaming")
    button(page, "Take back the last change").click()
    expect_count(page, "9 of 14 blocks")

    assert "supportsStreaming" in still
    assert "supportsStreaming" in sentence.text_content()
    assert "usecase" not in sentence.text_content()


def test_metadata_of_a_cluster_runs_nothing(page: "sync_api.Page") -> None:
    nasty = "<img src=x onerror=document.title=666>"
    run(
        page,
        f"builder.rule = FilterRule(block=Condition({nasty!r}, '==', {nasty!r}))",
    )
    page.wait_for_selector(".aios-at-block")
    expect_count(page, "0 of 14 blocks")

    assert 0 == page.locator(".aios-view img").count()


def test_a_server_that_goes_away_is_told_quietly(page: "sync_api.Page") -> None:
    run(page, "aios.close()")
    button(page, "Leave condition 1 out for now").click()
    expect_count(page, "AIOS does not answer")


def test_no_rule_of_accessibility_is_violated(page: "sync_api.Page") -> None:
    for name in ("Fields", "JSON", "Export"):
        page.locator(".aios-view button", has_text=name).click()
    page.wait_for_selector(".aios-export pre")

    assert [] == violations(page)


def test_groups_are_announced_with_their_number(page: "sync_api.Page") -> None:
    names = page.evaluate(
        """() => [...document.querySelectorAll('.aios-view[role=group], .aios-view [role=group]')].map(
             (g) => document.getElementById(g.getAttribute('aria-labelledby'))?.textContent.trim())"""
    )

    assert {"Query builder", "Condition 1", "Condition 3.1", "Group 3"} <= set(names)
    assert None not in names


def test_the_dark_theme_is_readable(tmp_path: Path, browser: "sync_api.Browser") -> None:
    with running_lab(tmp_path, theme="JupyterLab Dark") as lab:
        page = open_notebook(browser, lab.write("dark.ipynb", *CELLS))
        show_builder(page)
        button(page, "Leave condition 1 out for now").click()
        expect_count(page, "9 of 14 blocks")
        picture(page, "builder_dark")
        found = violations(page)
        page.close()

    assert [] == found


def violations(page: "sync_api.Page") -> list[str]:
    found = axe.Axe().run(page, context=".aios-view").response["violations"]
    return [
        f"{v['id']}: {n['html'][:120]} {n['failureSummary'][:200]}"
        for v in found
        for n in v["nodes"]
    ]
