"""BSON's values: one total order, and one idea of equality beside it."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aios_nb.emulator.engine.bson import MISSING, compare, equal, key, truthy, type_name

IN_ORDER: list[Any] = [
    MISSING,
    None,
    float("nan"),
    float("-inf"),
    -1,
    0.5,
    2**60,
    "",
    "10",
    "9",
    {},
    {"a": None},
    {"a": 1},
    {"b": 1},
    {"a": "x"},
    [],
    [1],
    [1, 2],
    [2],
    False,
    True,
]
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2)
    ),
    max_leaves=5,
)


def test_values_of_all_types_have_one_order() -> None:
    signs = [(compare(a, b), compare(b, a)) for a, b in pairwise(IN_ORDER)]

    assert [(-1, 1)] * (len(IN_ORDER) - 1) == signs


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (1, 1.0, True),
        (True, 1, False),
        (0, False, False),
        (None, MISSING, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, False),
        (float("nan"), float("nan"), True),
        (2**63, float(2**63), True),
        ("1", 1, False),
    ],
)
def test_equality(left: Any, right: Any, same: bool) -> None:

    assert (same, same) == (equal(left, right), key(left) == key(right))


@given(values, values)
def test_keys_are_equal_exactly_when_values_are(left: Any, right: Any) -> None:

    assert equal(left, right) is (key(left) == key(right))


@given(values, values, values)
def test_the_order_is_total(one: Any, two: Any, three: Any) -> None:
    assert compare(one, two) == -compare(two, one)
    if compare(one, two) <= 0 and compare(two, three) <= 0:
        assert compare(one, three) <= 0


@pytest.mark.parametrize(
    ("value", "truth"),
    [
        (MISSING, False),
        (None, False),
        (False, False),
        (0, False),
        ("", True),
        ([], True),
        ({}, True),
    ],
)
def test_what_counts_as_true(value: Any, truth: bool) -> None:

    assert truth is truthy(value)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (1, "int"),
        (2**31, "long"),
        (-(2**31), "int"),
        (1.0, "double"),
        (True, "bool"),
        (None, "null"),
        (MISSING, "missing"),
        ([], "array"),
        ({}, "object"),
    ],
)
def test_types_are_named_as_in_mongodbs_messages(value: Any, name: str) -> None:

    assert name == type_name(value)
