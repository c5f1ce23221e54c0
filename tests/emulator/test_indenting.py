"""Indented JSON is the text of the standard library, only sooner."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aios_nb.emulator.indenting import indented_json

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
