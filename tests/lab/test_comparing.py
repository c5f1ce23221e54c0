"""Who wins where: packages and queries, over an AIOS and over recorded candidates."""

from dataclasses import replace
from typing import Any

import pytest

from aios_nb import AIOSClient, OptimizationGoal, PayloadError, PolicyPackage, SelectionQuery
from aios_nb.lab import Recorded, compare

LAST = PolicyPackage.from_source(
    "last",
    "class AIOSv1PolicyRule:\n"
    "    def __init__(self, rule_id, settings, parameters): pass\n"
    "    def eval(self, parameters, input_data, context): return input_data[-1]\n",
)


def test_two_policies_over_an_aios_and_a_part_of_its_fleet(
    aios: AIOSClient, query: SelectionQuery, recorded: Recorded, package: PolicyPackage
) -> None:
    atlas = [block for block in recorded.candidates if block["id"] == "atlas-14b-chat"]
    found = compare(
        {"router": package, "last": LAST}, fleets={"all": aios, "atlas": atlas}, query=query
    )

    assert ("all",) == found.disagreements
    assert recorded.candidates[-1]["id"] == found.choices["all", "last"].winner
    assert "router and last agree on 1 of 2 fleets" == str(found).splitlines()[0]


def test_two_queries_over_an_aios_are_answered_by_the_aios(
    aios: AIOSClient, query: SelectionQuery
) -> None:
    free = replace(query, goals=(OptimizationGoal("Free_Block"),))
    found = compare({"fast": query, "free": free}, fleets={"here": aios})

    assert ["atlas-14b-chat", aios.select_block(free)["id"]] == [
        found.choices["here", name].winner for name in ("fast", "free")
    ]


def test_the_table_has_winner_and_margin_of_each_and_whether_they_agree(
    query: SelectionQuery, recorded: Recorded, package: PolicyPackage
) -> None:
    fleets = {"night": recorded.candidates}
    table = compare({"router": package, "last": LAST}, fleets=fleets, query=query).table()

    assert "atlas-14b-chat" == table.loc["night", ("router", "winner")]
    assert "" == table.loc["night", ("last", "margin")]
    assert not table.loc["night", ("", "agree")]


def test_a_policy_that_fails_somewhere_is_a_result(query: SelectionQuery) -> None:
    broken = PolicyPackage.from_source("broken", LAST.files[0][1].decode().replace("-1", "9"))
    found = compare({"a": broken, "b": LAST}, fleets={"one": [{"id": "x"}]}, query=query)

    assert ("", "x") == tuple(found.choices["one", name].winner for name in "ab")
    assert "IndexError" in str(found)


@pytest.mark.parametrize(
    ("contenders", "fleets", "words"),
    [
        ({"a": LAST}, {"f": []}, "expected at least two contenders"),
        ({"a": LAST, "b": LAST}, {}, "expected at least two contenders and one fleet"),
        ({"a": LAST, "b": LAST}, {"f": []}, "last.zip needs query="),
        ({"a": 1, "b": 2}, {"f": []}, "1 is no PolicyPackage and no SelectionQuery"),
    ],
)
def test_what_cannot_be_compared_is_refused(contenders: Any, fleets: Any, words: str) -> None:
    with pytest.raises(PayloadError, match=words):
        compare(contenders, fleets=fleets)


def test_a_query_over_recorded_candidates_is_refused(query: SelectionQuery) -> None:
    with pytest.raises(PayloadError, match="names a policy but does not bring it"):
        compare({"a": query, "b": query}, fleets={"f": []})


def test_contenders_and_fleets_have_names(package: PolicyPackage, query: SelectionQuery) -> None:
    with pytest.raises(PayloadError, match="compare needs names"):
        compare([package, package], fleets=[[]], query=query)  # type: ignore[arg-type]


def test_to_agree_on_nobody_is_told_with_the_reasons(query: SelectionQuery) -> None:
    found = compare({"one": LAST, "two": LAST}, fleets={"empty": []}, query=query)
    why = "policy last.zip failed in eval: IndexError: list index out of range"

    assert [
        "one and two agree on 1 of 1 fleets",
        f"empty: one {why}, two {why}",
    ] == str(found).splitlines()
