"""What the choice cost: every candidate answers the same request, and the best is known."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from ..errors import PayloadError, ServiceError, TransportError, printable
from ..inference import InferenceRequest
from ..query import FilterRule
from ..result import InferenceResult
from ..selection import SelectionQuery
from ..wire import JSON, shown
from .spreading import TIMEOUT_S, Progress, spread

if TYPE_CHECKING:
    from .tables import DataFrame

TOKEN = re.compile(r"\w+|[^\w\s]")
Count = Callable[[InferenceResult], int]


class AIOS(Protocol):
    """What is asked of a client here."""

    def select_block(self, selection_query: SelectionQuery, /) -> JSON: ...
    def find_candidates(self, filter_rule: FilterRule, /) -> list[JSON]: ...
    def infer(
        self, request: InferenceRequest, /, *, timeout_s: float | None = None
    ) -> InferenceResult: ...


@dataclass(frozen=True)
class Outcome:
    """What one candidate made of the request.

    Parameters
    ----------
    block_id
        Who was asked.
    elapsed_s
        How long the answer took, in seconds; ``None``: there was none.
    tokens
        How long the answer is; ``None``: there was none.
    failure
        Why there was none.
    """

    block_id: str
    elapsed_s: float | None = None
    tokens: int | None = None
    failure: str = ""


@dataclass(frozen=True)
class Regret:
    """The chosen block's outcome beside all others.

    Parameters
    ----------
    chosen
        Id of the block that the policy chose.
    outcomes
        One per candidate, in the order of the candidates.
    """

    chosen: str
    outcomes: tuple[Outcome, ...]

    @property
    def ranking(self) -> list[Outcome]:
        """The outcomes, fastest first; those without an answer last."""
        return sorted(self.outcomes, key=lambda o: (o.elapsed_s is None, o.elapsed_s or 0.0))

    @property
    def seconds(self) -> float | None:
        """How much longer the chosen block took than the fastest; ``None``: it gave no answer."""
        own = self._own.elapsed_s
        times = [o.elapsed_s for o in self.outcomes if o.elapsed_s is not None]
        return None if own is None else own - min(times)

    @property
    def tokens(self) -> int | None:
        """How many more tokens it spent than the tersest; ``None``: it gave no answer."""
        own = self._own.tokens
        counts = [o.tokens for o in self.outcomes if o.tokens is not None]
        return None if own is None else own - min(counts)

    @property
    def _own(self) -> Outcome:
        return next(o for o in self.outcomes if o.block_id == self.chosen)

    def table(self) -> DataFrame:
        """Return one row per candidate, fastest first."""
        from .tables import outcomes  # pandas, when a table is wanted

        return outcomes(self)

    def __str__(self) -> str:
        return printable(self._sentence())

    def _sentence(self) -> str:
        if self.seconds is None:
            return f"{self.chosen} was chosen and gave no answer: {self._own.failure}"
        best = self.ranking[0].block_id
        pace = "the fastest"
        if best != self.chosen:
            pace = f"{self.seconds:.1f} s slower than {best}, the fastest"
        length = f"{self.tokens} tokens more than the tersest" if self.tokens else "the tersest"
        return f"{self.chosen} was chosen: {pace}, and {length} of {len(self.outcomes)} candidates"


def count_tokens(result: InferenceResult) -> int:
    """Return the number of words and marks in an answer, thinking included.

    AIOS reports no token counts; this measure is coarser than a model's own tokens, and the same
    for every block.
    """
    return len(TOKEN.findall(f"{result.thinking} {result.reply}"))


def regret(
    aios: AIOS,
    request: InferenceRequest,
    *,
    infer_timeout_s: float | None = None,
    count: Count = count_tokens,
    executor: Executor | None = None,
    progress: Progress | None = None,
    timeout_s: float = TIMEOUT_S,
) -> Regret:
    """Return what each candidate makes of a request, beside the one that is chosen for it.

    Every candidate is really asked, each in a session of its own: on a cluster this costs time and
    tokens, and asking several at once makes all of them slower.

    Parameters
    ----------
    request
        With a selection query; its own session is not used.
    infer_timeout_s
        Limit of each answer, in seconds; ``None``: the client's.
    count
        Measures the length of an answer.
    executor, progress, timeout_s
        As in ``aios_nb.lab.spreading.spread``; without an executor one block at a time.

    Raises
    ------
    PayloadError
        This is no request, or it has no selection query.
    AIOSError
        Nothing was selected. That a block gives no answer is a result, not an error.
    """
    if not isinstance(request, InferenceRequest):
        raise PayloadError(
            f"regret got {shown(request)}; expected an InferenceRequest: what is to be asked, and "
            "the selection_query that chooses"
        )
    query = request.selection_query
    if query is None:
        raise PayloadError("the request has no selection_query; regret needs a choice to judge")
    chosen = str(aios.select_block(query)["id"])
    ids = [str(block["id"]) for block in aios.find_candidates(query.filter_rule)]
    ask = partial(_outcome, aios, request, infer_timeout_s, count)
    # Who is chosen belongs to the candidates, even if the fleet has just changed.
    blocks = ids if chosen in ids else [*ids, chosen]
    done = spread(ask, blocks, executor=executor, progress=progress, timeout_s=timeout_s)
    return Regret(chosen, tuple(done))


def _outcome(
    aios: AIOS, request: InferenceRequest, limit_s: float | None, count: Count, block_id: str
) -> Outcome:
    try:
        direct = InferenceRequest(data=request.data, model=block_id)
        result = aios.infer(direct, timeout_s=limit_s)
    except ServiceError as error:
        return Outcome(block_id, failure=error.message)
    except TransportError as error:
        return Outcome(block_id, failure="no answer in time" if error.timed_out else error.text)
    return Outcome(block_id, result.elapsed_s, count(result))
