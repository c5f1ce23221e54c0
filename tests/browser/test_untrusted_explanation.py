"""A stored explanation in JupyterLab that nobody trusts: text, tables and picture, without scripts."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

CHROMIUM = shutil.which("chromium") or ""
sync_api = pytest.importorskip("playwright.sync_api")
pytest.importorskip("jupyterlab")
from jupyter_lab import running_lab  # noqa: E402 - only where a browser is

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no chromium: apt-get install chromium")
BROWSER = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
BROWSER += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
ARTEFACTS = Path(os.environ.get("AIOS_NB_ARTEFACTS", "artefacts"))
LESSON = Path(__file__).parents[2] / "notebooks" / "07_why_did_it_choose_that.ipynb"
THEMES = ["JupyterLab Light", "JupyterLab Dark"]
OUTPUTS = ".jp-OutputArea-output"
OPENED = """() => { const notebook = window.jupyterapp?.shell?.currentWidget?.content;
    return notebook?.model?.cells?.length > 0
        && document.querySelectorAll('.jp-OutputArea-output table').length > 0; }"""
UNTRUSTED = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
    .filter((cell) => cell.type === 'code' && cell.outputs.length).map((cell) => cell.trusted)"""
# How much the text of each cell stands out from what is behind it, as WCAG counts it.
CONTRASTS = """(table) => {
    const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
    const linear = (part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    const light = ([red, green, blue]) => 0.2126 * linear(red / 255)
        + 0.7152 * linear(green / 255) + 0.0722 * linear(blue / 255);
    const behind = (node) => {
        const color = numbers(getComputedStyle(node).backgroundColor);
        return color[3] === 0 ? behind(node.parentElement) : color; };
    const contrast = (cell) => {
        const pair = [numbers(getComputedStyle(cell).color), behind(cell)].map(light);
        return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05); };
    return [...table.querySelectorAll('th, td, caption')]
        .filter((cell) => cell.innerText.trim()).map(contrast); }"""
ACTIVE = re.compile(r"<script|<iframe|<link|\bon\w+=|javascript:|https?://", re.I)
CANDIDATES = [
    "atlas-14b-chat",
    "finch-8b-chat",
    "llama4-scout-17b-chat",
    "gemma3-27b-vision",
    "qwen3-32b-matcher",
    "lynx-27b-vision",
    "deepseek-r1-70b-chat",
    "aspen-22b-chat",
]


@pytest.fixture(scope="module", params=THEMES)
def page(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator["sync_api.Page"]:
    place = tmp_path_factory.mktemp("untrusted")
    with running_lab(place, theme=request.param) as lab, sync_api.sync_playwright() as playwright:
        shutil.copy(LESSON, lab.folder)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER)
        page = browser.new_page(viewport={"width": 1280, "height": 1300})
        page.set_default_timeout(20_000)
        page.foreign, page.theme = [], request.param.split()[-1].lower()
        page.on("request", lambda asked: note_foreign(page.foreign, asked.url))
        page.goto(f"{lab.url}/lab/tree/{LESSON.name}?reset")
        page.wait_for_function(OPENED, timeout=60_000)
        yield page
        browser.close()


def note_foreign(foreign: list[str], url: str) -> None:
    if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
        foreign.append(url)


def explanation(page: "sync_api.Page") -> "sync_api.Locator":
    return page.locator(OUTPUTS).filter(has_text="Candidates, best first").first


def test_nothing_that_is_shown_is_trusted(page: "sync_api.Page") -> None:
    outputs = page.evaluate(UNTRUSTED)

    assert {False} == set(outputs)
    assert len(outputs) > 8


def test_the_answer_candidates_filter_and_reasons_are_read_as_text(page: "sync_api.Page") -> None:
    shown = explanation(page)
    sync_api.expect(shown).to_be_visible()
    captions = shown.locator("caption").all_inner_texts()
    ranked = shown.locator("table").first.locator("tr").all_inner_texts()

    assert shown.inner_text().startswith("AIOS chose atlas-14b-chat: score ")
    assert ["Candidates, best first", "The filter: 14 blocks, 8 candidates"] == captions[:2]
    assert "Dropped, near misses first" == captions[2]
    assert CANDIDATES == [row.split("\t")[1].removesuffix(" (chosen)") for row in ranked[1:]]
    assert "MMLU 74.6 < 80 and ARC-Challenge is missing" in shown.inner_text()


def test_bars_and_marks_keep_their_size_and_colour(page: "sync_api.Page") -> None:
    bar = explanation(page).locator("[title^=Fast_Generator]").first
    box = bar.bounding_box()

    assert box is not None
    assert box["width"] > 100
    assert box["height"] > 5
    assert "rgb(76, 149, 108)" == bar.evaluate("(e) => getComputedStyle(e).backgroundColor")
    assert explanation(page).get_by_text("✕").first.is_visible()


def test_every_cell_is_legible_and_none_is_cut_off(page: "sync_api.Page") -> None:
    tables = explanation(page).locator("table").all()
    contrasts = [contrast for table in tables for contrast in table.evaluate(CONTRASTS)]
    wider = explanation(page).evaluate("(e) => e.scrollWidth - e.clientWidth")

    assert len(contrasts) > 60
    assert min(contrasts) > 4.5
    assert wider <= 0


def test_the_picture_is_shown_whole(page: "sync_api.Page") -> None:
    explanation(page).scroll_into_view_if_needed()
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"untrusted_explanation_{page.theme}.png")
    picture = page.locator(f"{OUTPUTS} img").first
    picture.scroll_into_view_if_needed()
    page.wait_for_timeout(300)  # the page moves on for a moment
    page.screenshot(path=ARTEFACTS / f"untrusted_picture_{page.theme}.png")

    assert picture.evaluate("(e) => e.complete && e.naturalWidth > 1000 && e.clientWidth > 500")


def test_no_script_is_needed_and_nobody_else_is_asked(page: "sync_api.Page") -> None:
    stored = [
        "".join(output["data"]["text/html"])
        for cell in nbformat.read(LESSON, as_version=4).cells
        for output in cell.get("outputs", [])
        if "text/html" in output.get("data", {})
    ]
    active = [found for html in stored for found in ACTIVE.findall(html)]

    assert len(stored) > 2
    assert [] == active
    assert 0 == page.locator(f"{OUTPUTS} :is(script, iframe, link)").count()
    assert [] == page.foreign
