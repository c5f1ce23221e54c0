"""Indented JSON is the text of the standard library, only sooner."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aios_nb.emulator.indenting import Kept, indented_json

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(values)
def test_the_text_is_that_of_the_standard_library(value: Any) -> None:

    assert json.dumps(value, sort_keys=True, indent=2) == indented_json(value)


def test_keys_that_are_numbers_are_written_as_the_standard_library_does() -> None:

    assert '{\n  "1": [\n    1\n  ]\n}' == indented_json({1: (1,)})


def test_what_json_cannot_carry_is_refused() -> None:
    with pytest.raises(TypeError, match="set is not JSON serializable"):
        indented_json({"a": {1}})


@given(st.lists(values, max_size=3), st.booleans())
def test_a_kept_value_has_the_same_text_however_often_and_wherever(
    inner: list[Any], is_deep: bool
) -> None:
    kept = [Kept(value) for value in inner]
    for _ in range(2):
        plain, shown = (({"a": part}, part) if is_deep else part for part in (inner, kept))

        assert json.dumps(plain, indent=2, sort_keys=True) == indented_json(shown)


def test_a_kept_value_that_json_cannot_carry_is_refused() -> None:
    with pytest.raises(TypeError, match="set is not JSON serializable"):
        indented_json([Kept({1})])
