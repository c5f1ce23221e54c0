"""A JSON body as Express reads it, before any registry sees it."""

from collections.abc import Iterator

import pytest

from aios_nb.emulator.services import blocks
from aios_nb.emulator.world import World

from .harness import call


@pytest.fixture
def world() -> Iterator[World]:
    empty = World()
    yield empty
    empty.close()


def test_malformed_json_never_reaches_the_handler(world: World) -> None:
    headers = {"content-type": "application/json"}
    answer = call(world, blocks.create, "POST", "/blocks", content='{"id": b}', headers=headers)

    assert (400, "text/html; charset=utf-8") == (
        answer.status_code,
        answer.headers["content-type"],
    )
    assert "<pre>SyntaxError: Unexpected token &#39;b&#39;" in answer.text


@pytest.mark.parametrize(
    ("sent", "stored"),
    [("82.0", "82"), ("0.5", "0.5"), ("1e3", "1000"), ("9007199254740993", "9007199254740992")],
)
def test_numbers_are_those_of_javascript(world: World, sent: str, stored: str) -> None:
    content = f'{{"id": "a", "minInstances": {sent}}}'
    headers = {"content-type": "application/json"}
    answer = call(world, blocks.create, "POST", "/blocks", content=content, headers=headers)

    assert f'"minInstances":{stored}' in answer.text


def test_a_nan_is_no_json_here(world: World) -> None:
    headers = {"content-type": "application/json"}
    content = '{"id": "a", "minInstances": NaN}'
    answer = call(world, blocks.create, "POST", "/blocks", content=content, headers=headers)

    assert (400, 0) == (answer.status_code, len(world.blocks))
    assert "Unexpected token &#39;N&#39;" in answer.text


def test_a_body_of_another_type_counts_as_empty(world: World) -> None:
    answer = call(world, blocks.query, "POST", "/blocks/query", content="query")

    assert (200, []) == (answer.status_code, answer.json())
