"""A notebook of one's own as a page: builder and workbench in Voilà, on a fleet that bites."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

CHROMIUM = shutil.which("chromium") or ""
sync_api = pytest.importorskip("playwright.sync_api")
pytest.importorskip("voila")
from app_server import ROOT, running_app  # noqa: E402 - only where a browser is
from keyboard import press  # noqa: E402 - likewise

pytestmark = [
    pytest.mark.skipif(not CHROMIUM, reason="no chromium: apt-get install chromium"),
    pytest.mark.skipif(not shutil.which("make"), reason="no make: apt-get install make"),
]
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
FIXTURES = ROOT / "fixtures"
POLICY = ROOT / "notebooks" / "policies" / "attributebasedrouter"
EVIL = "<img src=x onerror=document.title='caught'>"
PLAIN = "atlas-14b-chat"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator["sync_api.Page"]:
    place = tmp_path_factory.mktemp("voila")
    notebook = write_notebook(place / "own.ipynb", write_fleet(place / "fleet"))
    with (
        running_app(place / "voila.log", notebook=notebook) as url,
        sync_api.sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(20_000)
        page.goto(url)
        sync_api.expect(page.locator(".aios-headline").first).to_contain_text("2 of 2 blocks")
        yield page
        browser.close()


def write_fleet(folder: Path) -> Path:
    """Write two blocks; one has a name, a use case and a field that want to be run."""
    for kind in ("blocks", "metrics", "clusters", "replies"):
        (folder / kind).mkdir(parents=True)
    for kind in ("blocks", "metrics"):
        document = read(kind)
        write(folder / kind / "plain.json", document)
        write(folder / kind / "evil.json", evil(document))
    shutil.copy(FIXTURES / "replies" / f"{PLAIN}.json", folder / "replies")
    return folder


def read(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FIXTURES / kind / f"{PLAIN}.json").read_text())
    return found


def write(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document))


def evil(document: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(document).replace(PLAIN, EVIL)
    found: dict[str, Any] = json.loads(text.replace("chat-completion", f"chat-completion {EVIL}"))
    return found | {EVIL: EVIL}


def write_notebook(path: Path, fleet: Path) -> Path:
    cells = (
        "from aios_nb import PolicyPackage, connect\n"
        "from aios_nb.widgets import QueryBuilder, Workbench",
        f"aios = connect(fleet={str(fleet)!r})\n"
        f"uri = aios.deploy_policy(PolicyPackage.from_folder({str(POLICY)!r}))",
        "QueryBuilder(find=aios.find_candidates)",
        "Workbench.of(aios, policy_uri=uri)",
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, path)
    return path


def test_a_builder_in_a_page_of_its_own_counts_and_undoes_by_keyboard(
    page: "sync_api.Page",
) -> None:
    builder = page.locator(".aios-view").first
    builder.get_by_label("Start from").focus()
    press(page, "Leave condition 2 out for now")
    sync_api.expect(builder.locator(".aios-sentence")).not_to_contain_text("supportsStreaming")
    press(page, "Take back the last change", backwards=True)

    sync_api.expect(builder.locator(".aios-sentence")).to_contain_text("supportsStreaming")


def test_names_from_a_cluster_run_nothing_on_any_panel(page: "sync_api.Page") -> None:
    for name in ("Fields", "JSON", "Export"):
        page.locator(".aios-view button", has_text=name).first.click()
    for name in ("Candidates", "Goals", "Request", "Run", "Log"):
        page.locator(".aios-step", has_text=name).click()
        if name == "Run":
            page.get_by_role("button", name="Send request").click()
            page.get_by_text("Run 1:").wait_for()
        if name == "Candidates":
            page.locator("summary", has_text="<img").first.click()
            page.get_by_text("A candidate: passes").filter(visible=True).wait_for()
        if name == "Goals":
            page.get_by_text("AIOS chose").wait_for()

    assert page.locator(".aios-headline").first.text_content().count(EVIL) == 1
    assert 0 == page.locator("img[src=x]").count()
    assert page.title() != "caught"
