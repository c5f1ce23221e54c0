"""``make lab`` in a real browser: the first lesson, and beside it the page of its emulator."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or ""
sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = [
    pytest.mark.skipif(not CHROMIUM, reason="no chromium: apt-get install chromium"),
    pytest.mark.skipif(not shutil.which("make"), reason="no make: apt-get install make"),
]
ROOT = Path(__file__).parents[2]
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run"]
LAB_FLAGS = (
    "--no-browser --allow-root --ServerApp.ip=127.0.0.1 --port=0 --IdentityProvider.token= "
    "--LabApp.news_url= --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"
)
STARTED = re.compile(r"http://127\.0\.0\.1:\d+/\S*")
START_LIMIT_S = 60


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run ``make lab`` as a reader would, in a workspace that is new."""
    place = tmp_path_factory.mktemp("lab")
    command = ["make", "--no-print-directory", "--assume-old=.venv/.installed", "lab"]
    command += [f"FLAGS={LAB_FLAGS}", f"JUPYTERLAB_WORKSPACES_DIR={place / 'workspaces'}"]
    lab = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "JUPYTERLAB_SETTINGS_DIR": str(place / "settings")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield _address(lab)
    finally:
        os.killpg(lab.pid, signal.SIGTERM)
        lab.communicate(timeout=20)


def _address(lab: "subprocess.Popen[str]") -> str:
    guard = signal.signal(signal.SIGALRM, lambda *_: lab.kill())
    signal.alarm(START_LIMIT_S)
    said = []
    try:
        for line in lab.stderr or ():
            said.append(line)
            if found := STARTED.search(line):
                return found.group()
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, guard)
    raise TimeoutError("make lab gave no address; it said:\n" + "".join(said))


@pytest.fixture(scope="module")
def page(address: str) -> Iterator["sync_api.Page"]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport={"width": 1500, "height": 900})
        page.set_default_timeout(60_000)
        page.goto(address)
        yield page
        browser.close()


def test_make_lab_shows_the_first_lesson_and_the_page_of_its_emulator(
    page: "sync_api.Page",
) -> None:
    page.get_by_role("heading", name="Start here: one request").wait_for()
    beside = page.frame_locator("iframe").first
    beside.get_by_role("heading").first.wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    beside.get_by_role("heading", name="Offline AIOS").wait_for()
    beside.get_by_text("finch-8b-chat").first.wait_for()

    assert "http://127.0.0.1:8765/?refresh=5" in [frame.url for frame in page.frames]
