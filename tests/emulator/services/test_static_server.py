"""The static server answers as CPython's http.server."""

import asyncio
import os

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from aios_nb.emulator.services import static_server
from aios_nb.emulator.world import World

from ..harness import call


def get(world: World, path: str, **options):
    return call(world, static_server.get_file, "GET", path, **options)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("p.zip", "application/zip"),
        ("p.tar.xz", "application/x-xz"),
        ("p", "application/octet-stream"),
    ],
)
def test_the_content_type_follows_the_extension(world: World, name: str, kind: str) -> None:
    (world.store / name).write_bytes(b"data")
    answer = get(world, f"/{name}")

    assert (200, kind) == (answer.status_code, answer.headers["content-type"])
    assert ("4", True) == (answer.headers["content-length"], "last-modified" in answer.headers)


def test_an_unknown_file_is_a_404_page_of_http_server(world: World) -> None:
    answer = get(world, "/x.zip")

    assert 404 == answer.status_code
    assert "<p>Message: File not found.</p>" in answer.text
    assert "HTTPStatus.NOT_FOUND - Nothing matches the given URI." in answer.text


@pytest.mark.parametrize("path", ["/../secret", "/%2e%2e/secret", "/%00", "/a/../../secret"])
def test_nothing_outside_the_store_is_served(world: World, path: str) -> None:
    (world.folder / "secret").write_text("secret")

    assert 404 == get(world, path).status_code


def test_a_link_out_of_the_store_is_not_served(world: World) -> None:
    (world.folder / "secret").write_text("secret")
    (world.store / "link").symlink_to(world.folder / "secret")

    assert 404 == get(world, "/link").status_code


def test_the_root_lists_everything_in_the_store(world: World) -> None:
    (world.store / "b&.zip").write_text("")
    (world.store / "A").mkdir()
    answer = get(world, "/")

    assert '<li><a href="A/">A/</a></li>\n<li><a href="b%26.zip">b&amp;.zip</a></li>' in answer.text


@pytest.mark.parametrize("name", ["index.html", "index.htm"])
def test_an_index_page_is_served_in_place_of_the_listing(world: World, name: str) -> None:
    (world.store / name).write_text("hello")
    answer = get(world, "/")

    assert ("hello", "text/html") == (answer.text, answer.headers["content-type"])


def test_a_folder_without_a_slash_is_redirected(world: World) -> None:
    (world.store / "sub").mkdir()
    answer = get(world, "/sub")

    assert (301, "sub/") == (answer.status_code, answer.headers["location"])
    assert "Directory listing for /sub/" in get(world, "/sub/").text


def test_head_has_the_headers_without_the_body(world: World) -> None:
    (world.store / "p.zip").write_bytes(b"data")
    answer = call(world, static_server.head_file, "HEAD", "/p.zip")
    listing = call(world, static_server.head_file, "HEAD", "/")

    assert ("4", b"") == (answer.headers["content-length"], answer.content)
    assert (200, b"") == (listing.status_code, listing.content)


def test_an_unchanged_file_is_not_sent_again(world: World) -> None:
    (world.store / "p.zip").write_bytes(b"data")
    since = {"if-modified-since": get(world, "/p.zip").headers["last-modified"]}

    assert 304 == get(world, "/p.zip", headers=since).status_code


@pytest.mark.parametrize("since", ["Mon, 01 Jan 2001 00:00:00 GMT", "yesterday", ""])
def test_a_file_changed_since_then_is_sent(world: World, since: str) -> None:
    (world.store / "p.zip").write_bytes(b"data")

    assert b"data" == get(world, "/p.zip", headers={"if-modified-since": since}).content


def test_a_range_is_not_known(world: World) -> None:
    (world.store / "p.zip").write_bytes(b"data")
    answer = get(world, "/p.zip", headers={"range": "bytes=0-1"})

    assert (200, b"data") == (answer.status_code, answer.content)
    assert set() == {"accept-ranges", "etag"} & set(answer.headers)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_verbs_are_a_501(world: World, method: str) -> None:
    answer = call(world, static_server.unsupported, method, "/p.zip")

    assert 501 == answer.status_code
    assert f"Unsupported method ('{method}')" in answer.text


def test_an_uploaded_page_is_inert_in_a_browser(world: World) -> None:
    (world.store / "page.html").write_text("<script>fetch('/_emulator/reset')</script>")
    answer = get(world, "/page.html")

    assert "sandbox" == answer.headers["content-security-policy"]
    assert "nosniff" == answer.headers["x-content-type-options"]


def sent(response: Response) -> tuple[int, bytes]:
    """Return the length that a response declares, and its body."""
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    async def receive() -> Message:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "GET", "headers": []}
    asyncio.run(response(scope, receive, send))
    length = int(dict(messages[0]["headers"])[b"content-length"])
    return length, b"".join(message["body"] for message in messages[1:])


@pytest.mark.parametrize("change", ["replaced", "removed"])
def test_a_file_is_sent_whole_though_it_changes_meanwhile(world: World, change: str) -> None:
    (world.store / "p.zip").write_bytes(b"the first")
    scope = {"type": "http", "method": "GET", "headers": [], "path_params": {"path": "p.zip"}}
    response = asyncio.run(static_server.get_file(world, Request(scope)))
    if change == "replaced":
        (world.incoming / "new").write_bytes(b"another one, and longer")
        os.replace(world.incoming / "new", world.store / "p.zip")
    else:
        (world.store / "p.zip").unlink()

    assert (9, b"the first") == sent(response)
