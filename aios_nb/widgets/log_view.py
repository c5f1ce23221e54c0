"""The log lines of one request, as they come."""

from __future__ import annotations

from html import escape
from typing import Any

from ipywidgets import HTML, Button, Dropdown, HBox

from ..result import InferenceResult
from .base_view import ControlScript
from .log_model import Entry, LogModel, ReadLogs
from .notices import mistake
from .panel_view import Panel

TRAITS = ("entries", "is_following", "message")
EVERYBODY = "all services"
WIDEST = 400
LONGEST = 16_384  # where container runtimes cut a line themselves
HELP = (
    "Lines of the ad-hoc server name the reply queue of this request. The search server and the "
    "policy executor name no request: their lines are those of the same seconds."
)


class LogPanel(Panel):
    """Follow what the services log about one request.

    Parameters
    ----------
    read_logs
        Reads log lines, such as ``aios.read_logs``.
    model
        A model to show; then the other argument is not read.
    script
        Of the view around this one; ``None``: its own.

    Raises
    ------
    TypeError
        Neither is given.
    """

    def __init__(
        self,
        read_logs: ReadLogs | None = None,
        *,
        model: LogModel | None = None,
        script: ControlScript | None = None,
    ) -> None:
        if model is None and read_logs is None:
            raise TypeError("LogPanel needs read_logs=, such as aios.read_logs")
        super().__init__(script)
        self.model = model or LogModel(read_logs)  # type: ignore[arg-type]  # checked above
        self.begin(self.model, *TRAITS)

    def read(self, result: InferenceResult) -> None:
        """Show the lines of a request that was answered."""
        started_s = result.ts - result.elapsed_s if result.ts else 0.0
        self.model.follow(result.session_id, result.seq_no, started_s=started_s)
        self.model.finish()

    def text_summary(self) -> str:
        """Return how many lines there are."""
        count = len(self.model.entries)
        return f"LogPanel: {count} line{'s' * (count != 1)} of one request"

    def html_summary(self) -> str:
        """Return the lines."""
        return f"<p><b>{self.text_summary()}</b></p>{_lines(self.model.entries)}"

    def _build(self) -> None:
        make = self.parts.make
        caption = make(HTML, "aios-caption", "aios-title", value="Log of the request")
        names = [source.name for source in self.model.sources]
        self.source = make(
            Dropdown, options=[EVERYBODY, *names], description="Written by", tooltip="Written by"
        )
        self.source.observe(self.on_change, "value")
        self.stop = make(Button, description="Stop following", tooltip="Read no more lines")
        self.stop.on_click(lambda _: self.model.stop())
        self.status = make(HTML, "aios-live", "aios-verdict")
        self.lines = make(HTML, "aios-whole", "aios-log")
        bar = make(HBox, "aios-bar", children=[caption, self.source, self.stop])
        self.show(bar, make(HTML, "aios-quiet", value=HELP), self.status, self.lines)

    def update(self, _: Any = None) -> None:
        """Show the model as it is now."""
        model, wanted = self.model, self.source.value
        self.stop.disabled = not model.is_following
        entries = [one for one in model.entries if wanted in {EVERYBODY, one.source}]
        self.status.value = self._status(len(entries))
        self.lines.value = _lines(entries)

    def _status(self, count: int) -> str:
        if self.model.message:
            return mistake(self.model.message)
        if self.model.is_following:
            return f"{_counted(count)} so far. Following …"
        if not self.model.has_request:
            return "Nothing to read yet: a request is followed as soon as it is sent."
        return f"{_counted(count)} about this request."


def _counted(count: int) -> str:
    return f"{count or 'No'} line{'s' * (count != 1)}"


def _lines(entries: Any) -> str:
    """Return the lines with a column for who wrote them, and when."""
    if not entries:
        return ""
    # A region that scrolls must be reachable by keyboard.
    rows = "".join(map(_line, entries))
    return (
        f'<div class="aios-scroll" tabindex="0" role="region" aria-label="Log lines">{rows}</div>'
    )


def _line(entry: Entry) -> str:
    after, source = f"+{entry.after_s:.3f} s", escape(entry.source)
    return f"<div><span>{after}</span><b>{source}</b>{_text(entry.line)}</div>"


def _text(line: str) -> str:
    """Return a line; a long one is cut, and whole one click away."""
    if len(line) <= WIDEST:
        return f"<code>{escape(line)}</code>"
    start, rest = escape(line[:WIDEST]), escape(line[WIDEST:LONGEST])
    cut = f"<summary><code>{start}</code> <u>… more</u></summary>"
    return f"<details>{cut}<code>… {rest}</code></details>"
