"""All panels as one: from the filter to the answer and its log lines."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Any

from ipywidgets import HTML, HBox, ToggleButton, VBox

from ..selection import SelectionQuery
from . import guide
from .candidates_view import CandidateTable
from .feedback_model import Feedback
from .goals_model import Choice
from .goals_view import GoalSliders
from .log_view import LogPanel
from .panel_view import Panel
from .query_view import QueryBuilder
from .request_view import RequestForm
from .run_model import WAITING
from .run_view import RunPanel
from .workbench_model import AIOS, Calls, WorkbenchModel

STEPS = ("Filter", "Candidates", "Goals", "Request", "Run", "Log")
HELP = (
    "From left to right: say which blocks may answer, look who passes, weigh what matters, write "
    "the request, send it, and read what the services logged."
)


class Workbench(Panel):
    """Compose, preview, explain and run a request; untouched it holds the guide's.

    Parameters
    ----------
    calls
        How AIOS is asked; :meth:`of` takes them from a client.
    query
        What to start from. ``None``: the guide's query. Its policy must be deployed (lesson 01).

    Attributes
    ----------
    builder, table, sliders, form, run_panel, log_panel
        The panels.
    model
        Their models, kept in step.
    """

    def __init__(self, calls: Calls, *, query: SelectionQuery | None = None) -> None:
        super().__init__()
        rule = None if query is None else query.filter_rule
        self.builder = QueryBuilder(calls.find, rule=rule)
        self.model = WorkbenchModel(
            calls, query=query, filtering=self.builder.model, feedback=self.builder.feedback
        )
        self.sliders = GoalSliders(model=self.model.goals, script=self.script)
        self.table = CandidateTable(model=self.model.candidates, script=self.script)
        self.form = RequestForm(self.model.request, script=self.script)
        self.run_panel = RunPanel(model=self.model.run, script=self.script)
        self.log_panel = LogPanel(model=self.model.log, script=self.script)
        self._build()
        self.follow(self.builder.feedback, "feedback")
        self.follow(self.model.goals, "choice", "query")
        self.follow(self.model.run, "history")
        self.update()
        self.model.goals.refresh()

    @classmethod
    def of(
        cls, aios: AIOS, *, query: SelectionQuery | None = None, policy_uri: str | None = None
    ) -> Workbench:
        """Return a workbench that asks this client.

        Parameters
        ----------
        aios
            An ``AIOSClient``, or whatever has its ``endpoints``, ``find_candidates``,
            ``select_block``, ``infer`` and ``read_logs``.
        query
            What to start from. ``None``: the guide's query, with this client's metrics service.
        policy_uri
            The policy that chooses, as ``deploy_policy`` returns it. ``None``: the query's.

        Raises
        ------
        ConfigurationError
            The guide's query is wanted, and the client has no address of the metrics service.
        PayloadError
            The URI of the policy is not valid.
        """
        if query is None:
            query = replace(guide.QUERY, metrics_base_url=aios.endpoints.metrics_base_url)
        if policy_uri is not None:
            query = replace(query, policy_rule_uri=policy_uri)
        return cls(Calls.of(aios), query=query)

    @property
    def query(self) -> SelectionQuery:
        """The selection query as it is now.

        Raises
        ------
        PayloadError
            A condition of the filter is incomplete.
        """
        return self.model.query

    @property
    def result(self) -> Any:
        """The newest answer, an ``InferenceResult``; ``None``: there is none."""
        return self.run_panel.result

    def text_summary(self) -> str:
        """Return the text forms of filter, goals and run."""
        return f"Workbench: {self.builder}; {self.sliders}; {self.run_panel}"

    def html_summary(self) -> str:
        """Return the static forms of the panels that have something to tell."""
        panels = (self.builder, self.sliders, self.form, self.run_panel)
        return "".join(panel.html_summary() for panel in panels)

    def close(self) -> None:
        """Ask AIOS no more, and close every panel."""
        super().close()
        self.model.close()

    def _build(self) -> None:
        make = self.parts.make
        self.panels: dict[str, Panel | QueryBuilder] = dict(
            zip(
                STEPS,
                (self.builder, self.table, self.sliders, self.form, self.run_panel, self.log_panel),
                strict=True,
            )
        )
        self.steps = {
            name: make(ToggleButton, "aios-step", description=name, tooltip=f"Show: {name}")
            for name in STEPS
        }
        for name, button in self.steps.items():
            button.observe(lambda change, name=name: self._on_step(name, change["new"]), "value")
        caption = make(HTML, "aios-caption", "aios-hidden", value="Workbench")
        bar = make(HBox, "aios-steps", children=[caption, *self.steps.values()])
        self.show(
            make(HTML, "aios-quiet", value=HELP),
            bar,
            make(VBox, "aios-pages", children=list(self.panels.values())),
        )
        self.show_step("Filter")

    def show_step(self, name: str) -> None:
        """Show one panel: Filter, Candidates, Goals, Request, Run or Log."""
        for step, panel in self.panels.items():
            self.steps[step].value = step == name
            if step == name:
                panel.remove_class("aios-off")
            else:
                panel.add_class("aios-off")
        self.model.show_table(is_shown=name == "Candidates")

    def _on_step(self, name: str, is_on: bool) -> None:
        if is_on:
            self.show_step(name)
        elif not any(button.value for button in self.steps.values()):
            self.steps[name].value = True  # one panel is always shown

    def update(self, _: Any = None) -> None:
        """Show the model as it is now."""
        notes = {
            "Filter": _filter_note(self.builder.feedback.feedback),
            "Goals": _goals_note(self.model.goals.choice),
            "Run": self._run_note(),
        }
        for number, name in enumerate(STEPS, start=1):
            note = notes.get(name, "")
            self.steps[name].description = f"{number} {name}{': ' if note else ''}{note}"
        self.form.refresh(self.model.goals.query)

    def _run_note(self) -> str:
        run = self.model.run.latest
        if run is None:
            return ""
        return "waiting" if run.state == WAITING else run.state


def _filter_note(feedback: Feedback) -> str:
    return feedback.text if feedback.state in {"counted", "explained"} else ""


def _goals_note(choice: Choice) -> str:
    return escape(choice.block_id) if choice.state == "chosen" else ""
