"""One word to a client: targets, where addresses come from, and what is refused."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aios_nb import ConfigurationError, connect

PROFILE = """
[hosts]
management = "10.0.0.5"
cluster = "10.0.0.9"

[grafana]
token = "t0ken"
datasource = "3"
"""


@pytest.fixture(autouse=True)
def nobody_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No address of the machine that runs the tests may count."""
    import os

    for name in [name for name in os.environ if name.startswith("AIOS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    return


def test_the_emulator_is_started_and_ends_with_the_client() -> None:
    with connect() as aios:
        url = aios.emulator.url
        answering = aios.health()

    assert {True} == set(answering.values())
    assert aios.endpoints.adhoc.startswith(url)


def test_options_reach_the_emulator() -> None:
    with connect("emulator", policy_mode="local", seed=7) as aios:
        settings = aios.emulator.world.settings

    assert ("local", 7) == (settings.policy_mode, settings.seed)


def test_the_emulator_takes_the_port_beside_the_lessons_while_it_is_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with connect() as aios:
        port = aios.emulator.url.rpartition(":")[2]
    monkeypatch.setenv("AIOS_NB_PORT", port)
    with connect() as first, connect() as second:
        ports = [aios.emulator.url.rpartition(":")[2] for aios in (first, second)]

    assert port == ports[0]
    assert port != ports[1]


def test_a_port_beside_the_lessons_that_is_no_number_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AIOS_NB_PORT", "page")

    with pytest.raises(ConfigurationError, match="AIOS_NB_PORT is 'page'; expected a port"):
        connect()


def test_an_unknown_target_is_refused_with_the_likely_one() -> None:
    with pytest.raises(ConfigurationError, match=r"'emulater'; use one of .* did you mean"):
        connect("emulater")


def test_a_cluster_without_any_address_says_what_to_set() -> None:
    with pytest.raises(ConfigurationError, match="AIOS_MANAGEMENT_HOST"):
        connect("cluster")


@pytest.mark.parametrize("host", ["MANAGEMENTMASTER", "managementmaster"])
def test_a_placeholder_of_the_guide_is_refused(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("AIOS_MANAGEMENT_HOST", host)
    monkeypatch.setenv("AIOS_CLUSTER_HOST", "10.0.0.9")
    with pytest.raises(ConfigurationError, match="only stands in for a host of yours"):
        connect("cluster")


def test_addresses_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIOS_MANAGEMENT_HOST", "10.0.0.5")
    monkeypatch.setenv("AIOS_CLUSTER_HOST", "10.0.0.9")
    with connect("cluster") as aios:
        endpoints = aios.endpoints

    assert "http://10.0.0.9:31504" == endpoints.adhoc
    assert "http://10.0.0.5:30501" == endpoints.router
    assert "http://10.0.0.5:30201/block/" == endpoints.metrics_base_url


def test_a_profile_that_is_named_comes_before_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "mine.toml").write_text(PROFILE)
    monkeypatch.setenv("AIOS_PROFILE", str(tmp_path / "mine.toml"))
    monkeypatch.setenv("AIOS_CLUSTER_HOST", "elsewhere")
    with connect("cluster") as aios:
        adhoc = aios.endpoints.adhoc

    assert "http://10.0.0.9:31504" == adhoc


def test_the_profile_at_home_counts_when_nothing_else_is_set(tmp_path: Path) -> None:
    home = tmp_path / ".config" / "aios-nb"
    home.mkdir(parents=True)
    (home / "profile.toml").write_text(PROFILE)
    with connect("cluster") as aios:
        adhoc = aios.endpoints.adhoc

    assert "http://10.0.0.9:31504" == adhoc


def test_a_missing_profile_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AIOS_PROFILE", str(tmp_path / "gone.toml"))
    with pytest.raises(ConfigurationError, match=r"gone\.toml"):
        connect("cluster")


def test_a_missing_library_of_the_emulator_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in sys.modules if name.startswith("aios_nb.emulator")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'aios-nb\[emulator\]'"):
        connect("emulator")
