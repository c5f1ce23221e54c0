"""Anchors of headings as JupyterLab makes them, because lessons link to those."""

import re


def anchor(heading: str) -> str:
    """Return the anchor of a heading.

    Examples
    --------
    >>> anchor("T1: HTTP 200 is not success")
    'T1-HTTP-200-is-not-success'
    """
    return re.sub(r"[^\w -]", "", heading).strip().replace(" ", "-")
