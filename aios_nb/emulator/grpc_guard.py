"""Who may call over gRPC: programs of this machine, and others that send the token as metadata."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import unquote

import grpc

from . import guard

Method = Callable[[Any, Any], Awaitable[Any]]
NO_TOKEN = "refused: the emulator was started without a token, so only this machine may call"


def guarded(method: Method, *, address: str, token: str | None) -> Method:
    """Return a method that answers who may call, and ends other calls as UNAUTHENTICATED.

    Parameters
    ----------
    address
        Where the server listens; who calls from there is on this machine.
    token
        What other machines must send, as ``authorization`` with ``Bearer``. A web page has no way
        to speak gRPC, so there is no more to look at.
    """

    async def answer(request: Any, context: Any) -> Any:
        reason = _complaint(context.peer(), context.invocation_metadata() or (), address, token)
        if reason is not None:
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, reason)
        return await method(request, context)

    return answer


def _complaint(
    peer: str, metadata: Iterable[tuple[str, str | bytes]], address: str, token: str | None
) -> str | None:
    caller = _address_of(peer)
    if guard.is_loopback(caller) or caller == address:
        return None
    if token is None:
        return NO_TOKEN
    headers = ((key.encode(), v.encode() if isinstance(v, str) else v) for key, v in metadata)
    refused = guard.stranger(headers, token=token)
    return None if refused is None else refused[1]


def _address_of(peer: str) -> str:
    """Return ``::1`` of ``ipv6:%5B::1%5D:57284``, as gRPC names who calls."""
    return unquote(peer).partition(":")[2].rpartition(":")[0].strip("[]")
