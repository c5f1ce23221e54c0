"""A policy that joins an address and a block id with one slash too many still reaches Flask."""

from collections.abc import Iterator

import httpx
import pytest

from aios_nb.emulator import Emulator


@pytest.fixture(scope="module")
def metrics_url() -> Iterator[str]:
    with Emulator() as running:
        yield running.addresses["block_metrics"]


def test_two_slashes_are_sent_on_to_the_path_with_one(metrics_url: str) -> None:
    answer = httpx.get(f"{metrics_url}/block//ghost?a=1")

    assert (308, f"{metrics_url}/block/ghost?a=1") == (
        answer.status_code,
        answer.headers["location"],
    )
    assert "<title>Redirecting...</title>" in answer.text


def test_a_client_that_follows_gets_the_answer(metrics_url: str) -> None:
    answer = httpx.get(f"{metrics_url}/block//ghost", follow_redirects=True)

    assert {"data": [], "success": True} == answer.json()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/no//such", 404),
        ("GET", "/block///ghost", 404),
        ("PATCH", "/block//ghost", 405),
    ],
)
def test_two_slashes_help_no_path_that_does_not_exist(
    metrics_url: str, method: str, path: str, status: int
) -> None:

    assert status == httpx.request(method, metrics_url + path).status_code
