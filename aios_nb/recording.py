"""Exchanges kept in a file, so that a notebook runs again without the cluster.

Why no library: vcrpy and its like keep bytes below ``requests``, by absolute address. Here a
recording must survive another port or host, another session id and another moment, and must hold
no secret; all that is known one floor up, where a call still has a service and a JSON body.
"""

from __future__ import annotations

import json
import threading
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from .errors import ConfigurationError, TransportError
from .exchanges import Answer, redacted
from .recording_file import RecordingFile, has_content
from .wire import JSON, shown

Mode = Literal["once", "none", "all"]
# They differ from run to run, and a recording is found without them.
PASSING = ("session_id", "start", "end")


class Recording:
    """The exchanges of one client; implements ``transport.Recorder``.

    Parameters
    ----------
    path
        A file with one exchange per line, as JSON.
    addresses
        Base URL by service; they stand in the file by name, so that another address replays it.
    mode
        ``once`` records if there is no such file and else answers from it, ``none`` only answers,
        ``all`` records anew. An old recording stays whole until AIOS has answered a call of the
        new one.

    Raises
    ------
    ConfigurationError
        The mode is unknown, there is nothing to answer from, or no file can be written there.
    """

    def __init__(self, path: Path, addresses: Mapping[str, str], *, mode: Mode = "once") -> None:
        if mode not in get_args(Mode):
            raise ConfigurationError(
                f"unknown mode {mode!r} of a recording; use one of {', '.join(get_args(Mode))}"
            )
        self.path = path
        known = {url: f"{{{name}}}" for name, url in addresses.items() if url}
        # Longest first: one address may begin like another.
        self._names = dict(sorted(known.items(), key=lambda item: -len(item[0])))
        self._is_recording = mode == "all" or (mode == "once" and not has_content(path))
        self._lock = threading.Lock()
        self._kept: dict[str, list[JSON]] = defaultdict(list)
        if self._is_recording:
            self._file = RecordingFile(path)
        else:
            self._load()

    def find(self, service: str, method: str, url: str, sent: Any) -> Answer | None:
        """Return the kept answer to a call; ``None`` while recording.

        Calls that look alike are answered in the order in which they were recorded, the last
        answer again and again.

        Raises
        ------
        TransportError
            The recording has no such call, or this call had failed when it was recorded.
        """
        if self._is_recording:
            return None
        call = self._call(service, method, url, sent)
        with self._lock:
            kept = self._kept.get(_key(call))
            if not kept:
                raise TransportError(
                    f"{service}: {method} {call['path']} is not in the recording {self.path}"
                    f"{self._nearest(call)}; record it again with mode='all'",
                    service=service,
                    url=url,
                )
            exchange = kept.pop(0) if len(kept) > 1 else kept[0]
        if "failure" in exchange:
            text, timed_out = self._addressed(exchange["failure"]), exchange["timed_out"]
            raise TransportError(text, service, url, timed_out=timed_out)
        return self._answer(exchange, sent)

    def _nearest(self, call: JSON) -> str:
        """Say what differs from a recorded call of the same path."""
        same = ("service", "method", "path")
        kept = [e for found in self._kept.values() for e in found[:1]]
        alike = [e for e in kept if all(e[key] == call[key] for key in same)]
        if not alike:
            return ""
        found = [list(_differences(_lasting(e["sent"]), _lasting(call["sent"]))) for e in alike]
        return f" with this content: {min(found, key=len)[0]}"

    def keep(
        self, service: str, method: str, url: str, sent: Any, answer: Answer | TransportError
    ) -> None:
        """Append one exchange to the file, or begin it anew with the first that is answered."""
        call = self._call(service, method, url, sent)
        line = json.dumps(call | self._named(_outcome(answer)), ensure_ascii=False) + "\n"
        with self._lock:
            self._file.add(line, is_answered=isinstance(answer, Answer))

    def _load(self) -> None:
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
            exchanges = [json.loads(line) for line in lines if line.strip()]
            for exchange in exchanges:
                self._kept[_key(exchange)].append(exchange)
        except FileNotFoundError as error:
            raise ConfigurationError(
                f"there is no recording {self.path}; record one with mode='once'"
            ) from error
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise ConfigurationError(f"{self.path} is no recording: {error}") from error

    def _call(self, service: str, method: str, url: str, sent: Any) -> JSON:
        path = self._named(url).removeprefix(f"{{{service}}}")
        return {"service": service, "method": method, "path": path, "sent": self._named(sent)}

    def _answer(self, exchange: JSON, sent: Any) -> Answer:
        body = self._addressed(exchange.get("body"))
        if isinstance(body, dict) and isinstance(sent, dict):
            body |= {key: sent[key] for key in PASSING if key in sent and key in body}
        raw = b64decode(exchange["base64"]) if "base64" in exchange else json.dumps(body).encode()
        if "base64" in exchange:
            body = raw.decode("utf-8", "replace")
        return Answer(exchange["status"], {}, body, exchange["elapsed_ms"], raw)

    def _named(self, value: Any) -> Any:
        """Return a JSON value with each service's address replaced by its name in braces."""
        return _replaced(value, self._names)

    def _addressed(self, value: Any) -> Any:
        return _replaced(value, {name: url for url, name in self._names.items()})


def _outcome(answer: Answer | TransportError) -> JSON:
    if isinstance(answer, TransportError):
        return {"failure": answer.text, "timed_out": answer.timed_out}
    facts = {"status": answer.status, "elapsed_ms": round(answer.elapsed_ms, 3)}
    if _is_json(answer.raw):
        return {**facts, "body": redacted(answer.body)}
    return {**facts, "base64": b64encode(answer.raw).decode()}


def _is_json(raw: bytes) -> bool:
    try:
        json.loads(raw)
    except (ValueError, RecursionError):
        return False
    return True


def _key(call: JSON) -> str:
    """Return what a call is found by."""
    parts = [call["service"], call["method"], call["path"], _lasting(call["sent"])]
    return json.dumps(parts, sort_keys=True)


def _lasting(value: Any) -> Any:
    """Return a JSON value without what differs from run to run."""
    if isinstance(value, dict):
        return {key: _lasting(part) for key, part in value.items() if key not in PASSING}
    if isinstance(value, list):
        return [_lasting(part) for part in value]
    return value


def _differences(kept: Any, sent: Any, place: str = "") -> Iterator[str]:
    """Yield where two JSON values differ, and how."""
    if isinstance(kept, dict) and isinstance(sent, dict):
        for key in dict.fromkeys([*kept, *sent]):
            inside = f"{place}.{key}" if place else key
            if key in kept and key in sent:
                yield from _differences(kept[key], sent[key], inside)
            else:
                yield f"{inside} is {'new' if key in sent else 'missing'}"
    elif isinstance(kept, list) and isinstance(sent, list) and len(kept) == len(sent):
        for number, (one, other) in enumerate(zip(kept, sent, strict=True)):
            yield from _differences(one, other, f"{place}[{number}]")
    elif kept != sent or type(kept) is not type(sent):
        yield f"{place or 'it'} is {shown(sent)}, and was {shown(kept)}"


def _replaced(value: Any, words: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for word, other in words.items():
            value = value.replace(word, other)
        return value
    if isinstance(value, dict):
        return {key: _replaced(part, words) for key, part in value.items()}
    if isinstance(value, list):
        return [_replaced(part, words) for part in value]
    return value
