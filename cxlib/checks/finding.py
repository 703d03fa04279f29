"""A finding: what is strange about the data, how much it matters, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cxlib.language import Message, say

__all__ = ["SEVERITIES", "Finding", "by_severity"]

SEVERITIES = {"serious": say("serious"), "warning": say("warning"), "note": say("note")}


@dataclass(frozen=True)
class Finding:
    """One thing a reader must know about the data.

    Attributes
    ----------
    check : str
        Name of the check, e.g. ``leakage``.
    severity : {"serious", "warning", "note"}
        ``serious``: figures that rest on it are probably wrong; ``warning``: they may be;
        ``note``: good to know.
    sentence : Message
        What was found.
    remedy : Message
        What to do about it.
    table, column : str
        Where; empty: in no single one.
    """

    check: str
    severity: str
    sentence: Message
    remedy: Message
    table: str = ""
    column: str = ""


def by_severity(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings, the most serious first; else in their order."""
    order = list(SEVERITIES)
    return tuple(sorted(findings, key=lambda finding: order.index(finding.severity)))
