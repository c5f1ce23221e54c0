"""Names in pictures stay legible: another font of the machine where it helps, else an escape."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from textwrap import wrap
from typing import Literal
from unicodedata import east_asian_width

from matplotlib import rcParams
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.text import Text

# Fonts that hold what matplotlib's own does not, most common first; nothing is downloaded.
FALLBACKS = (
    *("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR", "Noto Sans CJK TC"),
    *("Noto Sans SC", "Noto Sans JP", "Noto Sans KR", "Source Han Sans", "Source Han Sans SC"),
    *("WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback", "IPAGothic"),
    *("PingFang SC", "Hiragino Sans", "Apple SD Gothic Neo", "Arial Unicode MS"),
    *("Microsoft YaHei", "SimHei", "Yu Gothic", "MS Gothic", "Malgun Gothic"),
    *("Noto Sans Devanagari", "Noto Sans Thai", "Noto Sans Bengali", "Noto Sans Tamil"),
    *("Nirmala UI", "Leelawadee UI", "Noto Emoji", "Symbola", "FreeSans", "Unifont"),
)
BOLD = 700
Style = Literal["normal", "italic", "oblique"]
Look = tuple[str | int, Style]  # weight and style
PLAIN: Look = ("normal", "normal")


def legible(text: str, look: Look = PLAIN) -> str:
    r"""Return a text in which an escape stands for each character that no font here can draw.

    Examples
    --------
    >>> legible("naïve-7b…")
    'naïve-7b…'
    >>> legible("\U000f0000-7b")
    '\\U000f0000-7b'
    """
    fonts = [_letters(family, look) for family in _families()]
    return "".join(char if _is_drawn(char, fonts) else _escaped(char) for char in text)


def breadth(text: str) -> int:
    """Return how much room a legible text takes, in Latin letters; a Chinese one is two wide."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def cut(text: str, width: int) -> str:
    """Return the beginning of a legible text, as much as the width holds.

    Examples
    --------
    >>> cut("atlas-14b-chat", 5)
    'atlas'
    """
    text = text[:width]  # no letter takes less than one: what may be long is not measured whole
    while breadth(text) > width:
        text = text[:-1]
    return text


def shortened(text: str, width: int) -> str:
    """Return a text made legible, and what is too long for the width cut off.

    Examples
    --------
    >>> shortened("atlas-14b-chat", 10)
    'atlas-14b…'
    """
    text = legible(text)
    return text if breadth(text) <= width else f"{cut(text, width - 1)}…"


def lines(text: str, width: int) -> list[str]:
    """Return a text made legible, in lines of at most this width."""
    written = legible(text)
    room = width - 6 if written != text else width  # escapes are of wide letters
    return wrap(written, max(1, room * len(written) // max(1, breadth(written))))


def make_legible(figure: Figure) -> None:
    """Give each text of a figure the fonts that it needs, and escape what none of them holds."""
    for text in figure.findobj(Text):
        words, look = text.get_text(), (text.get_fontweight(), text.get_fontstyle())
        if "$" in words:
            text.set_parse_math(False)  # a name, not a formula
        if _missing(words, look):
            families = list(_needed(words, look))
            text.set_text(legible(words, look))
            text.set_fontfamily([*rcParams["font.family"], *families])
            if not all(_has_bold(family) for family in families):
                text.set_fontweight("normal")  # matplotlib would complain at each drawing


def _needed(text: str, look: Look) -> Iterator[str]:
    """Yield the fonts, besides the first, that hold what those before do not."""
    missing = _missing(text, look)
    for family in _families()[1:]:
        held = missing & _letters(family, look)
        if held:
            yield family
            missing -= held


def _missing(text: str, look: Look) -> frozenset[int]:
    """Return the characters that the first font does not hold."""
    return frozenset(map(ord, text)) - _letters(_families()[0], look) - {ord("\n")}


def _families() -> list[str]:
    """Return the fonts of this machine to draw with: matplotlib's, the user's, then others."""
    first = get_font(fontManager.findfont(FontProperties())).family_name
    wanted = [first, *rcParams["font.family"], *rcParams["font.sans-serif"], *FALLBACKS]
    installed = {entry.name for entry in fontManager.ttflist}
    return list(dict.fromkeys(name for name in wanted if name in installed))


@cache
def _letters(family: str, look: Look) -> frozenset[int]:
    weight, style = look
    weight = weight if _has_bold(family) else "normal"
    wanted = FontProperties(family=[family], weight=weight, style=style)
    font = get_font(fontManager.findfont(wanted, fallback_to_default=False))
    return frozenset(font.get_charmap())


def _has_bold(family: str) -> bool:
    weights = [entry.weight for entry in fontManager.ttflist if entry.name == family]
    return any(weight in {"bold", BOLD} for weight in weights)


def _is_drawn(char: str, fonts: list[frozenset[int]]) -> bool:
    return char == "\n" or any(ord(char) in font for font in fonts)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode()
