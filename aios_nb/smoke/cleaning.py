"""Removes from an AIOS what the lessons registered there."""

from __future__ import annotations

import re
from typing import Protocol

from ..errors import ConfigurationError
from ..policy import PolicyRegistration
from ..wire import JSON

SHORTEST = 4


class Registry(Protocol):
    """What cleaning asks of a client."""

    def query_policies(self, query: JSON | None = None, /) -> list[PolicyRegistration]: ...
    def delete_policy(self, policy_uri: str, /) -> None: ...


def remove_policies(aios: Registry, prefix: str) -> list[str]:
    """Delete all records of policies whose names begin so; return their URIs.

    The uploaded archives stay, because AIOS has no call that removes one; the next run of the
    same name overwrites them.

    Raises
    ------
    ConfigurationError
        The beginning is so short that others' policies may have it, too.
    AIOSError
        The policy system could not be asked, or said no.
    """
    if len(prefix) < SHORTEST:
        raise ConfigurationError(
            f"name {prefix!r} is too short for a clean-up; expected at least {SHORTEST} characters"
        )
    records = aios.query_policies({"name": {"$regex": f"^{re.escape(prefix)}"}})
    for record in records:
        aios.delete_policy(record.uri)
    return [record.uri for record in records]
