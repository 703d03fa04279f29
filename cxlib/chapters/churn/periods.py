"""Periods of the settings in words: the horizon, and the months in which an experience counts."""

from __future__ import annotations

from cxlib.language import Message, count, say

__all__ = ["before", "months", "remembered", "within"]


def months(n: int) -> Message:
    """Return a number of months: "12 months"."""
    return say("{n} month", plural="{n} months", n=count(n))


def within(n: int) -> Message:
    """Return a horizon: "within 12 months"."""
    return say("within {n} month", plural="within {n} months", n=count(n))


def before(window: int, lag: int) -> Message:
    """Return the months whose experiences count for a month, seen from it: "in the 12 months before"."""
    if lag == 1:
        return say("in the month before", plural="in the {n} months before", n=count(window))
    if window == 1:
        return say("in the month that lies {lag} months back", lag=count(lag))
    return say("in the {n} months that end {lag} months before", n=count(window), lag=count(lag))


def remembered(window: int, lag: int) -> Message:
    """Return the months for which an experience counts, seen from it: "in months 1 to 12 after it"."""
    if window == 1:
        return say("in month {first} after it", first=count(lag))
    return say("in months {first} to {last} after it", first=count(lag), last=count(lag + window - 1))
