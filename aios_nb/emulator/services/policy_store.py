"""The upload server that a lesson posts policy archives to (contract §5.1).

Upstream has no code for it: what its 13 callers rely on is mirrored, the rest is the emulator's.
"""

from __future__ import annotations

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import Response

from ..engine.uploads import place_file, target_in
from ..http import compact
from ..refusal import Refusal
from ..world import World


def error_shape(refusal: Refusal) -> Response:
    return compact({"success": False, "message": refusal.text}, refusal.status or 400)


async def upload(world: World, request: Request) -> Response:
    """POST /upload: store the multipart field ``file`` in folder ``path`` of the store."""
    form = await _read_form(request)
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            raise Refusal(
                "No file part: expected a multipart field 'file', as in curl -F file=@x.zip"
            )
        folder = form.get("path", ".")
        name = target_in(world.store, str(folder), file.filename)
        size = await place_file(world, name, file)
    finally:
        await form.close()
    url = f"{world.service_urls.get('static_server', '')}/{name}"
    return compact({"success": True, "file": name, "size": size, "url": url})


async def _read_form(request: Request) -> FormData:
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        raise Refusal(f"expected multipart/form-data, got content type {kind!r}")
    try:
        # The dispatcher limits the body's size, a stream without Content-Length included.
        parser = MultiPartParser(request.headers, request.stream(), max_files=16, max_fields=64)
        return await parser.parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise Refusal(f"malformed multipart body: {error}") from error
