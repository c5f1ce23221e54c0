"""What one examination found, and the cure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..errors import PayloadError

State = Literal["well", "note", "ill"]


@dataclass(frozen=True)
class Finding:
    """The result of one examination.

    Parameters
    ----------
    name
        What was looked at.
    state
        ``well``; ``note``: the lessons run, with a restriction; ``ill``: they do not.
    detail
        What was found.
    cure
        What to do, often a command; not empty unless all is well.

    Raises
    ------
    PayloadError
        There is no cure for something that is not well.

    Examples
    --------
    >>> Finding("Python", "well", "3.11.7").cure
    ''
    """

    name: str
    state: State
    detail: str
    cure: str = ""

    def __post_init__(self) -> None:
        if self.state != "well" and not self.cure:
            raise PayloadError(f"finding {self.name!r} is {self.state!r} and has no cure")
