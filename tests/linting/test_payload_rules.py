"""Each rule on payloads finds its bad example, at the exact place, and lets the good one pass."""

import pytest

from aios_nb import lint

from .examples import PAYLOADS
from .payloads import JSON, query, registration, request

IDS = [f"{code}-{place or 'whole'}-{number}" for number, (code, place, *_) in enumerate(PAYLOADS)]


@pytest.mark.parametrize(("code", "place", "bad", "good"), PAYLOADS, ids=IDS)
def test_a_bad_example_is_found_where_it_is(code: str, place: str, bad: JSON, good: JSON) -> None:
    found = {(finding.code, finding.place) for finding in lint(bad)}

    assert (code, place) in found


@pytest.mark.parametrize(("code", "place", "bad", "good"), PAYLOADS, ids=IDS)
def test_a_good_example_passes(code: str, place: str, bad: JSON, good: JSON) -> None:

    assert (code, place) not in {(finding.code, finding.place) for finding in lint(good)}


@pytest.mark.parametrize("payload", [request(), query(), registration()], ids=["r", "q", "p"])
def test_a_faultless_payload_has_nothing_to_report(payload: JSON) -> None:

    assert [] == list(lint(payload))


@pytest.mark.parametrize(("code", "place", "bad", "good"), PAYLOADS, ids=IDS)
def test_every_finding_says_what_happens_and_what_to_do(
    code: str, place: str, bad: JSON, good: JSON
) -> None:

    assert all(f.problem and f.consequence and f.fix for f in lint(bad))
