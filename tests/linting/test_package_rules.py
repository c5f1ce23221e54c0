"""Each rule on policy packages finds its bad example, at its line, and lets the good one pass."""

from pathlib import Path

import pytest

from aios_nb import PolicyError, PolicyPackage, lint
from aios_nb.linting.packages import check_files

ROOT = Path(__file__).parents[2]
FUNCTION = "code/function.py"
BODY = "return input_data[0]"
HEAD = """\
{imports}
class AIOSv1PolicyRule:
    def __init__(self, rule_id, settings, parameters):
        self.settings, self.parameters = settings, parameters
    def eval(self, parameters, input_data, context):
        {body}
"""


def policy(body: str = BODY, imports: str = "", more: str = "") -> str:
    """Return a source; the body of eval starts at line 6."""
    return HEAD.format(imports=imports, body=body.replace("\n", "\n        ")) + more


def ask(call: str) -> str:
    return policy(f"x = {call}\n{BODY}", "import requests, socket, urllib.request")


LOOP = "for c in input_data:\n    {}\nreturn input_data[0]"
TRY = "try:\n    x = 1\n{}\nreturn input_data[0]"
LOG = "import logging\nlog = logging.getLogger('x')\nlog.addHandler(logging.StreamHandler())"
MIN = "best = 'min'\n"
SOURCES: list[tuple[str, int, str, str]] = [
    ("L1", 6, policy("return input_data.get('candidates')[0]"), policy()),
    ("L1", 6, policy("return input_data['candidates'][0]"), policy()),
    ("L3", 6, policy("return input_data[0]['containerRegistryInfo']"), policy()),
    ("N06", 6, policy("x = 'http://MANAGEMENTMASTER:1'\n" + BODY), policy()),
    ("N20", 6, policy("x = 'http://10.0.0.5:30201/block'\n" + BODY), policy("'''See http://a.b'''\n" + BODY)),
    ("N22", 1, policy(imports="import pandas"), policy(imports="import json")),
    ("P1", 6, policy("u = parameters.get('METRICS_BASE_URL')\n" + BODY),
     policy("u = parameters.get('METRICS_BASE_URL') or self.settings.get('METRICS_BASE_URL')\n" + BODY)),
    ("P2", 8, policy(TRY.format("except:\n    pass")), policy(TRY.format("except KeyError:\n    pass"))),
    ("P2", 8, policy(TRY.format("except Exception:\n    x = 0")), policy(TRY.format("except Exception:\n    raise"))),
    ("P4", 6, policy("x = 'hardware.gpus[0].totalMem'\n" + BODY), policy("x = 'hardware.gpus.0.totalMem'\n" + BODY)),
    ("P5", 6, policy("x = 'componentMetadata.usecase'\n" + BODY), policy("x = 'component.componentMetadata.usecase'\n" + BODY)),
    ("P5", 6, policy("x = input_data[0].get('componentMetadata')\n" + BODY),
     policy("x = input_data[0]['component'].get('componentMetadata')\n" + BODY)),
    ("P7", 7, policy(MIN + "x = parameters.get('a') or 0\n" + BODY), policy("x = parameters.get('a') or 0\n" + BODY)),
    ("P13", 7, policy(LOOP.format("c.update({})")), policy(LOOP.format("x = dict(c); x.update({})"))),
    ("P14", 6, ask("requests.get('x')"), ask("requests.get('x', timeout=5)")),
    ("P14", 6, ask("requests.get('x', timeout=None)"), ask("requests.get('x', timeout=5)")),
    ("P14", 6, ask("urllib.request.urlopen('x')"), ask("urllib.request.urlopen('x', None, 5)")),
    ("P14", 6, ask("socket.create_connection(('h', 1))"), ask("socket.create_connection(('h', 1), 5)")),
    ("P14", 7, policy("s = requests.Session()\ns.post('x')\n" + BODY, "import requests"),
     policy("s = requests.Session()\ns.post('x', timeout=5)\n" + BODY, "import requests")),
    ("P14", 6, policy("x = get('u')\n" + BODY, "from requests import get"), policy()),
    ("P14", 7, policy(LOOP.format("requests.get('x', timeout=5)"), "import requests"), policy()),
    ("P14", 7, policy(LOOP.format("self.ask(c)"), "import requests",
     "    def ask(self, c):\n        return requests.get('x', timeout=5)\n"), policy()),
    ("P17", 3, policy(imports=LOG), policy(imports=LOG + "\nlog.propagate = False")),
    ("T31", 6, policy("x = parameters['wish']\n" + BODY), policy("x = parameters.get('wish')\n" + BODY)),
    ("T34", 6, policy("return None"), policy()),
    ("T34", 6, policy("return 'atlas-14b-chat'"), policy("return {'id': 'atlas-14b-chat'}")),
    ("T34", 6, policy("return {'allowed': True}"), policy("return {**input_data[0]}")),
    ("T34", 6, policy("return {'result': [], 'reason': 'no'}"), policy("raise ValueError('no')")),
    ("T34", 6, policy("return {1, 2}"), policy()),
    ("T34", 6, policy("return []"), policy("return input_data[:1]")),
    ("T34", 5, policy("if input_data:\n    return input_data[0]"), policy()),
    ("T34", 5, policy("yield input_data[0]"), policy()),
    ("T34", 5, policy("pass"), policy()),
    ("T34", 5, policy("self.best = input_data[0]"), policy("raise ValueError('no')")),
    ("T34", 6, policy("return input_data[0]['id']"), policy("return {'id': input_data[0]['id']}")),
    ("T34", 6, policy("return input_data[0].get('id')"), policy("return input_data[0].copy()")),
    ("T34", 7, policy("best = input_data[0]['id']\nreturn best"), policy("b = {}\nb = input_data[0]\nreturn b")),
    ("T34", 6, policy("return [b['id'] for b in input_data]"), policy("return [b for b in input_data]")),
    ("T34", 6, policy("return json.dumps(input_data[0])", "import json"), policy()),
    ("T34", 6, policy("return reversed(input_data)"), policy("return input_data[::-1]")),
    ("T34", 8, policy("return self.no()", "", "    def no(self):\n        return {'a': 1}\n"), policy()),
    ("T48", 6, policy("print(1)\n" + BODY), policy()),
    ("T51", 6, policy("sys.exit(1)", "import sys"), policy()),
    ("T51", 6, policy("raise SystemExit"), policy("raise ValueError")),
    ("T51", 6, policy("while True:\n    x = 1"), policy("while True:\n    return input_data[0]")),
]  # fmt: skip
GOOD = policy().encode()
ARCHIVES: list[tuple[str, str, dict[str, bytes]]] = [
    ("N21", "code/requirements.txt:2", {FUNCTION: GOOD, "code/requirements.txt": b"a==1\n!b\n"}),
    ("N21", "code/requirements.txt:1", {FUNCTION: GOOD, "code/requirements.txt": b"-r x.txt"}),
    ("N21", "code/requirements.txt:1", {FUNCTION: GOOD, "code/requirements.txt": b"\xff\xfe"}),
    ("N23", "", {f"mine/{FUNCTION}": GOOD}),
    ("N23", "code/", {"code/Function.py": GOOD}),
    ("N23", "requirements.txt", {FUNCTION: GOOD, "requirements.txt": b""}),
    ("N23", "code/../x", {FUNCTION: GOOD, "code/../x": b""}),
    ("N24", FUNCTION, {FUNCTION: b"class AIOSv1PolicyRule: x ="}),
    ("N24", FUNCTION, {FUNCTION: b"class Policy: pass"}),
    ("N24", "code/more.py", {FUNCTION: GOOD, "code/more.py": b"x ="}),
    ("T33", "code/requirements.txt:1", {FUNCTION: GOOD, "code/requirements.txt": b"requests>=2"}),
    ("T35", "code/.ipynb_checkpoints/a.py", {FUNCTION: GOOD, "code/.ipynb_checkpoints/a.py": b""}),
    ("T35", "code/__pycache__/a.pyc", {FUNCTION: GOOD, "code/__pycache__/a.pyc": b""}),
]


def found(files: dict[str, bytes]) -> set[tuple[str, str]]:
    return {(finding.code, finding.place) for finding in check_files(files)}


@pytest.mark.parametrize(("code", "line", "bad", "good"), SOURCES)
def test_a_bad_source_is_found_at_its_line(code: str, line: int, bad: str, good: str) -> None:

    assert (code, f"{FUNCTION}:{line}") in found({FUNCTION: bad.encode()})


@pytest.mark.parametrize(("code", "line", "bad", "good"), SOURCES)
def test_a_good_source_passes(code: str, line: int, bad: str, good: str) -> None:

    assert code not in {code for code, _ in found({FUNCTION: good.encode()})}


@pytest.mark.parametrize(("code", "place", "files"), ARCHIVES)
def test_a_bad_archive_is_found(code: str, place: str, files: dict[str, bytes]) -> None:

    assert (code, place) in found(files)


def test_a_faultless_package_has_nothing_to_report() -> None:
    files = {FUNCTION: GOOD, "code/requirements.txt": b"# none\nrequests==2.32.3  # http\n"}

    assert set() == found(files)


def test_the_shipped_policy_has_one_note_about_its_requirement() -> None:
    package = PolicyPackage.from_folder(ROOT / "notebooks" / "policies" / "attributebasedrouter")

    assert [("T33", "note")] == [(f.code, f.severity) for f in lint(package)]


def test_the_defects_of_the_reference_policy_are_found() -> None:
    source = (ROOT / "tests" / "golden" / "reference_like.py").read_text()
    codes = {finding.code for finding in lint(PolicyPackage.from_source("reference", source))}

    assert {"P1", "P2", "P5", "P7", "P13", "P14", "P17", "T34"} == codes


def test_the_guides_matcher_is_found_out() -> None:
    """Section 6 of the guide takes the list for a dict and returns no block (contract §10)."""
    source = policy(
        "candidates = input_data.get('candidates', [])\n"
        "chosen = next(c for c in candidates if c.get('containerRegistryInfo', {}))\n"
        "return {'allowed': True, 'input_data': {'selected_block': chosen}}"
    )

    codes = {finding.code for finding in lint(PolicyPackage.from_source("matcher", source))}

    assert {"L1", "L3", "T34"} == codes


def test_an_import_that_is_ready_for_absence_needs_no_requirement() -> None:
    guarded = "try:\n    import numpy\nexcept ImportError:\n    numpy = None"

    assert not found({FUNCTION: policy(imports=guarded).encode()})


def test_the_policies_of_the_lessons_have_no_error_and_no_warning() -> None:
    folder = Path(__file__).parents[2] / "notebooks" / "policies"
    marks = {
        (path.name, finding.code)
        for path in folder.iterdir()
        for finding in lint(PolicyPackage.from_folder(path))
        if finding.severity != "note"
    }

    assert set() == marks


@pytest.mark.parametrize("use", ["input_data['candidates']", "input_data.items()"])
def test_what_a_list_says_that_is_taken_for_a_dict_is_what_python_says(use: str) -> None:
    package = PolicyPackage.from_source("a", policy(f"x = {use}\n{BODY}"))
    (finding,) = lint(package)
    with pytest.raises(PolicyError) as failed:
        package.run([{"id": "a"}])

    assert finding.consequence.partition(": ")[2] in str(failed.value)
