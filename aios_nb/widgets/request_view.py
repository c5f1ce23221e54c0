"""A form for what the block gets, and for the session."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from ipywidgets import (
    HTML,
    BoundedFloatText,
    BoundedIntText,
    Button,
    Checkbox,
    Dropdown,
    FileUpload,
    HBox,
    Text,
    Textarea,
    VBox,
)
from traitlets import link

from ..errors import PayloadError
from ..selection import SelectionQuery
from .base_view import ControlScript
from .notices import mistake
from .panel_view import Panel
from .request_model import ANY, CHAT, MODES, WITH_IMAGE, RequestModel

SHOWN = 4000
CHAT_HELP = "The published llama.cpp block reads these; others may read less."
IMAGE_HELP = "Only multi-modal blocks read pictures; the published llama.cpp block never answers."
MORE = "Further parameters (JSON)"


class RequestForm(Panel):
    """Write what the block gets; untouched it holds the guide's data.

    Parameters
    ----------
    model
        A model to show. ``None``: a new one.
    script
        Of the view around this one; ``None``: its own.

    Attributes
    ----------
    model
        ``model.make(query)`` returns the request to send.

    Examples
    --------
    >>> form = RequestForm()
    >>> form
    RequestForm: chat, 'Explain about the Deepseek LLM Model', a new session for each request
    >>> form.close()
    """

    def __init__(
        self, model: RequestModel | None = None, *, script: ControlScript | None = None
    ) -> None:
        super().__init__(script)
        self.model = model or RequestModel()
        self.query: SelectionQuery | None = None
        self._links: list[link] = []
        self.begin(self.model, *self.model.trait_names())

    def text_summary(self) -> str:
        """Return mode, message and how sessions are used."""
        model = self.model
        words = repr(model.message) if model.mode != ANY else "data as JSON"
        session = "one session" if model.keeps_session else "a new session for each request"
        return f"RequestForm: {model.mode}, {words}, {session}"

    def html_summary(self) -> str:
        """Return the data as JSON."""
        return f"<p><b>{escape(self.text_summary())}</b></p>{self._data_html()}"

    def refresh(self, query: SelectionQuery | None) -> None:
        """Take note of the query as it is now; the session's note depends on it."""
        self.query = query
        self.update()

    def close(self) -> None:
        """Close every control."""
        for one in self._links:
            one.unlink()
        self._links.clear()
        super().close()

    def _build(self) -> None:
        make = self.parts.make
        caption = make(HTML, "aios-caption", "aios-title", value="Request")
        mode = make(Dropdown, options=MODES, description="Mode", tooltip="Kind of request")
        self._link("mode", mode)
        self.chat = make(VBox, children=[*self._words(), self._numbers()])
        self.image = self._image()
        self.raw = make(Textarea, "aios-code", "aios-whole", rows=8, tooltip="Data as JSON")
        self._link("json_text", self.raw)
        self.problems = make(HTML, "aios-alert")
        self.preview = make(HTML)
        self.show(
            make(HBox, "aios-bar", children=[caption, mode]),
            self.chat,
            self.image,
            self.raw,
            self.problems,
            self._session(),
            self.preview,
        )

    def _words(self) -> list[Any]:
        make = self.parts.make
        message = make(
            Textarea, "aios-whole", "aios-message", description="Message", tooltip="Message", rows=3
        )
        system = make(
            Textarea,
            *("aios-whole", "aios-message"),
            description="System",
            tooltip="System message",
            placeholder="Optional: who the model is to be, and how it is to answer",
            rows=2,
        )
        self._link("message", message)
        self._link("system_message", system)
        return [message, system]

    def _numbers(self) -> Any:
        make = self.parts.make
        about = {"step": 0.05, "min": 0.0}
        temperature = make(
            BoundedFloatText, description="temperature", tooltip="temperature", max=5.0, **about
        )
        top_p = make(BoundedFloatText, description="top_p", tooltip="top_p", max=1.0, **about)
        tokens = make(
            BoundedIntText, description="max_tokens", tooltip="max_tokens", min=1, max=1_000_000
        )
        more = make(Text, "aios-more", description="more", tooltip=MORE, placeholder='{"seed": 7}')
        controls = {"temperature": temperature, "top_p": top_p, "max_tokens": tokens}
        for name, control in (controls | {"more_params": more}).items():
            self._link(name, control)
        caption = make(HTML, "aios-caption", "aios-quiet", value="gen_params")
        help_text = make(HTML, "aios-quiet", value=CHAT_HELP)
        bar = make(HBox, "aios-bar", "aios-params", children=[caption, *controls.values(), more])
        return make(VBox, "aios-group", children=[bar, help_text])

    def _image(self) -> Any:
        make = self.parts.make
        self.image_url = make(
            Text,
            *("aios-whole", "aios-message"),
            description="Picture",
            tooltip="Address of the picture",
            placeholder="https://… or choose a file",
        )
        self.image_url.observe(self._on_image_url, "value")
        upload = make(FileUpload, accept="image/*", multiple=False, description="Choose a file")
        upload.tooltip = "Choose a picture from a file"
        upload.observe(self._on_upload, "value")
        self.image_note = make(HTML, "aios-quiet", "aios-live")
        bar = make(HBox, "aios-bar", children=[upload, self.image_note])
        help_text = make(HTML, "aios-quiet", value=IMAGE_HELP)
        return make(VBox, children=[self.image_url, bar, help_text])

    def _session(self) -> Any:
        make = self.parts.make
        caption = make(HTML, "aios-caption", value="<b>Session</b>")
        keep = make(Checkbox, "aios-check", description="Continue one session", indent=False)
        self._link("keeps_session", keep)
        self.restart = make(
            Button, description="New session", tooltip="Start a new session: AIOS selects anew"
        )
        self.restart.on_click(lambda _: self._new_session())
        block = make(
            Text,
            "aios-block",
            description="Ask only",
            tooltip="Ask this block without any selection; empty: AIOS selects",
            placeholder="a block's id; empty: AIOS selects",
        )
        self._link("block_id", block)
        self.note = make(HTML, "aios-quiet", "aios-live")
        bar = make(HBox, "aios-bar", children=[caption, keep, self.restart, block])
        return make(VBox, "aios-group", "aios-session", children=[bar, self.note])

    def _link(self, trait: str, control: Any) -> None:
        self._links.append(link((self.model, trait), (control, "value")))

    def _new_session(self) -> None:
        self.model.new_session()
        self.update()

    def _on_image_url(self, change: Any) -> None:
        if change["new"] != self._shown_url():
            self.model.image_name, self.model.image_url = "", change["new"]

    def _on_upload(self, change: Any) -> None:
        for file in change["new"]:
            try:
                self.model.attach(file["name"], bytes(file["content"]))
            except PayloadError as error:
                self.image_note.value = mistake(str(error))

    def _shown_url(self) -> str:
        # The text of a picture is of no use to a reader, and long.
        return "" if self.model.image_name else self.model.image_url

    def update(self, _: Any = None) -> None:
        """Show the model as it is now."""
        model = self.model
        _show(self.chat, is_shown=model.mode in {CHAT, WITH_IMAGE})
        _show(self.image, is_shown=model.mode == WITH_IMAGE)
        _show(self.raw, is_shown=model.mode == ANY)
        self.image_url.value = self._shown_url()
        self.image_note.value = f"Takes {escape(model.image_name)}" if model.image_name else ""
        self.restart.disabled = not model.keeps_session
        self.note.value = escape(model.session_note(self.query))
        found = model.problems()
        self.problems.value = "".join(mistake(one) for one in found)
        self.preview.value = self._data_html()

    def _data_html(self) -> str:
        try:
            text = json.dumps(self.model.data(), indent=2, ensure_ascii=False)
        except PayloadError:  # the line about it stands above
            return ""
        shown = text if len(text) <= SHOWN else f"{text[:SHOWN]} …"
        return f"<details><summary>The data as JSON</summary><pre>{escape(shown)}</pre></details>"


def _show(control: Any, *, is_shown: bool) -> None:
    """Show or hide a control without taking it apart."""
    if is_shown:
        control.remove_class("aios-off")
    else:
        control.add_class("aios-off")
