"""One address per service, wherever it comes from."""

from pathlib import Path
from typing import Any

import pytest

from aios_nb import ConfigurationError, Endpoints
from aios_nb.endpoints import PLACEHOLDERS, SERVICES

GUIDE_PORTS = {
    "policy_store": "http://store:30186",
    "static_server": "http://mgmt:32555",
    "policy_system": "http://mgmt:30102",
    "policy_executor": "http://mgmt:30900",
    "block_metrics": "http://mgmt:30201",
    "router": "http://mgmt:30501",
    "search_server": "http://mgmt:30150",
    "blocks": "http://mgmt:30100",
    "clusters": "http://mgmt:30101",
    "components": "http://mgmt:30112",
    "inference_servers": "http://mgmt:30105",
    "adhoc": "http://edge:31504",
    "adhoc_control": "http://edge:31501",
    "logs": "http://mgmt:32199",
}
HOSTS = {
    "AIOS_MANAGEMENT_HOST": "mgmt",
    "AIOS_CLUSTER_HOST": "edge",
    "AIOS_POLICY_STORE_HOST": "store",
}


def test_hosts_of_the_environment_listen_on_the_guides_ports() -> None:

    assert Endpoints(**GUIDE_PORTS) == Endpoints.from_env(HOSTS)


def test_policy_store_is_on_the_management_host_unless_told_otherwise() -> None:
    found = Endpoints.from_env({"AIOS_MANAGEMENT_HOST": "mgmt"})

    assert "http://mgmt:30186" == found.policy_store


def test_an_address_of_one_service_wins_over_its_host() -> None:
    found = Endpoints.from_env({**HOSTS, "AIOS_ROUTER_URL": "https://router.example/aios/"})

    assert Endpoints(**GUIDE_PORTS | {"router": "https://router.example/aios"}) == found


def test_every_service_has_a_variable_of_its_own() -> None:
    urls = {f"AIOS_{name.upper()}_URL": f"http://{n}.example" for n, name in enumerate(SERVICES)}
    expected = {name: f"http://{n}.example" for n, name in enumerate(SERVICES)}

    assert Endpoints(**expected) == Endpoints.from_env(urls)


def test_the_processes_own_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIOS_MANAGEMENT_HOST", "mgmt")

    assert "http://mgmt:30102" == Endpoints.from_env().policy_system


def test_an_empty_environment_says_what_to_set() -> None:
    with pytest.raises(ConfigurationError, match="set AIOS_MANAGEMENT_HOST and AIOS_CLUSTER_HOST"):
        Endpoints.from_env({})


@pytest.mark.parametrize("placeholder", [*PLACEHOLDERS, "managementmaster"])
def test_a_placeholder_of_the_guide_is_refused(placeholder: str) -> None:
    with pytest.raises(ConfigurationError, match="only stands in for a host of yours; set AIOS_"):
        Endpoints.from_env({"AIOS_MANAGEMENT_HOST": placeholder})


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("10.0.0.5:30102", "expected a URL such as"),
        ("ftp://10.0.0.5", "expected a URL such as"),
        ("http://", "expected a URL such as"),
        ("http://h:port", "expected a URL such as"),
        ("http://h:99999", "expected a URL such as"),
        (5, "is 5; expected a string"),
    ],
)
def test_an_address_that_is_no_url_is_refused(url: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Endpoints(router=url)


@pytest.mark.parametrize("host", ["http://mgmt", "mgmt:30102", "mgmt/x"])
def test_a_host_that_is_more_than_a_host_is_refused(host: str) -> None:
    with pytest.raises(ConfigurationError, match="is more than a host name"):
        Endpoints.of_hosts(management=host)


def test_a_bare_ipv6_host_gets_its_brackets() -> None:

    assert "http://[fd00::5]:30501" == Endpoints.of_hosts(management="fd00::5").router


def test_trailing_slashes_and_blanks_are_dropped() -> None:

    assert "http://h:1/x" == Endpoints(router=" http://h:1/x// ").router


def test_an_address_that_is_not_set_names_its_variable() -> None:
    with pytest.raises(ConfigurationError, match="adhoc is not set; set AIOS_ADHOC_URL=http"):
        Endpoints().address("adhoc")


def test_an_unknown_service_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'router'"):
        Endpoints().address("Router")


def test_metrics_base_url_ends_where_policies_append_a_block_id() -> None:
    found = Endpoints(block_metrics="http://h:30201")

    assert "http://h:30201/block/" == found.metrics_base_url


def profile(folder: Path, text: str) -> Path:
    path = folder / "profile.toml"
    path.write_text(text)
    return path


def test_a_profile_names_hosts_and_services(tmp_path: Path) -> None:
    text = """
    [hosts]
    management = "mgmt"
    cluster = "edge"
    policy_store = "store"
    [services]
    router = "http://other:30501"
    """
    expected = Endpoints(**GUIDE_PORTS | {"router": "http://other:30501"})

    assert expected == Endpoints.from_profile(profile(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "names no address"),
        ("hosts = 5", r"hosts is no table; write \[hosts\]"),
        ("[hosts]\nmanagment = 'h'", "did you mean 'management'"),
        ("[services]\nadhok = 'http://h'", "did you mean 'adhoc'"),
        ("[hosts]\nmanagement = 5", "management in .hosts. is 5; expected a string"),
        ("[hosts", "is not TOML"),
        ("[hosts]\nmanagement = 'MANAGEMENTMASTER'", "only stands in for a host"),
    ],
)
def test_a_profile_that_cannot_be_used_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Endpoints.from_profile(profile(tmp_path, text))


def test_a_profile_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot read the profile .* No such file"):
        Endpoints.from_profile(tmp_path / "none.toml")
