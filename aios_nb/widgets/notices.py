"""What a view says aside: a mistake, something quiet, or that AIOS is being asked."""

from __future__ import annotations

from html import escape

ASKING = '<span class="aios-quiet">asking AIOS …</span>'
# AIOS said nothing in these states, so nothing is wrong with what was asked.
WITHOUT_AIOS = {"away", "paused"}


def mistake(text: str) -> str:
    """Return a text as HTML, marked as wrong.

    Examples
    --------
    >>> mistake("1 < 2 goals")
    '<div class="aios-mistake">1 &lt; 2 goals</div>'
    """
    return f'<div class="aios-mistake">{escape(text)}</div>'


def told(state: str, text: str) -> str:
    """Return as HTML what is to be said in a state: quietly where AIOS has not answered.

    Examples
    --------
    >>> told("away", "nobody answers")
    '<div class="aios-quiet">nobody answers</div>'
    """
    return (
        f'<div class="aios-quiet">{escape(text)}</div>' if state in WITHOUT_AIOS else mistake(text)
    )
