"""From a word to a client: the one client module that knows both islands."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .client import AIOSClient

# Everything else is imported on call: `import aios_nb` loads this module.
TARGETS = ("emulator", "cluster")
PROFILE = "~/.config/aios-nb/profile.toml"


def connect(target: str = "emulator", **options: Any) -> AIOSClient:
    """Return a client of an AIOS: an emulator started here, or your own cluster.

    Parameters
    ----------
    target
        ``emulator`` starts one on a free port of this machine, on ``AIOS_NB_PORT`` if that is set
        and free; it is the client's ``emulator``, and ends with ``client.close()`` or the
        interpreter. ``cluster`` reads the addresses from the file that ``AIOS_PROFILE`` names,
        else from ``AIOS_*`` environment variables, else from ``~/.config/aios-nb/profile.toml``.
    options
        For the emulator: those of ``aios_nb.emulator.Emulator``. For a cluster: those of
        ``AIOSClient``.

    Raises
    ------
    ConfigurationError
        The target is unknown, the emulator is not installed, ``AIOS_NB_PORT`` is no number, or
        no address of the cluster is set, or one is still a placeholder.
    PayloadError
        Papermill runs this notebook with a parameter that it does not take.

    Examples
    --------
    >>> connect("laptop")
    Traceback (most recent call last):
    aios_nb.errors.ConfigurationError: unknown target 'laptop'; use one of emulator, cluster
    """
    if "IPython" in sys.modules:
        from .parameters import refuse_unknown_in_notebook

        refuse_unknown_in_notebook()
    if target == "emulator":
        return _emulator(options)
    if target == "cluster":
        return _cluster(options)
    from .errors import ConfigurationError, did_you_mean

    near = did_you_mean(target, TARGETS)
    raise ConfigurationError(f"unknown target {target!r}; use one of {', '.join(TARGETS)}{near}")


def _emulator(options: dict[str, Any]) -> AIOSClient:
    import atexit

    from .client import AIOSClient
    from .endpoints import SERVICES, Endpoints
    from .errors import ConfigurationError

    try:
        from .emulator.server import Emulator, EmulatorError
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("aios_nb"):
            raise
        raise ConfigurationError(
            f"the emulator needs {error.name!r}; install it: pip install 'aios-nb[emulator]'"
        ) from error
    try:
        emulator = Emulator(**(_port_beside_the_lessons() | options)).start()
    except EmulatorError:
        # Another lesson's emulator has that port; any other cause is raised again.
        emulator = Emulator(**options).start()
    atexit.register(emulator.close)
    addresses = {name: url for name, url in emulator.addresses.items() if name in SERVICES}
    return AIOSClient(Endpoints(**addresses), emulator=emulator)


def _port_beside_the_lessons() -> dict[str, Any]:
    """Return the port whose page JupyterLab shows beside the lessons (``make lab``), if any."""
    import os

    from .errors import ConfigurationError

    wanted = os.environ.get("AIOS_NB_PORT", "")
    if wanted and not wanted.isdecimal():
        raise ConfigurationError(f"AIOS_NB_PORT is {wanted!r}; expected a port such as 8765")
    return {"port": int(wanted)} if wanted else {}


def _cluster(options: dict[str, Any]) -> AIOSClient:
    import os
    from pathlib import Path

    from .client import AIOSClient
    from .endpoints import Endpoints

    profile = os.environ.get("AIOS_PROFILE", "")
    home = Path(PROFILE).expanduser()
    if not profile and not _has_addresses(os.environ) and home.is_file():
        profile = str(home)
    if not profile:
        return AIOSClient(Endpoints.from_env(), **(_grafana(os.environ) | options))
    path = Path(profile).expanduser()
    return AIOSClient(Endpoints.from_profile(path), **(_profile_grafana(path) | options))


def _has_addresses(environ: Any) -> bool:
    return any(
        name.startswith("AIOS_") and name.endswith(("_HOST", "_URL")) and environ[name]
        for name in environ
    )


def _grafana(environ: Any) -> dict[str, Any]:
    """Return who asks for logs, from the environment."""
    names = ("token", "user", "password", "datasource")
    return _credentials({name: environ.get(f"AIOS_GRAFANA_{name.upper()}", "") for name in names})


def _profile_grafana(path: Any) -> dict[str, Any]:
    """Return who asks for logs: the profile's ``[grafana]``, else the environment."""
    import os

    from .endpoints import read_profile

    table = read_profile(path).get("grafana")
    return _credentials(table) if isinstance(table, dict) else _grafana(os.environ)


def _credentials(values: dict[str, Any]) -> dict[str, Any]:
    if values.get("token"):
        options: dict[str, Any] = {"grafana": values["token"]}
    elif values.get("user"):
        options = {"grafana": (values["user"], values.get("password", ""))}
    else:
        return {}
    if values.get("datasource"):
        options["grafana_datasource"] = str(values["datasource"])
    return options
