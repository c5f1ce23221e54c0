"""One request from filter to answer: keeps the models of the panels in step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import traitlets

from ..answers import LogLine
from ..errors import PayloadError
from ..inference import InferenceRequest
from ..query import FilterRule
from ..result import InferenceResult
from ..selection import SelectionQuery
from ..wire import JSON
from . import guide
from .candidates_model import CandidatesModel
from .feedback_model import Feedback, FeedbackModel
from .goals_model import GoalsModel, Select
from .inquiry import Find
from .log_model import LogModel, ReadLogs
from .query_model import QueryModel
from .request_model import RequestModel
from .run_model import FAILED, Infer, RunModel

OLD = "what stands here belongs to the last filter that AIOS answered to."
UNSETTLED = {
    "incomplete": f"The filter of step 1 is not complete; {OLD}",
    "refused": f"AIOS cannot evaluate the filter of step 1; {OLD}",
}


class AIOS(Protocol):
    """What a workbench asks of a client; ``AIOSClient`` has it."""

    endpoints: Any

    def find_candidates(self, filter_rule: FilterRule) -> list[JSON]: ...
    def select_block(self, selection_query: SelectionQuery) -> JSON: ...
    def infer(self, request: InferenceRequest) -> InferenceResult: ...
    def read_logs(self, logql: str, *, since_s: float = ..., limit: int = ...) -> list[LogLine]: ...


@dataclass(frozen=True)
class Calls:
    """The calls to AIOS that a workbench makes; any of them may be another function.

    Parameters
    ----------
    find, select, infer, read_logs
        As ``aios.find_candidates``, ``aios.select_block``, ``aios.infer``, ``aios.read_logs``.
    """

    find: Find
    select: Select
    infer: Infer
    read_logs: ReadLogs

    @classmethod
    def of(cls, aios: AIOS) -> Calls:
        """Return the calls of a client."""
        return cls(aios.find_candidates, aios.select_block, aios.infer, aios.read_logs)


class WorkbenchModel(traitlets.HasTraits):
    """The models of all panels.

    The filter leads: once AIOS has answered to it, goals and candidates follow. A run takes the
    query and the data as they are at that moment, and the log follows the run.

    Parameters
    ----------
    calls
        How AIOS is asked.
    query
        What to start from. ``None``: the guide's query.
    filtering, feedback
        The query builder's models.
    """

    def __init__(
        self,
        calls: Calls,
        *,
        query: SelectionQuery | None = None,
        filtering: QueryModel,
        feedback: FeedbackModel,
    ) -> None:
        super().__init__()
        self.filtering, self.feedback = filtering, feedback
        query = query or guide.QUERY
        self.goals = GoalsModel(query, find=calls.find, select=calls.select)
        self.candidates = CandidatesModel(calls.find, rule=query.filter_rule)
        self.request = RequestModel()
        self.run = RunModel(calls.infer, self.make_request, score_of=self.goals.score_of)
        self.log = LogModel(calls.read_logs)
        self.is_table_shown = self._is_closed = False
        feedback.observe(self._on_feedback, "feedback")
        self.run.observe(self._on_runs, "history")

    @property
    def query(self) -> SelectionQuery:
        """The selection query as it is now.

        Raises
        ------
        PayloadError
            A condition of the filter is incomplete.
        """
        return replace(self.goals.query, filter_rule=self.filtering.rule)

    def make_request(self) -> InferenceRequest:
        """Return the request to send next.

        Raises
        ------
        PayloadError
            The filter or the data is not complete.
        """
        if self.request.block_id.strip():
            return self.request.make()
        return self.request.make(self.query)

    def show_table(self, *, is_shown: bool) -> None:
        """Ask about every block only while somebody looks: this takes many calls."""
        self.is_table_shown = is_shown
        if is_shown:
            self._follow_filter()

    def refresh(self) -> None:
        """Ask AIOS about everything again."""
        self.feedback.refresh()
        self.goals.refresh()

    def close(self) -> None:
        """Ask AIOS no more."""
        if self._is_closed:
            return
        self._is_closed = True
        self.feedback.unobserve(self._on_feedback, "feedback")
        for model in (self.goals, self.candidates, self.run, self.log):
            model.close()

    def _on_feedback(self, change: JSON) -> None:
        feedback: Feedback = change["new"]
        # The count comes first: what follows asks AIOS too, and must not hold it up.
        if feedback.state == "explained":
            self._follow_filter()
        elif feedback.state in UNSETTLED:
            why = UNSETTLED[feedback.state]
            self.goals.pause(why)
            if self.candidates.explanation is not None:
                self.candidates.pause(why)

    def _follow_filter(self) -> None:
        try:
            query = self.query
        except PayloadError:  # incomplete: the builder says so, and a complete one will come
            return
        self.goals.query = query
        self.goals.resume()
        if self.is_table_shown and (
            self.candidates.state in {"none", "paused"}
            or self.candidates.explanation is None
            or self.candidates.rule != query.filter_rule
        ):
            _set_rule(self.candidates, query.filter_rule)

    def _on_runs(self, change: JSON) -> None:
        run = change["new"][-1] if change["new"] else None
        if run is None:
            return
        is_new = run.number > max((old.number for old in change["old"] or ()), default=0)
        if is_new:
            pair = (run.request.session_id, run.request.seq_no)
            self.log.follow(*pair, started_s=run.started_s)
        else:
            self.log.finish()
            if run.state == FAILED and run.result is None and not run.request.model:
                # A failed selection is not remembered; a block that fails would be, for good.
                self.request.new_session()


def _set_rule(table: CandidatesModel, rule: FilterRule) -> None:
    if table.rule == rule:
        table.refresh()
    else:
        table.rule = rule
