"""The guide's steps before a request: upload a policy, register it, look at it, change it."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from . import answers
from .caller import Caller, id_in_path
from .errors import PayloadError
from .policy import PolicyPackage, PolicyRegistration
from .wire import JSON


class PolicyCalls(Caller):
    """One method per call of the policy store, the static server and the policy system."""

    def upload_policy(self, package: PolicyPackage) -> str:
        """Return the URL from which AIOS fetches the uploaded package.

        A package of the same name is overwritten, and changes what every policy that is
        registered with it does, at once.

        Raises
        ------
        ServiceError
            The policy store said no.
        TransportError
            It gave no usable answer.
        """
        answer = self._send(
            "policy_store",
            "POST",
            "/upload",
            files={"file": (package.file_name, package.archive())},
            data={"path": "."},
            expect="any",
        )
        answers.unwrap("policy_store", answer.status, answer.body)
        return f"{self.endpoints.address('static_server')}/{quote(package.file_name)}"

    def register_policy(self, registration: PolicyRegistration) -> str:
        """Return the URI under which the policy is now registered.

        AIOS accepts the same URI twice and goes on using the first record: give a new version,
        or call :meth:`update_policy`.

        Raises
        ------
        PayloadError
            The registration has no ``code``.
        ServiceError
            The policy system said no (with HTTP 200).
        TransportError
            It gave no usable answer.
        """
        self._ask("policy_system", "POST", "/policy", "data", json=_complete(registration))
        return registration.uri

    def deploy_policy(
        self, package: PolicyPackage, registration: PolicyRegistration | None = None
    ) -> str:
        """Upload, then register (lesson 01 shows both steps), and return the policy's URI.

        Parameters
        ----------
        registration
            Its ``code`` is filled in. ``None``: version 1.0, named like the package.

        Raises
        ------
        ServiceError
            One of the two services said no.
        TransportError
            One of them gave no usable answer.
        """
        record = registration or PolicyRegistration(package.name)
        return self.register_policy(replace(record, code=self.upload_policy(package)))

    def read_policy(self, policy_uri: str) -> PolicyRegistration:
        """Return the (first) record registered under this URI.

        Raises
        ------
        ServiceError
            There is none.
        TransportError
            The policy system gave no usable answer.
        """
        record = self._ask("policy_system", "GET", f"/policy/{id_in_path(policy_uri)}", "data")
        return _record(record)

    def download_policy(self, policy_uri: str) -> PolicyPackage:
        """Return the package that AIOS runs for this URI, from the static server.

        Raises
        ------
        PayloadError
            What is served is no package that AIOS could run.
        ServiceError
            There is no such policy, or its ``code`` serves nothing.
        TransportError
            The policy system or the static server gave no usable answer.
        """
        code = self.read_policy(policy_uri).code
        name = Path(unquote(urlsplit(code).path)).name
        # AIOS knows the static server by an address that need not lead anywhere from here.
        answer = self._send("static_server", "GET", f"/{quote(name)}", expect="any")
        answers.unwrap("static_server", answer.status, answer.body if answer.status > 399 else {})
        return PolicyPackage.from_archive(name.split(".")[0], answer.raw)

    def update_policy(self, registration: PolicyRegistration) -> None:
        """Replace the (first) record of the same URI.

        Raises
        ------
        PayloadError
            The registration has no ``code``.
        ServiceError
            There is no such record, or it equals the new one.
        TransportError
            The policy system gave no usable answer.
        """
        path = f"/policy/{id_in_path(registration.uri)}"
        self._ask("policy_system", "PUT", path, "data", json=_complete(registration))

    def delete_policy(self, policy_uri: str) -> None:
        """Delete the (first) record of this URI; the uploaded archive stays.

        Raises
        ------
        ServiceError
            There is none.
        TransportError
            The policy system gave no usable answer.
        """
        self._ask("policy_system", "DELETE", f"/policy/{id_in_path(policy_uri)}", "data")

    def query_policies(self, query: JSON | None = None) -> list[PolicyRegistration]:
        """Return the records that a Mongo filter finds, oldest first.

        Parameters
        ----------
        query
            Such as ``{"name": "attributebasedrouter"}``; ``None``: all.

        Raises
        ------
        ServiceError
            The policy system said no.
        TransportError
            It gave no usable answer.
        """
        records = self._ask("policy_system", "POST", "/policy/query", "data", json=query or {})
        return [_record(record) for record in records]


def _record(document: Any) -> PolicyRegistration:
    """Return a stored record; what a newer AIOS may add to it is left out."""
    names = (*(entry.name for entry in fields(PolicyRegistration)), "policy_rule_uri")
    return PolicyRegistration.from_wire({k: v for k, v in document.items() if k in names})


def _complete(registration: PolicyRegistration) -> JSON:
    if not registration.code:
        raise PayloadError(
            f"the registration of {registration.uri!r} has no code; give the URL that "
            "upload_policy() returns, or call deploy_policy()"
        )
    return registration.to_wire()
