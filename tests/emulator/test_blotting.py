"""Long words cost no more than their length: they come from whoever may send a request."""

import pytest

from aios_nb.emulator.blotting import blotted, blotted_text

LONG = 200_000


@pytest.mark.parametrize("part", ["a.", "a", "a://", "token", "'a", "&a-", "basic a", "\\"])
def test_a_long_text_without_a_secret_stays_as_it_is(part: str) -> None:
    text = part * LONG

    assert text == blotted_text(text)


@pytest.mark.parametrize("name", ["a" * LONG, "token" * LONG + "s", "max_token"])
def test_a_long_name_of_no_secret_keeps_its_value(name: str) -> None:
    assert {name: "x"} == blotted({name: "x"})


@pytest.mark.parametrize("name", ["a" * LONG + "_api_key", "token", "My-Secret", "auth_key"])
def test_a_secret_is_known_by_the_end_of_its_name(name: str) -> None:
    assert {name: "***"} == blotted({name: "x"})


@pytest.mark.parametrize("scheme", ["http", "a", "chrome-extension+long.name.of-30"])
def test_a_password_in_an_address_is_blotted_out(scheme: str) -> None:
    assert f"see {scheme}://***@host/" == blotted_text(f"see {scheme}://me:pw@host/")
