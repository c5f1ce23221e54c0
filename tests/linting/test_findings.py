"""How findings are read: as a report, as HTML, as JSON, as a sequence."""

import json

from aios_nb.linting import Finding, Findings

ERROR = Finding("T23", "error", "filter", "it is {}", "refuses it", "drop it")
NOTE = Finding("N08", "note", "<b>&", "x <script>", "y", "z")


def test_errors_come_first_and_the_rest_keeps_its_order() -> None:
    other = Finding("T16", "note", "a", "p", "c", "f")

    assert [ERROR, NOTE, other] == list(Findings([NOTE, other, ERROR]))


def test_errors_warnings_and_notes_are_told_apart() -> None:
    found = Findings([NOTE, ERROR], subject="filter rule")

    assert ([ERROR], [], [NOTE]) == tuple(map(list, (found.errors, found.warnings, found.notes)))


def test_the_report_starts_with_a_count() -> None:
    found = Findings([NOTE, ERROR], subject="filter rule")

    assert "filter rule: 1 error, 1 note" == str(found).splitlines()[0]


def test_the_report_has_place_problem_consequence_and_fix() -> None:
    expected = "error T23 at filter\n  problem: it is {}\n  AIOS:    refuses it\n  fix:     drop it"

    assert expected == str(Findings([ERROR])).partition("\n\n")[2]


def test_html_escapes_what_the_payload_holds() -> None:
    page = Findings([NOTE])._repr_html_()

    assert ("<script>" not in page, "x &lt;script&gt;" in page, "&lt;b&gt;&amp;" in page) == (
        True,
        True,
        True,
    )


def test_html_needs_no_style_sheet_and_no_script() -> None:
    page = Findings([ERROR])._repr_html_()

    assert [] == [word for word in ("<style", "<script", "class=", "onclick") if word in page]


def test_json_has_the_fields_of_a_finding() -> None:
    expected = {
        "code": "T23",
        "severity": "error",
        "place": "filter",
        "problem": "it is {}",
        "consequence": "refuses it",
        "fix": "drop it",
    }

    assert [expected] == json.loads(Findings([ERROR]).to_json())


def test_a_slice_is_findings_again() -> None:
    found = Findings([ERROR, NOTE], subject="request")

    assert Findings([NOTE], subject="request") == found[1:]


def test_nothing_found_is_false() -> None:

    assert not Findings([])


def test_no_word_of_somebody_else_drives_the_terminal() -> None:
    evil = Finding("N03", "error", "a\x1b[2Jb", "p", "c", "f")

    assert "error N03 at a\\x1b[2Jb" == str(evil).splitlines()[0]
