"""A policy as AIOS takes it: the package that is uploaded, and the record that is registered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import PayloadError
from .policy_source import FUNCTION, check_source
from .wire import JSON, json_copy, keys, shown, text

if TYPE_CHECKING:
    from .policy_run import PolicyRun

LEFT_OUT = {"__pycache__", "__MACOSX"}
LEFT_OUT_SUFFIXES = {".pyc", ".pyo"}


@dataclass(frozen=True)
class PolicyPackage:
    """The files of a policy, checked and ready to be uploaded.

    Parameters
    ----------
    name
        Name of the archive, without ``.zip``.
    files
        Path in the archive and content; all paths lie beneath ``code/``.

    Raises
    ------
    PayloadError
        AIOS could not run the package: no ``code/function.py``, a syntax error, no class
        ``AIOSv1PolicyRule``, or ``__init__`` or ``eval`` that AIOS could not call.

    Examples
    --------
    >>> source = '''
    ... class AIOSv1PolicyRule:
    ...     def __init__(self, rule_id, settings, parameters): ...
    ...     def eval(self, parameters, input_data, context): return input_data[0]
    ... '''
    >>> PolicyPackage.from_source("first", source).file_name
    'first.zip'
    """

    name: str
    files: tuple[tuple[str, bytes], ...] = field(repr=False)

    def __post_init__(self) -> None:
        text(self.name, "name of a policy package", example="attributebasedrouter")
        if "/" in self.name or "\\" in self.name or self.name.startswith("."):
            raise PayloadError(f"name of a policy package is {self.name!r}; expected a file name")
        object.__setattr__(self, "files", tuple(sorted(self.files)))
        found = dict(self.files)
        for path in found:
            if not path.startswith("code/") or ".." in path.split("/"):
                raise PayloadError(f"{self.file_name} holds {path!r}; files must lie beneath code/")
        if FUNCTION not in found:
            raise PayloadError(
                f"{self.file_name} has no {FUNCTION}; AIOS looks for the policy there and nowhere "
                "else: create it"
            )
        check_source(found[FUNCTION], self.file_name)

    @property
    def file_name(self) -> str:
        """Name of the archive in the policy store."""
        return f"{self.name}.zip"

    @property
    def digest(self) -> str:
        """SHA-256 of the archive, in hexadecimal digits."""
        return hashlib.sha256(self.archive()).hexdigest()

    def archive(self) -> bytes:
        """Return the zip archive: the same bytes for the same files, whenever and wherever."""
        from .policy_archive import write_archive  # zip and tar, when there is one to write

        return write_archive(self.files)

    def run(
        self,
        candidates: Sequence[JSON],
        *,
        parameters: JSON | None = None,
        settings: JSON | None = None,
        timeout_s: float = 30.0,
    ) -> PolicyRun:
        """Run this very package here, in a process of its own, as AIOS would run it.

        Parameters
        ----------
        candidates
            Blocks as ``find_candidates`` returns them.
        parameters
            What a request's query gives the policy, such as ``selection_query`` with its goals.
        settings
            What a registration gives its constructor as ``policy_settings``.
        timeout_s
            Limit in seconds; memory and files have limits too.

        Returns
        -------
        PolicyRun
            The block it ``chosen``, and its log ``lines``.

        Raises
        ------
        PayloadError
            The candidates, parameters or settings have no JSON form.
        PolicyError
            The policy failed, with its traceback, or chose nothing that AIOS could use.
        """
        # Imported on call: a value needs no processes.
        from .policy_run import PolicyCall, recorded, run_policy

        call = PolicyCall(parameters or {}, settings or {})
        (outcome,) = run_policy(self, recorded(candidates), [call], timeout_s=timeout_s)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    @classmethod
    def from_folder(cls, path: str | Path, *, name: str | None = None) -> PolicyPackage:
        """Return the package made of ``path/code``.

        Hidden files, notebooks' checkpoints and Python's caches stay out.

        Parameters
        ----------
        path
            The folder that contains ``code``.
        name
            Name of the archive; ``None``: that of the folder.

        Raises
        ------
        PayloadError
            There is no ``code`` folder, a file leads out of it, or AIOS could not run it.
        """
        folder = Path(path).resolve()
        if not (folder / "code").is_dir():
            raise PayloadError(
                f"{folder} has no folder 'code'; expected {folder / FUNCTION} "
                "(give the folder that contains code/, not code/ itself)"
            )
        return cls(folder.name if name is None else name, tuple(_read_files(folder)))

    @classmethod
    def from_archive(cls, name: str, raw: bytes) -> PolicyPackage:
        """Return the package in an archive, zip or tar, such as AIOS serves it.

        Whatever AIOS would not look at, outside ``code/`` or left behind by Python, stays out.

        Parameters
        ----------
        name
            Name of the archive, without ``.zip``.

        Raises
        ------
        PayloadError
            It is no archive, it is too large, or AIOS could not run what is in it.
        """
        from .policy_archive import read_archive

        found = read_archive(raw, name)
        wanted = ((p, content) for p, content in found if not _is_left_out(Path(p)))
        return cls(name, tuple(file for file in wanted if file[0].startswith("code/")))

    @classmethod
    def from_source(cls, name: str, source: str, *, requirements: str = "") -> PolicyPackage:
        """Return the package made of one source text.

        Parameters
        ----------
        name
            Name of the archive, without ``.zip``.
        source
            The text of ``code/function.py``.
        requirements
            The text of ``code/requirements.txt``; empty: no such file.

        Raises
        ------
        PayloadError
            AIOS could not run it.
        """
        files = [(FUNCTION, source.encode())]
        if requirements:
            files.append(("code/requirements.txt", requirements.encode()))
        return cls(name, tuple(files))


@dataclass(frozen=True)
class PolicyRegistration:
    """The record by which AIOS knows a policy.

    All schemas are documentation: AIOS validates nothing against them. So is ``code_type``: the
    archive is recognised by its content.

    Parameters
    ----------
    name, version, release_tag
        Together the policy's URI, ``name:version-release_tag``.
    code
        URL of the uploaded archive. Empty until it is known: ``deploy_policy`` fills it in.
    metadata, tags, description, functionality_data, resource_estimates
        For readers; AIOS stores them and decides nothing by them.
    policy_settings
        What the policy's constructor gets as ``settings``.
    policy_parameters
        What it gets as ``parameters`` if a request brings none.

    Raises
    ------
    PayloadError
        Name, version or release tag is empty, or a value has no JSON form.

    Examples
    --------
    >>> PolicyRegistration("attributebasedrouter", "2.0", code="http://h:32555/a.zip").uri
    'attributebasedrouter:2.0-stable'
    """

    name: str
    version: str = "1.0"
    release_tag: str = "stable"
    code: str = ""
    metadata: JSON = field(default_factory=dict)
    tags: str = ""
    code_type: str = "zip"
    type: str = "policy"
    policy_input_schema: JSON = field(default_factory=dict)
    policy_output_schema: JSON = field(default_factory=dict)
    policy_settings_schema: JSON = field(default_factory=dict)
    policy_parameters_schema: JSON = field(default_factory=dict)
    policy_settings: JSON = field(default_factory=dict)
    policy_parameters: JSON = field(default_factory=dict)
    description: str = ""
    functionality_data: JSON = field(default_factory=dict)
    resource_estimates: JSON = field(default_factory=dict)

    def __post_init__(self) -> None:
        examples = {"name": "attributebasedrouter", "version": "2.0", "release_tag": "stable"}
        for key, example in examples.items():
            text(getattr(self, key), f"{key} of a policy registration", example=example)
        if not isinstance(self.code, str):
            raise PayloadError(f"code is {shown(self.code)}; expected the URL of the archive")
        for entry in fields(self):
            copy = json_copy(getattr(self, entry.name), f"{entry.name} of {self.name!r}")
            object.__setattr__(self, entry.name, copy)

    @property
    def uri(self) -> str:
        """The name by which a selection query asks for this policy."""
        return f"{self.name}:{self.version}-{self.release_tag}"

    def to_wire(self) -> JSON:
        """Return the 17 keys that the policy system demands."""
        return {
            entry.name: json_copy(getattr(self, entry.name), entry.name) for entry in fields(self)
        }

    @classmethod
    def from_wire(cls, document: Any) -> PolicyRegistration:
        """Return the registration that a record stands for, stored or to be stored.

        Raises
        ------
        PayloadError
            A key is missing (AIOS would refuse it too) or unknown (AIOS would drop it).
        """
        names = [entry.name for entry in fields(cls)]
        record = keys(document, "policy registration", need=names, allow=("policy_rule_uri",))
        return cls(**{name: record[name] for name in names})


def _read_files(folder: Path) -> Iterable[tuple[str, bytes]]:
    for path in sorted((folder / "code").rglob("*")):
        inside = path.relative_to(folder)
        if _is_left_out(inside) or not path.is_file():
            continue
        if not path.resolve().is_relative_to(folder):
            raise PayloadError(f"{path} leads out of {folder}; put a copy of the file there")
        yield inside.as_posix(), path.read_bytes()


def _is_left_out(path: Path) -> bool:
    hidden = any(part.startswith(".") or part in LEFT_OUT for part in path.parts)
    return hidden or path.suffix in LEFT_OUT_SUFFIXES
