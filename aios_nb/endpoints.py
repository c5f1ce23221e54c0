"""One address per service, from host names, environment variables or a profile file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from .errors import ConfigurationError, did_you_mean
from .exchanges import redacted_text

MANAGEMENT_PORTS = {
    "static_server": 32555,
    "policy_system": 30102,
    "policy_executor": 30900,
    "block_metrics": 30201,
    "router": 30501,
    "search_server": 30150,
    "blocks": 30100,
    "clusters": 30101,
    "components": 30112,
    "inference_servers": 30105,
    "logs": 32199,
}
CLUSTER_PORTS = {"adhoc": 31504, "adhoc_control": 31501}
POLICY_STORE_PORTS = {"policy_store": 30186}
PLACEHOLDERS = ("MANAGEMENTMASTER", "POLICYSTORESERVER", "CLUSTER1MASTER")


@dataclass(frozen=True)
class Endpoints:
    """The base URL of each service; an empty one means "not known", and asking it fails.

    Parameters
    ----------
    policy_store, static_server
        Where policy packages are uploaded, and where AIOS fetches them again.
    policy_system, policy_executor
        The policy registry, and the service that runs policies.
    block_metrics
        Live metrics of all blocks.
    router, search_server
        Both select blocks; the ad-hoc server asks the second.
    blocks, clusters, components, inference_servers
        The registries.
    adhoc, adhoc_control
        Ad-hoc inference, and its control interface.
    logs
        Grafana or Loki.

    Raises
    ------
    ConfigurationError
        An address is no http(s) URL, or names a host that the guide only stands in for.

    Examples
    --------
    >>> Endpoints.of_hosts(management="10.0.0.5", cluster="10.0.0.9").adhoc
    'http://10.0.0.9:31504'
    """

    policy_store: str = ""
    static_server: str = ""
    policy_system: str = ""
    policy_executor: str = ""
    block_metrics: str = ""
    router: str = ""
    search_server: str = ""
    blocks: str = ""
    clusters: str = ""
    components: str = ""
    inference_servers: str = ""
    adhoc: str = ""
    adhoc_control: str = ""
    logs: str = ""

    def __post_init__(self) -> None:
        for name in SERVICES:
            object.__setattr__(self, name, _checked(name, getattr(self, name)))

    def __repr__(self) -> str:
        known = {name: getattr(self, name) for name in SERVICES if getattr(self, name)}
        shown = ", ".join(f"{name}={redacted_text(url)!r}" for name, url in known.items())
        return f"Endpoints({shown})"

    @property
    def metrics_base_url(self) -> str:
        """What a policy needs as METRICS_BASE_URL; it appends a block's id to it."""
        return f"{self.address('block_metrics')}/block/"

    def address(self, service: str) -> str:
        """Return the base URL of one service.

        Raises
        ------
        ConfigurationError
            The service is unknown, or its address is not set.
        """
        if service not in SERVICES:
            near = did_you_mean(service, SERVICES)
            raise ConfigurationError(
                f"unknown service {service!r}; use one of {', '.join(SERVICES)}{near}"
            )
        url = cast("str", getattr(self, service))
        if not url:
            raise ConfigurationError(
                f"the address of {service} is not set; set {_variable(service)}=http://HOST:PORT"
            )
        return url

    @classmethod
    def of_hosts(cls, *, management: str, cluster: str = "", policy_store: str = "") -> Endpoints:
        """Return the endpoints of a cluster that listens on the guide's own ports.

        Parameters
        ----------
        management
            Host name or address of the management master.
        cluster
            Of the cluster master; empty: the ad-hoc services stay unknown.
        policy_store
            Of the upload server; empty: the management master.

        Raises
        ------
        ConfigurationError
            A host is one that the guide only stands in for.
        """
        return cls(**_hosted(management, cluster, policy_store))

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Endpoints:
        """Return the endpoints that environment variables describe.

        ``AIOS_MANAGEMENT_HOST``, ``AIOS_CLUSTER_HOST`` and ``AIOS_POLICY_STORE_HOST`` give hosts
        that listen on the guide's ports; ``AIOS_<SERVICE>_URL`` gives one service, and wins.

        Parameters
        ----------
        environ
            Variables; ``None``: the process's own.

        Raises
        ------
        ConfigurationError
            None of the variables is set, or one is not valid.
        """
        variables = os.environ if environ is None else environ
        hosts = {name: variables.get(f"AIOS_{name.upper()}_HOST", "") for name in _HOSTS}
        urls = {name: variables.get(_variable(name), "") for name in SERVICES}
        if not any(hosts.values()) and not any(urls.values()):
            raise ConfigurationError(
                "no address of an AIOS is set; set AIOS_MANAGEMENT_HOST and AIOS_CLUSTER_HOST "
                "(or AIOS_<SERVICE>_URL), or write a profile file and name it in AIOS_PROFILE"
            )
        return _assembled(hosts, urls)

    @classmethod
    def from_profile(cls, path: str | Path) -> Endpoints:
        """Return the endpoints that a TOML file describes.

        The table ``[hosts]`` may hold ``management``, ``cluster`` and ``policy_store``; the table
        ``[services]`` a URL for each service, which wins.

        Raises
        ------
        ConfigurationError
            The file cannot be read, is not TOML, or holds an unknown name.
        """
        profile = read_profile(path)
        hosts = _table(profile, "hosts", _HOSTS, path)
        urls = _table(profile, "services", SERVICES, path)
        if not hosts and not urls:
            raise ConfigurationError(f'{path} names no address; add [hosts] management = "…"')
        return _assembled(hosts, urls)


SERVICES = tuple(field.name for field in fields(Endpoints))
_HOSTS = ("management", "cluster", "policy_store")


def read_profile(path: str | Path) -> dict[str, Any]:
    """Return the tables of a profile file.

    Raises
    ------
    ConfigurationError
        The file cannot be read, or is not TOML.
    """
    import tomllib  # only a profile needs it

    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"cannot read the profile {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the profile {path} is not TOML: {error}") from error


def _table(
    profile: dict[str, Any], name: str, known: tuple[str, ...], path: str | Path
) -> dict[str, str]:
    table = profile.get(name, {})
    if not isinstance(table, dict):
        raise ConfigurationError(f"{path}: {name} is no table; write [{name}]")
    for key, value in table.items():
        if key not in known:
            near = did_you_mean(key, known)
            raise ConfigurationError(
                f"{path}: unknown {key!r} in [{name}]; use one of {', '.join(known)}{near}"
            )
        if not isinstance(value, str):
            raise ConfigurationError(f"{path}: {key} in [{name}] is {value!r}; expected a string")
    return table


def _assembled(hosts: Mapping[str, str], urls: Mapping[str, str]) -> Endpoints:
    guide = _hosted(*(hosts.get(name, "") for name in _HOSTS))
    return Endpoints(**(guide | {name: url for name, url in urls.items() if url}))


def _hosted(management: str, cluster: str, policy_store: str) -> dict[str, str]:
    homes = (
        (management, MANAGEMENT_PORTS),
        (cluster, CLUSTER_PORTS),
        (policy_store or management, POLICY_STORE_PORTS),
    )
    return {
        name: _on_port(host, port) for host, ports in homes if host for name, port in ports.items()
    }


def _on_port(host: str, port: int) -> str:
    """Return the URL of a port; a bare IPv6 address gets its brackets."""
    if "/" in host or host.count(":") == 1:
        raise ConfigurationError(
            f"the host {redacted_text(host)!r} is more than a host name; expected one such as "
            "'10.0.0.5' (for a full address set AIOS_<SERVICE>_URL)"
        )
    bare = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return f"http://{bare}:{port}"


def _variable(service: str) -> str:
    return f"AIOS_{service.upper()}_URL"


def _checked(service: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ConfigurationError(f"the address of {service} is {value!r}; expected a string")
    url = value.strip().rstrip("/")
    if not url:
        return ""
    for placeholder in PLACEHOLDERS:
        if placeholder.lower() in url.lower():
            raise ConfigurationError(
                f"the address of {service} is {redacted_text(url)!r}, but {placeholder} only "
                f"stands in for a host of yours; set {_variable(service)} or the host's variable "
                "to the real one"
            )
    if not _is_http(url):
        raise ConfigurationError(
            f"the address of {service} is {redacted_text(url)!r}; expected a URL such as http://10.0.0.5:30102"
        )
    return url


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
