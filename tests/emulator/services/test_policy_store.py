"""The upload server: whole files at the asked place, or nothing at all."""

import pytest

from aios_nb.emulator.services import policy_store, static_server
from aios_nb.emulator.world import World

from ..harness import call


def post(world: World, name: str = "x.zip", data: bytes = b"zip", **fields: str):
    files = {"file": (name, data)}
    return call(world, policy_store.upload, "POST", "/upload", files=files, data=fields)


def stored(world: World) -> list[str]:
    return sorted(p.relative_to(world.store).as_posix() for p in world.store.rglob("*"))


def test_an_upload_answers_name_size_and_url(world: World) -> None:
    answer = post(world, path=".")

    assert 200 == answer.status_code
    assert (
        '{"file":"x.zip","size":3,"success":true,"url":"http://emulator/static_server/x.zip"}\n'
        == answer.text
    )


def test_an_uploaded_file_is_served_by_the_static_server(world: World) -> None:
    post(world, data=b"PK-content")

    assert b"PK-content" == call(world, static_server.get_file, "GET", "/x.zip").content


def test_the_same_name_is_overwritten_silently(world: World) -> None:
    post(world, data=b"one")
    answer = post(world, data=b"three")

    assert (200, b"three") == (answer.status_code, (world.store / "x.zip").read_bytes())


def test_path_is_a_folder_of_the_store_and_defaults_to_its_root(world: World) -> None:
    post(world)
    post(world, path="deep/er")

    assert ["deep", "deep/er", "deep/er/x.zip", "x.zip"] == stored(world)


def test_a_missing_file_is_a_400(world: World) -> None:
    answer = call(world, policy_store.upload, "POST", "/upload", files={"other": ("x", b"")})

    assert 400 == answer.status_code
    assert answer.json()["message"].startswith("No file part")


def test_a_body_that_is_no_form_is_a_400(world: World) -> None:
    answer = call(world, policy_store.upload, "POST", "/upload", json={})

    assert (400, False) == (answer.status_code, answer.json()["success"])


def test_a_form_without_boundary_is_a_400(world: World) -> None:
    headers = {"content-type": "multipart/form-data"}
    answer = call(world, policy_store.upload, "POST", "/upload", content=b"x", headers=headers)

    assert 400 == answer.status_code


@pytest.mark.parametrize(
    "path",
    ["..", "a/../../b", "/etc", "%2e%2e", "%252e%252e", "%2Fetc", "..\\x", "C:/x", "a\0b", "a\nb"],
)
def test_a_path_out_of_the_store_is_refused_and_nothing_is_written(world: World, path: str) -> None:
    answer = post(world, path=path)

    assert 400 == answer.status_code
    assert "leads out of the store" in answer.json()["message"]
    assert [] == stored(world)


@pytest.mark.parametrize("name", ["../x.zip", "/x.zip", "a/b.zip", "..", "a\\b.zip", "%2e%2e"])
def test_a_file_name_with_a_way_in_it_is_refused(world: World, name: str) -> None:

    assert 400 == post(world, name).status_code
    assert [] == stored(world)


def test_a_link_out_of_the_store_is_not_followed(world: World) -> None:
    (world.store / "out").symlink_to(world.folder)

    assert 400 == post(world, path="out").status_code


def test_a_name_taken_by_a_folder_is_refused(world: World) -> None:
    (world.store / "x.zip").mkdir()

    assert "is taken by a folder" in post(world).json()["message"]


def test_a_folder_taken_by_a_file_is_refused_and_leaves_no_temporary_file(world: World) -> None:
    post(world, "x")
    answer = post(world, path="x")

    assert 400 == answer.status_code
    assert ["policies"] == [p.name for p in world.folder.iterdir()]


def test_a_name_longer_than_the_file_system_takes_is_refused(world: World) -> None:

    assert 400 == post(world, "x" * 300).status_code
