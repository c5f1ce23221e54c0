"""Fixtures for your own tests of policies and requests; loaded by pytest wherever aios-nb is.

1. ``aios``: a client, of an emulator that starts with the first test that wants it.
2. ``aios_emulator``: that emulator itself (``.url``, ``.world``); it is reset before every test.
3. ``pytest --aios-target=cluster`` gives ``aios`` your own cluster, as ``connect("cluster")`` does;
   tests that want ``aios_emulator`` are skipped then, because no cluster can be reset.
4. ``pytest --aios-fleet=DIR``, or ``aios_fleet = DIR`` in pytest's configuration: another fleet,
   such as a snapshot of your cluster's.
5. ``from aios_nb.lab import expect`` makes a test of one line: ``expect(aios, query, winner="b")``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

# Nothing of aios_nb is imported here: pytest loads this file in every run, used or not.
if TYPE_CHECKING:
    from .client import AIOSClient
    from .emulator import Emulator

TARGETS = ("emulator", "cluster")
RESET_LIMIT_S = 30.0


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("aios", "AIOS")
    group.addoption(
        "--aios-target", choices=TARGETS, default="emulator", help="which AIOS the fixture aios is"
    )
    group.addoption("--aios-fleet", metavar="DIR", help="fleet that the emulator loads")
    parser.addini("aios_fleet", "fleet that the emulator loads", type="string", default="")


@pytest.fixture(scope="session")
def _aios_client(pytestconfig: pytest.Config) -> Iterator[AIOSClient]:
    from .connect import connect
    from .errors import AIOSError

    is_cluster = pytestconfig.getoption("--aios-target") == "cluster"
    try:
        client = connect("cluster" if is_cluster else "emulator", **_options(pytestconfig))
    except (AIOSError, OSError, ValueError) as error:  # OSError: the emulator cannot start
        problem = str(error)
    else:
        problem = ""
    if problem:  # out here, for pytest shows the error that a failure was raised beside, too
        pytest.fail(f"no AIOS for the tests: {problem}", pytrace=False)
    with client:
        yield client


@pytest.fixture
def aios(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> AIOSClient:
    """A client of the emulator, reset before every test, or of the cluster."""
    if pytestconfig.getoption("--aios-target") == "emulator":
        request.getfixturevalue("aios_emulator")
    client: AIOSClient = request.getfixturevalue("_aios_client")
    return client


@pytest.fixture
def aios_emulator(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> Emulator:
    """The emulator that ``aios`` speaks to, reset before every test."""
    if pytestconfig.getoption("--aios-target") != "emulator":
        pytest.skip("needs the emulator: run without --aios-target=cluster")
    emulator: Emulator = request.getfixturevalue("_aios_client").emulator
    _reset(emulator.url)
    return emulator


def _reset(url: str) -> None:
    from urllib.request import ProxyHandler, Request, build_opener

    # A proxy of the environment cannot reach this machine.
    opener = build_opener(ProxyHandler({}))
    opener.open(Request(f"{url}/_emulator/reset", method="POST"), timeout=RESET_LIMIT_S).close()


def _options(config: pytest.Config) -> dict[str, str | None]:
    is_cluster = config.getoption("--aios-target") == "cluster"
    return {} if is_cluster else {"fleet": _fleet(config)}


def _fleet(config: pytest.Config) -> str | None:
    given = config.getoption("--aios-fleet")
    if given:
        return str(config.invocation_params.dir / given)
    ini = config.getini("aios_fleet")
    return str(config.rootpath / ini) if ini else None
