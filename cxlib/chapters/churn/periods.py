"""Periods of the settings in words: the horizon, and the months for which an experience counts."""

from __future__ import annotations

from cxlib.language import Message, count, say

__all__ = ["months", "remembered", "within"]


def months(n: int) -> Message:
    """Return a number of months: "12 months"."""
    return say("{n} month", plural="{n} months", n=count(n))


def within(n: int) -> Message:
    """Return a horizon: "within 12 months"."""
    return say("within {n} month", plural="within {n} months", n=count(n))


def remembered(window: int, lag: int) -> Message:
    """Return the months for which an experience counts, seen from it: "in months 1 to 12 after it"."""
    if window == 1:
        return say("in month {first} after it", first=count(lag))
    return say("in months {first} to {last} after it", first=count(lag), last=count(lag + window - 1))
