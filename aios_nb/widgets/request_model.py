"""What the block gets, and in which session: the half of a request that the choosers never see."""

from __future__ import annotations

import base64
import json
import mimetypes
from typing import Any

import traitlets

from ..errors import PayloadError
from ..inference import InferenceRequest
from ..linting import lint
from ..selection import SelectionQuery
from ..session import Session
from ..wire import JSON, json_object
from . import guide

CHAT, WITH_IMAGE, ANY = "chat", "chat with an image", "any JSON"
MODES = (CHAT, WITH_IMAGE, ANY)
IMAGE_LIMIT_BYTES = 4 * 2**20
FRESH = (
    "Each request gets a new session, so AIOS selects anew each time. Numbers never repeat: "
    "a pair of session and number used twice may receive the other request's answer."
)
NEW_TALK = "This session is new: its first request selects a block, which then stays for good."
SAME_TALK = "AIOS keeps the block of this session: for its next request nothing is selected."
CHANGED = (
    "The filter, the goals or the policy changed since, but AIOS will not read them in this "
    "session. Start a new session to select anew."
)


class RequestModel(traitlets.HasTraits):
    """The data of a request, and its session.

    Attributes
    ----------
    mode
        ``chat``, ``chat with an image`` or ``any JSON``.
    message, system_message
        The words; an empty system message is not sent.
    temperature, top_p, max_tokens
        Generation parameters, as the guide has them.
    more_params
        Further generation parameters, a JSON object as text; empty: none.
    image_url
        Of the picture: an address, or a data URL (:meth:`attach` makes one of a file).
    json_text
        The whole data in mode ``any JSON``.
    block_id
        Ask this block, without any selection; empty: AIOS selects.
    keeps_session
        Whether requests continue one session; otherwise each gets a new one.

    Examples
    --------
    >>> RequestModel().data()["message"]
    'Explain about the Deepseek LLM Model'
    """

    mode = traitlets.Enum(MODES, CHAT)
    message = traitlets.Unicode(guide.MESSAGE)
    system_message = traitlets.Unicode("")
    temperature = traitlets.Float(guide.TEMPERATURE, min=0.0)
    top_p = traitlets.Float(guide.TOP_P, min=0.0, max=1.0)
    max_tokens = traitlets.Int(guide.MAX_TOKENS, min=1)
    more_params = traitlets.Unicode("")
    image_url = traitlets.Unicode("")
    image_name = traitlets.Unicode("")
    json_text = traitlets.Unicode('{"mode": "chat", "message": "Hello"}')
    block_id = traitlets.Unicode("")
    keeps_session = traitlets.Bool(False)

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self._session = Session()
        self._first_query: SelectionQuery | None = None
        self._has_sent = False

    def data(self) -> Any:
        """Return what the block will get.

        Raises
        ------
        PayloadError
            A text that should be JSON is none, or the message or the picture is missing.
        """
        if self.mode == ANY:
            return _json(self.json_text, "data")
        if not self.message.strip():
            raise PayloadError("the message is empty; write what the block is to answer")
        data: JSON = {"mode": "chat", "gen_params": self._gen_params()}
        if self.system_message.strip():
            data["system_message"] = self.system_message
        if self.mode == CHAT:
            return data | {"message": self.message}
        if not self.image_url:
            raise PayloadError("there is no picture yet; give its address, or choose a file")
        text = {"type": "text", "text": self.message}
        picture = {"type": "image_url", "image_url": {"url": self.image_url}}
        return data | {"messages": [{"content": [text, picture]}]}

    def attach(self, name: str, content: bytes) -> None:
        """Take a picture from a file: it travels inside the request.

        Raises
        ------
        PayloadError
            The file is no picture by its name, or larger than 4 MB.
        """
        kind = mimetypes.guess_type(name)[0] or ""
        if not kind.startswith("image/"):
            raise PayloadError(f"{name!r} is no picture by its name; expected .png, .jpg, …")
        if len(content) > IMAGE_LIMIT_BYTES:
            raise PayloadError(
                f"{name!r} has {len(content) / 2**20:.1f} MB; expected at most 4 MB: give a "
                "smaller picture, or its address"
            )
        self.image_name = name
        self.image_url = f"data:{kind};base64,{base64.b64encode(content).decode()}"

    def problems(self) -> list[str]:
        """Return what is wrong with the data, each with what to do about it.

        A block that fails on its data never answers, so these are worth reading first.
        """
        try:
            found = lint({"session_id": "s", "seq_no": 1, "model": "any", "data": self.data()})
        except PayloadError as error:
            return [str(error)]
        # With an image the data has messages by intent; the form says which blocks read them.
        meant = {"data.messages"} if self.mode == WITH_IMAGE else set()
        about_data = [f for f in found if f.place.startswith("data") and f.place not in meant]
        return [f"{one.problem}: {one.consequence}; {one.fix}" for one in about_data]

    def session_note(self, query: SelectionQuery | None = None) -> str:
        """Return what AIOS's memory of sessions means for the next request.

        Parameters
        ----------
        query
            The query as it is now.
        """
        if self.block_id:
            return f"{self.block_id} is asked directly: nothing is selected, no session remembers."
        if not self.keeps_session:
            return FRESH
        if not self._has_sent:
            return NEW_TALK
        return f"{SAME_TALK} {CHANGED}" if query != self._first_query else SAME_TALK

    def new_session(self) -> None:
        """Start a new session: AIOS selects anew for its first request."""
        self._session, self._first_query, self._has_sent = Session(), None, False

    def make(self, query: SelectionQuery | None = None) -> InferenceRequest:
        """Return the request to send, with a session and a number that were never used.

        Raises
        ------
        PayloadError
            The data is not complete, or there is nothing to select with.
        """
        data, model = self.data(), self.block_id.strip()
        if query is None and not model:
            raise PayloadError("nothing says which block to ask; give a query, or a block's id")
        if not self.keeps_session:
            self.new_session()
        if not model and not self._has_sent:
            self._first_query, self._has_sent = query, True
        chosen_by = None if model else query
        return InferenceRequest(
            data=data, model=model, session=self._session, selection_query=chosen_by
        )

    def _gen_params(self) -> JSON:
        own = {
            "temperature": self.temperature,
            "top_p": self.top_p,
            "max_tokens": self.max_tokens,
        }
        if not self.more_params.strip():
            return own
        return own | json_object(_json(self.more_params, "further parameters"), "gen_params")


def _json(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise PayloadError(f"{what}: {error.msg.lower()} at {where}; expected JSON") from error
