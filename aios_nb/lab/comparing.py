"""Two policies, or two queries, over the same fleets: who wins where?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import PayloadError, printable
from ..policy import PolicyPackage
from ..selection import SelectionQuery
from ..wire import JSON, shown
from .choosing import AIOS, Choice, Chooser, Recorded, chooser, decide
from .spreading import TIMEOUT_S, Progress, spread

if TYPE_CHECKING:
    from .tables import DataFrame

Contender = PolicyPackage | SelectionQuery
Piece = tuple[Chooser, SelectionQuery]


@dataclass(frozen=True)
class Comparison:
    """What each contender chose in each fleet.

    Parameters
    ----------
    contenders, fleets
        Their names, in the order given.
    choices
        By fleet and contender.
    """

    contenders: tuple[str, ...]
    fleets: tuple[str, ...]
    choices: Mapping[tuple[str, str], Choice]

    def agrees_on(self, fleet: str) -> bool:
        """Say whether all contenders choose the same block in this fleet."""
        return len({self.choices[fleet, name].winner for name in self.contenders}) == 1

    @property
    def disagreements(self) -> tuple[str, ...]:
        """The fleets in which not all choose the same."""
        return tuple(fleet for fleet in self.fleets if not self.agrees_on(fleet))

    def table(self) -> DataFrame:
        """Return one row per fleet: each contender's winner and margin, and whether all agree."""
        from .tables import comparison  # pandas, when a table is wanted

        return comparison(self)

    def __str__(self) -> str:
        same = len(self.fleets) - len(self.disagreements)
        lines = [f"{' and '.join(self.contenders)} agree on {same} of {len(self.fleets)} fleets"]
        for fleet in self.fleets:
            chosen = {name: self.choices[fleet, name] for name in self.contenders}
            if self.agrees_on(fleet) and any(choice.winner for choice in chosen.values()):
                continue
            said = [f"{name} {c.winner or c.failure}" for name, c in chosen.items()]
            lines.append(f"{fleet}: {', '.join(said)}")
        return printable("\n".join(lines))


def compare(
    contenders: Mapping[str, Contender],
    *,
    fleets: Mapping[str, AIOS | Sequence[JSON]],
    query: SelectionQuery | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    timeout_s: float = TIMEOUT_S,
) -> Comparison:
    """Return what each contender chooses in each fleet.

    Parameters
    ----------
    contenders
        At least two by name: policy packages, which are run here with ``query``, or queries, which
        an AIOS answers.
    fleets
        By name: an AIOS, or candidates as ``find_candidates`` returned them (packages only).
    query
        The goals and the filter for packages.
    executor, progress, timeout_s
        As in ``aios_nb.lab.spreading.spread``.

    Raises
    ------
    PayloadError
        Fewer than two contenders, no fleet, a package without ``query``, or a query over recorded
        candidates, which do not say which policy is to choose.
    AIOSError
        An AIOS could not be asked. That a policy fails is a result, not an error.
    """
    if not isinstance(contenders, Mapping) or not isinstance(fleets, Mapping):
        raise PayloadError(
            'compare needs names: contenders={"old": package, …}, fleets={"monday": candidates, …}'
        )
    if len(contenders) < 2 or not fleets:
        raise PayloadError(
            f"compare got {len(contenders)} contenders and {len(fleets)} fleets; expected at least "
            "two contenders and one fleet"
        )
    keys = [(fleet, name) for fleet in fleets for name in contenders]
    pieces = [_piece(contenders[name], fleets[fleet], query) for fleet, name in keys]
    done = spread(_decide, pieces, executor=executor, progress=progress, timeout_s=timeout_s)
    return Comparison(tuple(contenders), tuple(fleets), dict(zip(keys, done, strict=True)))


def _piece(
    contender: Contender, fleet: AIOS | Sequence[JSON], query: SelectionQuery | None
) -> Piece:
    if isinstance(contender, PolicyPackage):
        if query is None:
            raise PayloadError(f"{contender.file_name} needs query=: the goals to choose by")
        return Recorded(contender, _candidates(fleet, query)), query
    if not isinstance(contender, SelectionQuery):
        raise PayloadError(f"{shown(contender)} is no PolicyPackage and no SelectionQuery")
    if not isinstance(fleet, AIOS):
        raise PayloadError(
            "a query over recorded candidates names a policy but does not bring it; give policy "
            "packages and query=, or an AIOS as fleet"
        )
    return chooser(fleet), contender


def _candidates(fleet: AIOS | Sequence[JSON], query: SelectionQuery) -> Sequence[JSON]:
    return fleet.find_candidates(query.filter_rule) if isinstance(fleet, AIOS) else fleet


def _decide(piece: Piece) -> Choice:
    choose, query = piece
    return decide(choose, [query])[0]
