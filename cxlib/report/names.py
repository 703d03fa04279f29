"""Names of editions and of the files in them."""

import re

__all__ = ["FIGURES", "edition_name"]

FIGURES = "figures.json"


def edition_name(month: str, scope: str = "") -> str:
    """Return the name of an edition's folder: the month, and the scope where there is one.

    Examples
    --------
    >>> edition_name("2026-10", "segment=business")
    '2026-10-segment-business'
    """
    words = re.sub(r"[^a-z0-9]+", "-", scope.lower()).strip("-")
    return f"{month}-{words}" if words else month
