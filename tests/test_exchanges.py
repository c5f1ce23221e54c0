"""Answers are parsed without the collector's help, which is left as it was."""

import gc
from collections.abc import Iterator

import pytest

from aios_nb.exchanges import parsed


@pytest.fixture
def collector() -> Iterator[None]:
    yield
    gc.enable()


@pytest.mark.parametrize("raw", [b'{"a": [1, 2]}', b"no JSON"])
@pytest.mark.parametrize("is_enabled", [True, False])
def test_the_collector_is_left_as_it_was(collector: None, raw: bytes, is_enabled: bool) -> None:
    gc.enable() if is_enabled else gc.disable()
    parsed(raw)

    assert is_enabled == gc.isenabled()


def test_a_large_answer_is_collected_once_at_its_end(collector: None) -> None:
    raw = b"[" + b",".join([b"[]"] * 100_000) + b"]"
    before = gc.get_stats()[0]["collections"]
    body, is_json = parsed(raw)

    assert (100_000, True) == (len(body), is_json)
    assert gc.get_stats()[0]["collections"] - before <= 1
