"""What every call to AIOS goes through: addresses, limits, credentials, history."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self
from urllib.parse import quote

from . import answers
from .endpoints import SERVICES, Endpoints
from .errors import AIOSError, ConfigurationError, PayloadError
from .exchanges import Answer, Exchange, redacted_text
from .transport import Transport
from .wire import JSON, shown, text

if TYPE_CHECKING:
    from .recording import Mode

TIMEOUT_S = 30.0
# Recorded latencies of real blocks run from 11.6 to 152 s (contract §11); the guide's 30 s is
# too short for most.
INFER_TIMEOUT_S = 180.0
HEALTH_TIMEOUT_S = 2.0


class Closable(Protocol):
    """Whatever serves the endpoints and ends with the client."""

    def close(self) -> None: ...


class Caller:
    """A connection to AIOS without its verbs, which ``client.py`` and the ``*_calls.py`` add."""

    def __init__(
        self,
        endpoints: Endpoints,
        *,
        timeout_s: float = TIMEOUT_S,
        infer_timeout_s: float = INFER_TIMEOUT_S,
        grafana: str | tuple[str, str] | None = None,
        grafana_datasource: str = "1",
        emulator: Closable | None = None,
    ) -> None:
        self.endpoints = endpoints
        self.timeout_s = limit(timeout_s)
        self.infer_timeout_s = limit(infer_timeout_s)
        self.emulator: Any = emulator  # its own type is the emulator's affair
        self._grafana = _authorization(grafana)
        self._loki = f"/api/datasources/proxy/{grafana_datasource}" if grafana else ""
        self._transport = Transport()

    @classmethod
    def replaying(cls, path: str | Path) -> Self:
        """Return a client that answers from a recording and needs no address of anything.

        Raises
        ------
        ConfigurationError
            There is no such recording.
        """
        addresses = {name: f"http://recorded/{name}" for name in SERVICES}
        return cls(Endpoints(**addresses)).record(path, mode="none")

    def record(self, path: str | Path, *, mode: Mode = "once") -> Self:
        """Keep every exchange from now on in a file, or answer from it; return this client.

        Parameters
        ----------
        path
            A file of JSON lines; secrets and addresses of services stay out of it.
        mode
            ``once`` records if there is no such file and else answers from it, ``none`` only
            answers from it, ``all`` records anew.

        Raises
        ------
        ConfigurationError
            The mode is unknown, or there is nothing to answer from.
        """
        from .recording import Recording

        addresses = {name: getattr(self.endpoints, name) for name in SERVICES}
        self._transport.recorder = Recording(Path(path), addresses, mode=mode)
        return self

    def __getstate__(self) -> JSON:
        # A copy in another process has connections of its own, and does not own the emulator.
        return {k: v for k, v in vars(self).items() if k not in {"emulator", "_transport"}}

    def __setstate__(self, state: JSON) -> None:
        vars(self).update(state, emulator=None, _transport=Transport())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        known = {name: getattr(self.endpoints, name) for name in SERVICES}
        where = next(((n, known[n]) for n in ("adhoc", *known) if known[n]), None)
        name = type(self).__name__
        return f"{name}({where[0]}={redacted_text(where[1])!r})" if where else f"{name}(no address)"

    def close(self) -> None:
        """Give up the connections, and stop the emulator if there is one."""
        self._transport.close()
        if self.emulator is not None:
            self.emulator.close()

    @property
    def history(self) -> list[Exchange]:
        """The latest exchanges, oldest first; secrets in them are blotted out."""
        return list(self._transport.history)

    def health(self) -> dict[str, bool]:
        """Return for each service with an address whether anything answers there over HTTP."""
        return {name: self._answers(name) for name in SERVICES if getattr(self.endpoints, name)}

    def _answers(self, service: str) -> bool:
        try:
            self._send(service, "GET", "/", timeout_s=HEALTH_TIMEOUT_S, expect="any")
        except AIOSError:
            return False
        return True

    def _ask(
        self, service: str, method: str, path: str, key: str | None = None, *, json: Any = None
    ) -> Any:
        answer = self._send(service, method, path, json=json)
        return answers.unwrap(service, answer.status, answer.body, key)

    def _send(
        self,
        service: str,
        method: str,
        path: str,
        *,
        json: Any = None,
        files: Mapping[str, tuple[str, bytes]] | None = None,
        data: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        expect: Literal["json", "any"] = "json",
        next_step: str = "",
    ) -> Answer:
        return self._transport.send(
            service,
            method,
            self.endpoints.address(service) + path,
            json=json,
            files=files,
            data=data,
            params=params,
            headers=headers,
            timeout_s=self.timeout_s if timeout_s is None else timeout_s,
            expect=expect,
            next_step=next_step,
        )


def limit(timeout_s: float) -> float:
    """Return a time limit in seconds, checked."""
    if not isinstance(timeout_s, (int, float)) or not 0 < timeout_s < float("inf"):
        raise ConfigurationError(f"time limit {timeout_s!r}; expected seconds greater than 0")
    return float(timeout_s)


def id_in_path(value: str) -> str:
    """Return one part of a path, quoted; a slash in it must not lead elsewhere."""
    part = text(value, "an id in an address", example="atlas-14b-chat")
    if part in {".", ".."}:
        raise PayloadError(f"an id in an address is {shown(part)}; expected a name")
    return quote(part, safe=":")


def _authorization(grafana: str | tuple[str, str] | None) -> dict[str, str]:
    if not grafana:
        return {}
    if isinstance(grafana, str):
        return {"Authorization": f"Bearer {grafana}"}
    name, password = grafana
    pair = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}
