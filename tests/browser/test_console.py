"""The emulator's page in a real browser: it fits, opens, filters, and runs nothing."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from aios_nb import AIOSClient, InferenceRequest, connect

CHROMIUM = shutil.which("chromium") or ""
sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no chromium: apt-get install chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
ARTEFACTS = Path(os.environ.get("AIOS_NB_ARTEFACTS", "artefacts"))


@pytest.fixture(scope="module")
def aios() -> Iterator[AIOSClient]:
    with connect() as client:
        client.infer(InferenceRequest(message="Hello", model="finch-8b-chat"))
        yield client


@pytest.fixture(scope="module")
def page(aios: AIOSClient) -> Iterator["sync_api.Page"]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(10_000)
        page.complaints = []
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("request", lambda request: page.complaints.append(request.url))
        page.goto(aios.emulator.url)
        yield page
        browser.close()


def test_the_page_asks_nobody_else_and_complains_of_nothing(
    page: "sync_api.Page", aios: AIOSClient
) -> None:

    assert "Offline AIOS" == page.title()
    assert {f"{aios.emulator.url}/"} == set(page.complaints)


@pytest.mark.parametrize("width", [1280, 768, 390])
def test_nothing_is_cut_off_at_any_width(page: "sync_api.Page", width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"console_{width}.png", full_page=True)
    wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.set_viewport_size({"width": 1280, "height": 800})

    assert wider <= 0


def test_the_whole_fleet_table_is_seen_at_1280_pixels(page: "sync_api.Page") -> None:
    hidden = page.evaluate(
        "(() => { const t = document.querySelector('#fleet .scroll');"
        " return t.scrollWidth - t.clientWidth; })()"
    )

    assert 0 == hidden


def test_a_request_opens_by_keyboard(page: "sync_api.Page") -> None:
    summary = page.locator("#requests summary", has_text="/v1/infer")
    summary.focus()
    page.keyboard.press("Enter")

    assert page.get_by_text('"message": "Hello"').is_visible()


def test_log_lines_are_filtered_by_a_form(page: "sync_api.Page") -> None:
    page.get_by_label("Value").select_option("inference-server")
    page.get_by_label("Text").fill("pushing packet")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**text=pushing+packet*")
    texts = page.locator("#logs pre").all_inner_texts()

    assert texts
    assert all("pushing packet" in text for text in texts)
