"""The request form: the guide's data, pictures, and sessions that surprise nobody."""

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aios_nb import AIOSClient, OptimizationGoal, PayloadError
from aios_nb.widgets import guide
from aios_nb.widgets.request_model import ANY, FRESH, WITH_IMAGE, RequestModel

GUIDE = json.loads((Path(__file__).parents[2] / "fixtures/guide/request.json").read_text())
OTHER = replace(guide.QUERY, goals=(OptimizationGoal("Cost_Saver"),))
PIXEL = b"\x89PNG\r\n\x1a\n"


def test_untouched_it_holds_the_guides_data() -> None:

    assert GUIDE["data"] == RequestModel().data()


def test_a_system_message_is_sent_only_if_there_is_one() -> None:
    model = RequestModel(system_message="  ")
    assert "system_message" not in model.data()
    model.system_message = "Be brief."

    assert "Be brief." == model.data()["system_message"]


def test_further_parameters_join_and_may_replace_the_shown_ones() -> None:
    model = RequestModel(more_params='{"seed": 7, "top_p": 0.5}')

    wanted = {"temperature": 0.1, "top_p": 0.5, "max_tokens": 256, "seed": 7}
    assert wanted == model.data()["gen_params"]


def test_a_picture_by_address_goes_as_the_multi_modal_blocks_read_it() -> None:
    model = RequestModel(mode=WITH_IMAGE, message="What is it?", image_url="https://host/a.png")
    text, picture = model.data()["messages"][0]["content"]

    assert {"type": "text", "text": "What is it?"} == text
    assert {"type": "image_url", "image_url": {"url": "https://host/a.png"}} == picture


def test_a_picture_from_a_file_travels_inside_the_request() -> None:
    model = RequestModel(mode=WITH_IMAGE)
    model.attach("a.png", PIXEL)
    url = model.data()["messages"][0]["content"][1]["image_url"]["url"]

    assert f"data:image/png;base64,{base64.b64encode(PIXEL).decode()}" == url


def test_a_multi_modal_block_answers_a_picture(aios: AIOSClient) -> None:
    model = RequestModel(mode=WITH_IMAGE, block_id="gemma3-27b-vision")
    model.attach("a.png", PIXEL)

    assert aios.infer(model.make()).reply


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"message": " "}, "message is empty"),
        ({"mode": WITH_IMAGE}, "no picture yet"),
        ({"mode": ANY, "json_text": "{"}, "line 1, column 2"),
        ({"more_params": "[1]"}, "gen_params"),
        ({"more_params": "seed"}, "expected JSON"),
    ],
    ids=["no message", "no picture", "no JSON", "no object", "no JSON either"],
)
def test_what_is_missing_is_said_and_nothing_is_made(values: dict[str, Any], words: str) -> None:
    model = RequestModel(**values)
    with pytest.raises(PayloadError, match=words):
        model.make(guide.QUERY)

    assert words in model.problems()[0]


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [("a.txt", 1, "no picture"), ("a.png", 4 * 2**20 + 1, "at most 4 MB")],
)
def test_a_file_that_is_no_picture_or_too_large_is_refused(
    name: str, size: int, words: str
) -> None:
    model = RequestModel()
    with pytest.raises(PayloadError, match=words):
        model.attach(name, b"x" * size)

    assert "" == model.image_url


def test_data_on_which_a_block_would_never_answer_is_a_problem() -> None:
    model = RequestModel(more_params='{"max_new_tokens": 5}')

    assert "write max_tokens" in model.problems()[0]


def test_a_picture_is_no_problem_but_the_same_data_as_json_is() -> None:
    model = RequestModel(mode=WITH_IMAGE, image_url="https://example.org/cat.png")
    with_image = model.problems()
    model.json_text = json.dumps(model.data())
    model.mode = ANY

    assert [] == with_image
    assert "messages instead of message" in model.problems()[0]


def test_the_guides_data_has_no_problem() -> None:

    assert [] == RequestModel().problems()


def test_each_request_has_a_session_of_its_own_unless_one_is_continued() -> None:
    model = RequestModel()
    fresh = [model.make(guide.QUERY) for _ in range(3)]
    model.keeps_session = True
    kept = [model.make(guide.QUERY) for _ in range(3)]

    assert 3 == len({request.session_id for request in fresh})
    assert 1 == len({request.session_id for request in kept})
    assert 6 == len({(request.session_id, request.seq_no) for request in (*fresh, *kept)})


def test_a_new_session_is_new() -> None:
    model = RequestModel(keeps_session=True)
    before = model.make(guide.QUERY)
    model.new_session()

    assert before.session_id != model.make(guide.QUERY).session_id


def test_the_note_warns_when_a_changed_query_would_not_be_read() -> None:
    model = RequestModel()
    notes = [model.session_note(guide.QUERY)]
    model.keeps_session = True
    notes.append(model.session_note(guide.QUERY))
    model.make(guide.QUERY)
    notes.append(model.session_note(guide.QUERY))
    notes.append(model.session_note(OTHER))
    model.new_session()
    notes.append(model.session_note(OTHER))

    assert FRESH == notes[0]
    assert ["will not read" in note for note in notes] == [False, False, False, True, False]
    assert "nothing is selected" in notes[2]


def test_a_block_of_ones_choice_is_asked_without_a_query() -> None:
    model = RequestModel(block_id=" atlas-14b-chat ")
    request = model.make(guide.QUERY)

    assert "atlas-14b-chat" == request.model
    assert request.selection_query is None
    assert "asked directly" in model.session_note(guide.QUERY)


def test_without_query_and_block_nothing_is_made() -> None:
    with pytest.raises(PayloadError, match="which block to ask"):
        RequestModel().make()
