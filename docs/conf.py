"""The documentation site: lessons as stored, pages about them, and the public names."""

import json
import sys
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

# The source folder is the project's root, so that links between pages are those of GitHub and
# JupyterLab: sphinx-build -c docs . build/docs
CONTENTS = Path(__file__).with_name("contents.md")
LESSONS = Path(__file__).parents[1] / "notebooks"
sys.path.insert(0, str(CONTENTS.parent))  # for anchors.py

project = "aios-nb"
version = release = version_of("aios-nb")
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "README"
include_patterns = [
    "README.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "notebooks/*.md",
    "notebooks/[0-9][0-9]_*.ipynb",
    "aios_nb/emulator/README.md",
    "fixtures/README.md",
    "docs/api.md",
]
exclude_patterns = [".*", "build", "artefacts", "tests"]

# Outputs are those of the last `make outputs`; tests prove that they are fresh.
nb_execution_mode = "off"
# Without these, pages with widgets would fetch scripts from a CDN.
nb_ipywidgets_js: dict[str, Any] = {}
myst_heading_anchors = 4
myst_heading_slug_func = "anchors.anchor"

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
autodoc_preserve_defaults = True
napoleon_google_docstring = False
napoleon_use_ivar = True  # or "Attributes" describes twice what is a property

html_theme = "furo"
html_title = f"aios-nb {version}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
# The front page is the README; this one leads browsers there.
html_additional_pages = {"index": "front.html"}
templates_path = ["templates"]


def _entry(lesson: Path) -> str:
    """Return a lesson's line in the contents: its number, its title and the way to it."""
    title = json.loads(lesson.read_text())["cells"][0]["source"][0]
    return f"{lesson.stem[:2]} {title.strip('# ').rstrip()} </notebooks/{lesson.stem}>"


def _with_contents(app: Any, docname: str, source: list[str]) -> None:
    """Give the front page the table of contents, which GitHub would show as code."""
    if docname == app.config.root_doc:
        entries = (_entry(lesson) for lesson in sorted(LESSONS.glob("[0-9][0-9]_*.ipynb")))
        source[0] += "\n" + CONTENTS.read_text().replace("LESSONS", "\n".join(entries))


def setup(app: Any) -> dict[str, bool]:
    """Register what stands above; Sphinx calls this."""
    app.connect("source-read", _with_contents)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
