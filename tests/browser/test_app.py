"""The app in a real browser: from the filter to the answer, cancel, themes, screen readers."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or ""
sync_api = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")
pytest.importorskip("voila")
from app_server import running_app  # noqa: E402 - only where a browser is

pytestmark = [
    pytest.mark.skipif(not CHROMIUM, reason="no chromium: apt-get install chromium"),
    pytest.mark.skipif(not shutil.which("make"), reason="no make: apt-get install make"),
]
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
ARTEFACTS = Path(os.environ.get("AIOS_NB_ARTEFACTS", "artefacts"))
STEPS = ("Filter", "Candidates", "Goals", "Request", "Run", "Log")
CUT_OFF = """() => [...document.querySelectorAll(".aios-view :is(label, button, td, summary span)")]
    .filter((e) => e.clientWidth && e.scrollWidth > e.clientWidth + 1)
    .map((e) => e.textContent.trim())"""
DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8"
    "cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
HANGING = "aspen-22b-chat"  # has no instance, so it never answers


@pytest.fixture(scope="module")
def browser() -> Iterator["sync_api.Browser"]:
    sync_api.expect.set_options(timeout=20_000)  # two cores, and other work on them
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module", params=["light", "dark"])
def app(
    request: pytest.FixtureRequest,
    browser: "sync_api.Browser",
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator["sync_api.Page"]:
    log = tmp_path_factory.mktemp("app") / "voila.log"
    with running_app(log, theme=request.param) as url:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(20_000)
        page.theme, page.foreign = request.param, []
        page.on("request", lambda asked: note_foreign(page.foreign, asked.url))
        page.goto(url)
        sync_api.expect(step(page, "Filter")).to_contain_text("8 of 14 blocks", timeout=60_000)
        yield page
        page.close()


def note_foreign(foreign: list[str], url: str) -> None:
    if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
        foreign.append(url)


def step(page: "sync_api.Page", name: str) -> "sync_api.Locator":
    return page.get_by_role("button", name=re.compile(rf"^\d {name}"))


def open_step(page: "sync_api.Page", name: str) -> None:
    step(page, name).click()
    sync_api.expect(step(page, name)).to_have_attribute("aria-pressed", "true")


def send(page: "sync_api.Page", *, block_id: str = "") -> None:
    open_step(page, "Request")
    page.get_by_label("Ask only").fill(block_id)
    page.get_by_text("asked directly" if block_id else "Each request gets").wait_for()
    open_step(page, "Run")
    page.get_by_role("button", name="Send request").click()


def settled(page: "sync_api.Page", name: str) -> None:
    """Open a step and wait for what it has to say."""
    open_step(page, name)
    words = {
        "Candidates": "8 of 14 blocks are candidates",
        "Goals": "AIOS chose",
        "Log": "ad-hoc server",
    }
    if name in words:
        page.get_by_text(words[name]).filter(visible=True).first.wait_for()


def test_the_page_asks_nobody_else(app: "sync_api.Page") -> None:

    assert "Ad-hoc inference in AIOS" == app.title()
    assert [] == app.foreign


def test_a_request_is_sent_and_its_reply_and_log_are_shown(app: "sync_api.Page") -> None:
    send(app)
    sync_api.expect(app.locator(".aios-reply").first).to_contain_text("Simulated reply of atlas")
    app.get_by_text("Raw JSON").click()
    assert app.get_by_text('"model": "atlas-14b-chat"').is_visible()
    open_step(app, "Log")

    sync_api.expect(app.locator(".aios-log")).to_contain_text("pushing packet")


@pytest.mark.parametrize("name", STEPS)
def test_no_step_has_a_barrier_or_is_cut_off_at_1280_pixels(
    app: "sync_api.Page", name: str
) -> None:
    settled(app, name)
    ARTEFACTS.mkdir(exist_ok=True)
    app.screenshot(path=ARTEFACTS / f"app_{name.lower()}_{app.theme}.png", full_page=True)
    found = axe.Axe().run(app).response["violations"]
    wider = app.evaluate("document.documentElement.scrollWidth - innerWidth")

    assert [] == [(v["id"], [node["html"] for node in v["nodes"]]) for v in found]
    assert wider <= 0
    assert [] == app.evaluate(CUT_OFF)


def test_waiting_shows_progress_and_can_be_cancelled(app: "sync_api.Page") -> None:
    send(app, block_id=HANGING)
    app.get_by_role("progressbar", name="Waiting for an answer").wait_for()
    app.get_by_text("waiting for 1 s").wait_for()
    app.screenshot(path=ARTEFACTS / f"app_waiting_{app.theme}.png")
    app.get_by_role("button", name="Cancel").click()

    sync_api.expect(app.get_by_text("You stopped waiting")).to_be_visible()
    assert 0 == app.get_by_role("progressbar").count()
    sync_api.expect(app.get_by_role("button", name="Send request")).to_be_enabled()


def test_after_a_cancel_the_next_request_is_answered(app: "sync_api.Page") -> None:
    send(app)

    sync_api.expect(app.locator(".aios-reply").first).to_contain_text("Simulated reply")


def test_an_error_is_a_hint(app: "sync_api.Page") -> None:
    send(app, block_id="ghost")

    sync_api.expect(app.get_by_text("What to do:")).to_be_visible()
    assert 0 == app.get_by_text("Traceback").count()


def test_the_ranking_follows_a_slider_moved_by_keyboard(app: "sync_api.Page") -> None:
    open_step(app, "Goals")
    slider = app.get_by_role("slider", name="Weight of Fast_Generator")
    slider.focus()
    app.keyboard.press("Home")
    sync_api.expect(step(app, "Goals")).to_contain_text("lynx-27b-vision")
    app.keyboard.press("End")

    sync_api.expect(step(app, "Goals")).to_contain_text("atlas-14b-chat")


def test_a_block_opens_to_its_truth_table_by_keyboard(app: "sync_api.Page") -> None:
    settled(app, "Candidates")
    app.locator("summary", has_text="birch-15b-code").focus()
    app.keyboard.press("Enter")

    sync_api.expect(app.get_by_text("Dropped: usecase is").first).to_be_visible()


def test_what_passes_follows_a_muted_condition_on_every_step(app: "sync_api.Page") -> None:
    open_step(app, "Filter")
    app.get_by_role("button", name="Mute").nth(1).click()
    sync_api.expect(step(app, "Filter")).not_to_contain_text("8 of 14")
    open_step(app, "Candidates")
    sync_api.expect(app.get_by_text("9 of 14 blocks are candidates")).to_be_visible()
    open_step(app, "Filter")
    app.get_by_role("button", name="Undo").click()

    sync_api.expect(step(app, "Filter")).to_contain_text("8 of 14")


def test_a_newcomer_gets_from_an_empty_filter_to_an_answer_without_json(
    app: "sync_api.Page",
) -> None:
    open_step(app, "Filter")
    app.get_by_label("Start from").select_option("Empty")
    open_step(app, "Run")
    app.get_by_role("button", name="Send request").click()
    app.get_by_role("button", name="Send request").wait_for()
    open_step(app, "Filter")
    app.get_by_role("button", name="Add condition").first.click()
    field = app.locator(".aios-row input").first
    field.fill("id")
    field.press("Tab")
    # Edits faster than the kernel's answers are merged: each waits for the one before.
    sync_api.expect(app.locator(".aios-info").first).to_contain_text("of 14 blocks")
    app.locator(".aios-operator select").first.select_option(label="contains (LIKE)")
    sync_api.expect(step(app, "Filter")).to_contain_text("1 of 14 blocks")
    value = app.locator(".aios-value input").first
    value.fill("*vision*")
    value.press("Tab")
    sync_api.expect(step(app, "Filter")).to_contain_text("2 of 14 blocks")
    send(app)

    sync_api.expect(app.locator(".aios-reply").first).to_contain_text("vision")


def test_the_mark_of_a_weight_covers_no_name(app: "sync_api.Page") -> None:
    open_step(app, "Goals")
    app.locator(".aios-strip i").first.wait_for()
    gaps = app.evaluate(
        """() => [...document.querySelectorAll('.aios-strip')].map((strip) =>
             strip.getBoundingClientRect().top
             - strip.querySelector('i').getBoundingClientRect().bottom)"""
    )

    assert [] == [gap for gap in gaps if gap < -1]


def test_no_choice_stands_beside_a_filter_that_is_not_complete(app: "sync_api.Page") -> None:
    open_step(app, "Filter")
    app.get_by_role("button", name="Add condition").first.click()
    sync_api.expect(app.locator(".aios-headline")).to_contain_text("1 condition to complete first")
    sync_api.expect(step(app, "Goals")).to_have_text("3 Goals")
    open_step(app, "Goals")
    app.get_by_text("The filter of step 1 is not complete").filter(visible=True).wait_for()
    open_step(app, "Filter")
    app.get_by_role("button", name="Undo").click()

    sync_api.expect(step(app, "Goals")).to_contain_text("3 Goals: ")


def test_a_picture_from_a_file_is_sent_to_a_multi_modal_block(app: "sync_api.Page") -> None:
    open_step(app, "Filter")
    app.get_by_label("Start from").select_option("A multi-modal block")
    sync_api.expect(step(app, "Filter")).not_to_contain_text("8 of 14")
    sync_api.expect(step(app, "Filter")).to_contain_text("of 14 blocks")
    open_step(app, "Request")
    app.get_by_label("Mode", exact=True).select_option(label="chat with an image")
    sync_api.expect(app.get_by_text("there is no picture yet")).to_be_visible()
    with app.expect_file_chooser() as chooser:
        app.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files({"name": "dot.png", "mimeType": "image/png", "buffer": DOT})
    sync_api.expect(app.get_by_text("there is no picture yet")).to_have_count(0)
    assert 0 == app.locator(".aios-mistake").filter(visible=True).count()
    app.screenshot(path=ARTEFACTS / f"app_picture_{app.theme}.png")
    send(app)
    sync_api.expect(app.locator(".aios-reply").first).to_contain_text("Simulated reply")
    open_step(app, "Request")
    app.get_by_label("Mode", exact=True).select_option(label="chat")
    open_step(app, "Filter")
    app.get_by_role("button", name="Undo").click()

    sync_api.expect(step(app, "Filter")).to_be_visible()
