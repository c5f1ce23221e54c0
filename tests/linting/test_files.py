"""Files: what they are taken for, and what is said of those that cannot be read."""

import json
import zipfile
from pathlib import Path

import pytest

from aios_nb import PayloadError, PolicyPackage
from aios_nb.linting.files import lint_file, read_fields

from .payloads import FIXTURES, META, blocks, fleet, request, says
from .test_linter import SOURCE


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    (folder / "code").mkdir(parents=True)
    (folder / "code" / "function.py").write_text(SOURCE.replace("input_data[0]", "None"))
    return folder


def test_a_folder_is_a_policy_package(package: Path) -> None:

    assert ["T34"] == [f.code for f in lint_file(package)]


def test_caches_in_a_folder_are_not_packed_and_not_reported(package: Path) -> None:
    (package / "code" / "__pycache__").mkdir()
    (package / "code" / "__pycache__" / "function.pyc").write_bytes(b"")

    assert ["T34"] == [f.code for f in lint_file(package)]


def test_a_folder_without_code_is_an_error(tmp_path: Path) -> None:

    assert ["N23"] == [f.code for f in lint_file(tmp_path)]


def test_an_archive_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "policy.bin"
    path.write_bytes(PolicyPackage.from_source("a", SOURCE).archive())

    assert ("policy package policy.bin", []) == (lint_file(path).subject, list(lint_file(path)))


def test_an_archive_may_hold_what_a_package_refuses(tmp_path: Path) -> None:
    path = tmp_path / "policy.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mine/code/function.py", SOURCE)

    assert ["N23", "N23"] == [f.code for f in lint_file(path)]


def test_a_source_alone_is_linted(tmp_path: Path) -> None:
    path = tmp_path / "function.py"
    path.write_text("import pandas\n" + SOURCE)

    assert [("N22", "code/function.py:1")] == [(f.code, f.place) for f in lint_file(path)]


def test_bad_json_is_named_with_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{\n  "session_id": 1,\n  oops\n}')

    assert [("N25", "line 3 column 3")] == [(f.code, f.place) for f in lint_file(path)]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"matchType": "block", "matchType": "block", "filter": {"blockQuery": %s}}', "matchType"),
        ('{"matchType": "block", "filter": {"blockQuery": %s}, "x": NaN}', "NaN"),
    ],
)
def test_what_python_lets_pass_is_found(tmp_path: Path, text: str, place: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text % json.dumps(says()))

    assert ("N25", place) in [(f.code, f.place) for f in lint_file(path)]


@pytest.mark.parametrize("raw", [b"\xff\xfe{", b"[" * 100_000], ids=["utf-16", "deep"])
def test_what_is_no_text_is_a_finding(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(raw)

    assert ["N25"] == [f.code for f in lint_file(path)]


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps(request()), encoding="utf-8-sig")

    assert [] == list(lint_file(path))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PayloadError, match=r"cannot read .*nope.json: No such file"):
        lint_file(tmp_path / "nope.json")


def test_fields_come_from_a_folder_and_from_a_list(tmp_path: Path) -> None:
    path = tmp_path / "fleet.json"
    path.write_text(json.dumps(fleet()))
    listed = read_fields(path)

    assert (listed.blocks, listed.metrics) == (
        read_fields(FIXTURES).blocks,
        read_fields(FIXTURES).metrics,
    )


@pytest.mark.parametrize("text", ["{}", "[]", "[1]", "x"])
def test_fields_of_nothing_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "fleet.json"
    path.write_text(text)

    with pytest.raises(PayloadError, match=r"holds no block|is no JSON"):
        read_fields(path)


def test_fields_of_a_file_are_used(tmp_path: Path) -> None:
    path = tmp_path / "rule.json"
    path.write_text(json.dumps(blocks(says(f"{META}.provider.nam"))))

    assert ["N04"] == [f.code for f in lint_file(path, fields=read_fields(FIXTURES))]


def test_what_lies_beside_a_source_in_code_counts_for_its_imports(package: Path) -> None:
    function = package / "code" / "function.py"
    function.write_text("import numpy, shared\n" + SOURCE)
    (package / "code" / "requirements.txt").write_text("numpy\n")
    (package / "code" / "shared.py").write_text("import pandas\n")

    assert [] == list(lint_file(function))
    assert [("N22", "code/shared.py:1")] == [
        (f.code, f.place) for f in lint_file(package / "code" / "shared.py")
    ]


def test_the_folder_code_itself_is_refused_with_the_one_to_give(package: Path) -> None:
    with pytest.raises(PayloadError, match="give the folder that contains code/"):
        lint_file(package / "code")


def test_an_archive_of_what_is_inside_of_code_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "flat.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("function.py", SOURCE)

    assert "pack the folder that contains code/, not what is inside of it" == lint_file(path)[0].fix
