"""The one answer of AIOS that is not JSON: ``/v1/infer-multipart`` sends parts (contract §5.11)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

CRLF = b"\r\n"


def multipart_body(boundary: str, metadata: Any, data: Any, files: Sequence[bytes]) -> bytes:
    """Return the parts ``metadata``, ``data`` and ``file0``, ``file1``, … as one body."""
    parts = [_json_part("metadata", metadata), _json_part("data", data)]
    parts += [_file_part(number, content) for number, content in enumerate(files)]
    opening = f"--{boundary}".encode() + CRLF
    return b"".join(opening + part + CRLF for part in parts) + f"--{boundary}--".encode() + CRLF


def _json_part(name: str, value: Any) -> bytes:
    head = f'Content-Disposition: form-data; name="{name}"; filename="{name}.json"'
    return _part("application/json", head, json.dumps(value).encode())


def _file_part(number: int, content: bytes) -> bytes:
    head = f'Content-Disposition: attachment; name="file{number}"; filename="file{number}.bin"'
    return _part("application/octet-stream", head, content)


def _part(media_type: str, disposition: str, content: bytes) -> bytes:
    return CRLF.join([f"Content-Type: {media_type}".encode(), disposition.encode(), b"", content])
