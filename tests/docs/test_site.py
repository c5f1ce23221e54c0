"""The documentation site: built without a warning, complete, and read without a network."""

import importlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[2]
LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
MODULES = ("check", "emulator", "explanation", "lab", "linting", "widgets")
PUBLIC = ("aios_nb", *(f"aios_nb.{x}" for x in MODULES))
CHROMIUM = shutil.which("chromium") or ""
BUILD_LIMIT_S = 300
# What a browser fetches by itself, without a reader who clicks.
FETCHED = {("link", "href"), ("use", "href"), ("object", "data"), ("form", "action")}


class _Addresses(HTMLParser):
    """Collects what a page fetches, where it links to, and its anchors."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(page.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"src", "srcset", "poster"} or (tag, name) in FETCHED:
                self.fetched.append(value or "")
            elif (tag, name) == ("a", "href"):
                self.links.append(value or "")
            elif name == "id":
                self.anchors.add(value or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site as ``make docs`` does; a warning is an error."""
    place = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going"]
    command += ["-d", str(place / "doctrees"), "-c", "docs", ".", str(place / "html")]
    build = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=BUILD_LIMIT_S, check=False
    )
    assert build.returncode == 0, build.stderr
    return place / "html"


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, _Addresses]:
    return {page: _Addresses(page) for page in site.rglob("*.html")}


def test_every_lesson_is_a_page_with_its_stored_outputs(site: Path) -> None:
    outputs = [(site / "notebooks" / f"{name}.html").read_text() for name in LESSONS]

    assert all('class="cell_output ' in text for text in outputs)


def test_no_page_fetches_anything_from_elsewhere(site: Path, pages: dict[Path, _Addresses]) -> None:
    away = re.compile(r"(?:https?:)?//")
    fetched = [x for page in pages.values() for x in page.fetched if away.match(x)]
    texts = [path.read_text() for path in site.rglob("*.css")] + [p.read_text() for p in pages]
    styled = [x for text in texts for x in re.findall(r"(?:url\(|@import )\W?(?:https?:)?//", text)]

    assert [] == fetched + styled


def test_every_link_within_the_site_leads_somewhere(pages: dict[Path, _Addresses]) -> None:
    broken = []
    for page, addresses in pages.items():
        for link in addresses.links:
            parts = urlsplit(link)
            if parts.scheme:
                continue
            there = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            known = pages[there].anchors if there in pages else set()
            if not there.exists() or (parts.fragment and unquote(parts.fragment) not in known):
                broken.append(f"{page.name}: {link}")

    assert [] == broken


def test_every_public_name_is_described(site: Path, pages: dict[Path, _Addresses]) -> None:
    anchors = pages[site / "docs" / "api.html"].anchors
    names = {f"{home}.{name}" for home in PUBLIC for name in importlib.import_module(home).__all__}
    # Described once, under the package.
    names -= {"aios_nb.explanation.explain", "aios_nb.linting.lint"}

    assert set() == names - anchors


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.skipif(not CHROMIUM, reason="no chromium: apt-get install chromium")
def test_a_browser_asks_nobody_else_and_finds_what_is_searched(address: str) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    asked: list[str] = []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 390, "height": 800})
        page.set_default_timeout(20_000)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        page.get_by_role("heading", name="aios-nb").first.wait_for()
        for name in LESSONS:
            page.goto(f"{address}notebooks/{name}.html")
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.goto(f"{address}search.html?q=regret")
        page.get_by_role("link", name="The policy lab").first.wait_for()
        browser.close()

    assert [] == [url for url in asked if not url.startswith((address, "data:"))]
