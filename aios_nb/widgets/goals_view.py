"""Goals with sliders, and beside them who would win."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape
from typing import Any

from ipywidgets import HTML, BoundedFloatText, Button, Dropdown, FloatSlider, HBox, Text, VBox

from ..errors import PayloadError
from ..selection import OptimizationGoal, SelectionQuery
from . import goals_html
from .base_view import ControlScript
from .goals_model import GoalsModel, Select
from .inquiry import Find
from .notices import mistake
from .panel_view import Panel
from .parts_view import Parts, close_deep

HELP = (
    "Each goal gives a candidate 0 to 1 points; the weights say how much they count. The strip "
    "below a slider shows who would win at each weight, the other weights unchanged."
)
ADD = "Choose a goal …"


class GoalSliders(Panel):
    """Weigh the optimization goals, and see the ranking change; untouched: the guide's goals.

    Parameters
    ----------
    query
        The selection query to start from. ``None``: the guide's.
    find
        Sends a filter rule to AIOS, such as ``aios.find_candidates``. ``None``: no ranking.
    select
        Sends a selection query for a dry run, such as ``aios.select_block``. ``None``: AIOS's own
        choice is not shown.
    model
        A model to show; then the other arguments are not read.
    script
        Of the view around this one; ``None``: its own.

    Examples
    --------
    >>> sliders = GoalSliders()
    >>> sliders
    GoalSliders: Fast_Generator 0.9, Free_Block 0.1
    >>> sliders.close()
    """

    def __init__(
        self,
        query: SelectionQuery | None = None,
        *,
        find: Find | None = None,
        select: Select | None = None,
        model: GoalsModel | None = None,
        script: ControlScript | None = None,
    ) -> None:
        super().__init__(script)
        self.model = model or GoalsModel(query, find=find, select=select)
        self._rows: list[_Row] = []
        self._names: tuple[str, ...] = ()
        self.begin(self.model, "query", "ranking", "choice")
        if model is None:
            self.model.refresh()

    @property
    def goals(self) -> tuple[OptimizationGoal, ...]:
        """The goals as they are now."""
        return self.model.goals

    @property
    def query(self) -> SelectionQuery:
        """The selection query as it is now."""
        return self.model.query

    def text_summary(self) -> str:
        """Return the goals with their weights."""
        goals = ", ".join(f"{goal.name} {goal.weight:g}" for goal in self.model.goals)
        return f"GoalSliders: {goals or 'no goal'}"

    def html_summary(self) -> str:
        """Return the goals and the ranking."""
        goals = goals_html.goals_list(self.model.goals, self.model.shares())
        table = goals_html.ranking_table(self.model.ranking, self.model.choice)
        return f"<p><b>Optimization goals.</b></p>{goals}{table}"

    def _build(self) -> None:
        make = self.parts.make
        caption = make(HTML, "aios-caption", "aios-title", value="Goals and ranking")
        self.policy = make(
            Text,
            "aios-policy",
            continuous_update=False,
            description="Policy",
            tooltip="Policy, name:version-release_tag",
        )
        self.policy.observe(self._on_policy, "value")
        again = self.ask_again_button(self.model.refresh)
        head = make(HBox, "aios-bar", children=[caption, self.policy, again])
        self.rows = make(VBox)
        self.add = make(
            Dropdown, "aios-add-goal", description="Add", tooltip="Add a goal", options=[ADD]
        )
        self.add.observe(self._on_add, "value")
        self.notice = make(HTML, "aios-alert")
        help_text = make(HTML, "aios-quiet", value=HELP)
        left = make(VBox, "aios-goals", children=[help_text, self.rows, self.add, self.notice])
        self.verdict = make(HTML, "aios-live", "aios-verdict")
        self.table = make(HTML)
        right = make(VBox, "aios-ranking", children=[self.verdict, self.table])
        self.show(head, make(HBox, "aios-columns", children=[left, right]))

    def _on_policy(self, change: Any) -> None:
        query = self.model.query
        if change["new"] != query.policy_rule_uri:
            self._edit(lambda: self._set_policy(replace(query, policy_rule_uri=change["new"])))

    def _set_policy(self, query: SelectionQuery) -> None:
        self.model.query = query

    def _on_add(self, change: Any) -> None:
        name = change["new"]
        if name and name != ADD:
            self._edit(lambda: self.model.add(name))
            self.script.focus(f".aios-goal-{len(self.model.goals) - 1} .noUi-handle")

    def _edit(self, change: Callable[[], None]) -> None:
        try:
            change()
        except PayloadError as error:
            self.notice.value = mistake(str(error))

    def update(self, _: Any = None) -> None:
        """Show the model as it is now."""
        model = self.model
        self._update_rows()
        self.policy.value = model.query.policy_rule_uri
        self.verdict.value = goals_html.verdict(model.ranking, model.choice)
        self.table.value = goals_html.ranking_table(model.ranking, model.choice)

    def _update_rows(self) -> None:
        names = tuple(goal.name for goal in self.model.goals)
        if names != self._names:
            self._names = names
            old = self._rows
            self._rows = [_Row(self, index, name) for index, name in enumerate(names)]
            self.rows.children = [row.box for row in self._rows]
            for row in old:
                close_deep(row.box)
            self.add.options = [ADD, *self.model.addable()]
            self.add.value = ADD
            self.notice.value = "" if names else goals_html.NO_GOALS
        for row, share in zip(self._rows, self.model.shares(), strict=True):
            row.update(share)

    def set_weight(self, index: int, weight: float) -> None:
        """Take over what a control says."""
        if weight != self.model.goals[index].weight:
            self.notice.value = ""
            self._edit(lambda: self.model.set_weight(index, weight))

    def remove(self, index: int) -> None:
        """Remove a goal, and put the focus where the next one may be added."""
        self._edit(lambda: self.model.remove(index))
        self.script.focus(".aios-add-goal")


class _Row:
    """One goal: its name, slider, number, share, and the strip of winners."""

    def __init__(self, view: GoalSliders, index: int, name: str) -> None:
        self._model, self._index = view.model, index
        parts: Parts = view.parts
        make = parts.make
        words = f"Weight of {name}"
        swatch = goals_html.swatch(name)
        caption = make(HTML, "aios-caption", "aios-grows", value=f"{swatch} {escape(name)}")
        self.slider = make(FloatSlider, "aios-slider", tooltip=words, step=0.01, readout=False)
        self.number = make(BoundedFloatText, "aios-number", tooltip=f"{words}, as a number")
        self.number.step = 0.05
        self.share = make(HTML, "aios-share")
        remove = make(Button, description="Remove", tooltip=f"Remove the goal {name}")
        for control in (self.slider, self.number):
            control.observe(lambda change: view.set_weight(index, change["new"]), "value")
        remove.on_click(lambda _: view.remove(index))
        head = make(HBox, "aios-head", children=[caption, self.number, self.share, remove])
        self.strip = make(HTML, "aios-strip-box")
        names = ("aios-group", "aios-goal", f"aios-goal-{index}")
        self.box = make(VBox, *names, children=[head, self.slider, self.strip])

    def update(self, share: float) -> None:
        """Show the goal as it is now."""
        goal, limit = self._model.goals[self._index], self._model.limit
        for control in (self.slider, self.number):
            control.min = min(0.0, goal.weight)
            control.max = max(limit, control.value)  # a limit below the value would change it
            control.value = goal.weight
            control.max = limit
        self.share.value = f"{share:.0%}"
        parts = self._model.segments(self._index)
        winner = next((score.block_id for score in self._model.ranking), "")
        self.strip.value = goals_html.strip(goal, parts, winner=winner, limit=limit)
