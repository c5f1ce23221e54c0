"""Turns what a policy returned into the JSON that AIOS makes of it with Flask."""

from __future__ import annotations

import json
from typing import Any

from .protocol import JSON, failure


def encode(reply: JSON, limit: int) -> bytes:
    """Encode as Flask answers: sorted keys, NaN as it is; refuse what Flask refuses."""
    try:
        text = json.dumps(reply, sort_keys=True, default=in_flasks_words)
    except Exception as error:  # noqa: BLE001 - a result's own methods may raise anything
        text = json.dumps(failure("unserialisable", error, "result"))
    if len(text) > limit:
        size = f"the policy's result has {len(text)} bytes, the emulator's limit is {limit}"
        text = json.dumps(failure("unserialisable", ValueError(size), "result"))
    return text.encode()


def in_flasks_words(value: Any) -> Any:
    """Turn into JSON what Flask's provider turns: dates, decimals, UUIDs, dataclasses, HTML."""
    # Here, for few results need them, and every start would have to wait for them.
    import dataclasses
    import datetime
    import decimal
    import email.utils
    import uuid

    if isinstance(value, datetime.date):
        moment = datetime.datetime.combine(value, datetime.time(), tzinfo=datetime.UTC)
        if isinstance(value, datetime.datetime):
            moment = value if value.tzinfo else value.replace(tzinfo=datetime.UTC)
        return email.utils.format_datetime(moment.astimezone(datetime.UTC), usegmt=True)
    if isinstance(value, (decimal.Decimal, uuid.UUID)):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if hasattr(value, "__html__"):
        return str(value.__html__())
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
