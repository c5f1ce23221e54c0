"""The policy lab: where the winner flips, who wins where, what a choice cost, golden decisions."""

from .choosing import Choice, Recorded, Scored
from .comparing import Comparison, compare
from .expecting import expect
from .regret import Regret, regret
from .winner_map import WinnerMap, winner_map

__all__ = [
    "Choice",
    "Comparison",
    "Recorded",
    "Regret",
    "Scored",
    "WinnerMap",
    "compare",
    "expect",
    "regret",
    "winner_map",
]
