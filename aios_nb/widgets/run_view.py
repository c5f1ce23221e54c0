"""Sends a request, shows that it waits and for how long, and shows what came back."""

from __future__ import annotations

from html import escape
from typing import Any

from ipywidgets import HTML, Button, HBox

from . import run_html
from .base_view import ControlScript
from .panel_view import Panel
from .run_model import ANSWERED, Infer, Make, RunModel

TRAITS = ("history", "is_running", "elapsed_s", "refusal")
HELP = (
    "Cancel means: stop waiting. AIOS knows no cancel, so the block may go on; the same session "
    "and number are never used again."
)


class RunPanel(Panel):
    """Run requests, one at a time, and keep what came back.

    Parameters
    ----------
    infer
        Sends a request and waits, such as ``aios.infer``.
    make
        Returns the next request, with a session and number that were never used before, such as
        ``lambda: InferenceRequest(message="Hello", model="atlas-14b-chat")``.
    model
        A model to show; then the other arguments are not read.
    script
        Of the view around this one; ``None``: its own.

    Raises
    ------
    TypeError
        Neither a model nor both functions are given.

    Attributes
    ----------
    result
        The newest answer; ``None``: there is none.
    """

    def __init__(
        self,
        infer: Infer | None = None,
        make: Make | None = None,
        *,
        model: RunModel | None = None,
        script: ControlScript | None = None,
    ) -> None:
        if model is None and (infer is None or make is None):
            raise TypeError("RunPanel needs infer= and make=, such as aios.infer and form.make")
        super().__init__(script)
        self.model = model or RunModel(infer, make)  # type: ignore[arg-type]  # checked above
        self.begin(self.model, *TRAITS)

    @property
    def result(self) -> Any:
        """The newest answer, an ``InferenceResult``; ``None``: there is none."""
        answers = [run.result for run in self.model.history if run.result]
        return answers[-1] if answers else None

    def text_summary(self) -> str:
        """Return how many requests were sent, and how the newest ended."""
        run = self.model.latest
        if run is None:
            return "RunPanel: nothing was sent yet"
        count = len(self.model.history)
        who = f" by {run.block_id}" if run.state == ANSWERED else ""
        return f"RunPanel: {count} run{'s' * (count != 1)}, the last {run.state}{who}"

    def html_summary(self) -> str:
        """Return the newest answer."""
        said = escape(self.text_summary())
        return f"<p><b>{said}</b></p>{run_html.outcome(self.model.latest)}"

    def _build(self) -> None:
        make = self.parts.make
        caption = make(HTML, "aios-caption", "aios-title", value="Run")
        self.send = make(
            Button,
            *("aios-send", "aios-main"),
            description="Send request",
            tooltip="Send the request to AIOS",
        )
        self.send.on_click(lambda _: self._start())
        self.cancel = make(
            Button, "aios-cancel", description="Cancel", tooltip="Stop waiting for the answer"
        )
        self.cancel.on_click(lambda _: self._stop())
        self.progress = make(HTML, "aios-progress")
        self.status = make(HTML, "aios-live", "aios-verdict")
        self.outcome = make(HTML, "aios-whole")
        self.history = make(HTML, "aios-whole")
        bar = make(HBox, "aios-bar", children=[caption, self.send, self.cancel, self.progress])
        help_text = make(HTML, "aios-quiet", value=HELP)
        self.show(bar, help_text, self.status, self.outcome, self.history)

    # The model is called without the lock: it notifies from threads that want the lock too.
    def _start(self) -> None:
        if self.model.start() is not None:
            self.script.focus(".aios-cancel")

    def _stop(self) -> None:
        self.model.cancel()
        self.script.focus(".aios-send")

    def _update_progress(self) -> None:
        waits = self.model.is_running
        self.progress.value = run_html.progress(self.model.elapsed_s) if waits else ""

    def update(self, change: Any = None) -> None:
        """Show the model as it is now."""
        if change is not None and change["name"] == "elapsed_s":
            self._update_progress()
            return
        model, run = self.model, self.model.latest
        self._update_progress()
        self.send.disabled, self.cancel.disabled = model.is_running, not model.is_running
        self.status.value = self._status()
        if run is None or not model.is_running:
            self.outcome.value = run_html.outcome(run)
        self.history.value = run_html.history_table(model.history)

    def _status(self) -> str:
        run = self.model.latest
        if self.model.refusal:
            return f'<div class="aios-mistake">Not sent: {escape(self.model.refusal)}</div>'
        if run is None:
            return '<span class="aios-quiet">Nothing was sent yet.</span>'
        if self.model.is_running:
            return f"Run {run.number}: sent, waiting for the answer."
        return f"Run {run.number}: <b>{run.state}</b> after {run.elapsed_s:.2f} s."
