"""Fingers on a keyboard: the query builder and the workbench without a mouse."""

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

NAME = """() => { const it = document.activeElement;
    return it.title || it.ariaLabel || it.labels?.[0]?.textContent || it.textContent; }"""
KNOWN = """() => document.activeElement.closest('.aios-row')?.querySelector('.aios-info')
    ?.textContent.includes('of 14 blocks')"""


def focused(page: "Page") -> str:
    """Return the name of the control that has the focus."""
    return page.evaluate(NAME)


def tab_to(page: "Page", name: str, *, backwards: bool = False, limit: int = 120) -> None:
    """Press Tab until the control of this name has the focus."""
    for _ in range(limit):
        if focused(page) == name:
            return
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
    raise AssertionError(f"no way to {name!r} by Tab; the focus is on {focused(page)!r}")


def press(page: "Page", name: str, *, backwards: bool = False) -> None:
    """Go to a button by Tab and press it."""
    tab_to(page, name, backwards=backwards)
    page.keyboard.press("Enter")


def choose(page: "Page", name: str, start: str) -> None:
    """Go to a list by Tab and type how the wanted entry begins."""
    tab_to(page, name)
    page.keyboard.type(start)
    page.wait_for_timeout(200)


def compose(page: "Page", title: str, field: str, operator: str = "", value: str = "") -> None:
    """Add a condition by the button of this title, and fill it in."""
    add(page, title)
    fill(page, field, operator, value)


def add(page: "Page", title: str) -> None:
    """Press a button that adds a row, and wait until the focus is on the row."""
    tab_to(page, "Start from", backwards=True)
    press(page, title)
    limit = time.monotonic() + 10
    while focused(page) != "Field" and time.monotonic() < limit:
        page.wait_for_timeout(50)
    assert focused(page) == "Field"


def fill(page: "Page", field: str, operator: str = "", value: str = "") -> None:
    """Type a field, choose its operator, type its value; the focus is on the field."""
    page.keyboard.type(field)
    page.keyboard.press("Enter")
    page.wait_for_function(KNOWN)  # operator and value follow the field, by way of the kernel
    page.wait_for_timeout(200)
    page.keyboard.press("Tab")
    if operator:
        page.keyboard.type(operator)
        page.wait_for_timeout(200)
    page.keyboard.press("Tab")
    if value:
        page.keyboard.press("Control+a")
        page.keyboard.type(value)
        page.keyboard.press("Enter")
        page.wait_for_timeout(200)
