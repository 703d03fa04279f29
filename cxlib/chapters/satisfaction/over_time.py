"""The net promoter score over time: single months, and a steady change."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from cxlib.chapters.satisfaction import counts
from cxlib.chapters.satisfaction.study import Study
from cxlib.contract.months import month_name
from cxlib.dataset.dataset import Dataset
from cxlib.estimate import Estimate
from cxlib.language import Message, count, listing, month, number, percent, say
from cxlib.result import Column, Result, interval
from cxlib.stats.chance import (
    FALSE_ALARMS_OF_A_CHANGE,
    FALSE_ALARMS_OF_MONTHS,
    LEAST_TIMES,
    POWER,
    SteadyChange,
    control_limits,
    steady_change,
)

__all__ = ["is_beyond_chance", "trend"]

_CHANGE = ["value", "low", "high", "detectable"]
points = partial(number, digits=1)
whole = partial(percent, digits=0)


def trend(data: Dataset) -> Result:
    """Net promoter score by month, with the limits of chance and the line through the months.

    Each month as it was known at its own end; months with fewer answers than ``minimum_group`` are
    left out; at most 24 months. Under 12 months with enough answers nothing is judged.

    Returns
    -------
    Result
        No figures. Table: one row per month, ``month`` (YYYY-MM), ``answers``, ``value``, ``low``,
        ``high`` (points), ``mean``, ``lower``, ``upper`` (limits; NaN where too short), ``detectable``
        (distance from the mean that would have shown in four of five cases), ``line`` (NaN where too
        short) and ``signal`` ("", "outside"). Part ``change``: one row, or none where too short, with
        ``value``, ``low``, ``high`` and ``detectable`` of the change along the line, in points.
    """
    months, minimum = data.once(Study).months, data.definitions.minimum_group
    rows = months[months[counts.CLASSES].sum(axis=1) >= minimum]
    if len(rows) < 2:
        return Result.unavailable("satisfaction.trend", _TOO_FEW_MONTHS)
    classes, times = rows[counts.CLASSES].to_numpy(), rows["month_no"].to_numpy()
    table = control_limits(classes)
    table.insert(0, "month", [month_name(number) for number in times])
    change = steady_change(times, classes) if len(table) >= LEAST_TIMES else None
    table["line"] = np.nan if change is None else change.line
    changes = [] if change is None else [change[: len(_CHANGE)]]
    return Result(
        "satisfaction.trend",
        _sentences(table, change),
        table=table,
        columns=_COLUMNS,
        method=(_METHOD, _BASIS) if change is not None else (_BASIS,),
        warnings=_warnings(len(months) - len(rows), minimum, is_short=change is None),
        parts={"change": pd.DataFrame(changes, columns=_CHANGE)},
    )


def is_beyond_chance(change: Any) -> bool:
    """Return whether a change with the limits ``low`` and ``high`` is told from none."""
    return not change.low <= 0 <= change.high


def _warnings(few: int, minimum: int, *, is_short: bool) -> tuple[Message, ...]:
    left_out = say(
        "{n} month is left out because fewer than {minimum} people answered.",
        plural="{n} months are left out because fewer than {minimum} people answered in each.",
        n=count(few),
        minimum=count(minimum),
    )
    return ((left_out,) if few else ()) + ((_SHORT,) if is_short else ())


_TOO_FEW_MONTHS = say("A trend needs answers in two months or more; these data hold fewer.")
_SHORT = say(
    "Too short to tell a change from chance: that needs {n} months or more with enough answers.",
    n=count(LEAST_TIMES),
)
_METHOD = say(
    "Limits: the mean of all months plus and minus as many standard errors as let a month lie outside in at "
    "most {months} of reports where nothing changes; a standard error holds the chance of who answered and "
    "what months differ beyond it (moving ranges, after Laney). Steady change: a line through the months "
    "(random effects), interval {level}; at most {change} of such reports claim one, as long as months vary "
    "independently; where one month carries over into the next, more do. No month counts for more than three "
    "usual ones.",
    months=whole(FALSE_ALARMS_OF_MONTHS),
    level=whole(1 - FALSE_ALARMS_OF_A_CHANGE),
    change=whole(FALSE_ALARMS_OF_A_CHANGE),
)
_BASIS = say("Each month as it was known at its own end; the trend speaks for those who answered.")
_SIGNALS = {"": "", "outside": say("outside the limits")}
_COLUMNS = {
    "month": Column(say("Month"), partial(month, short=True)),
    "answers": Column(say("Answers"), count),
    "value": Column(say("Score"), points),
    "low": Column(say("from"), points),
    "high": Column(say("to"), points),
    "signal": Column(say("More than chance"), _SIGNALS.get),
}


def _sentences(table: pd.DataFrame, change: SteadyChange | None) -> tuple[Message, ...]:
    last = table.iloc[-1]
    now = say(
        "In {month} the score is {value} (between {low} and {high}); the mean of {months} months is {mean}.",
        month=month(last["month"]),
        months=count(len(table)),
        mean=points(last["mean"]),
        **interval(Estimate(last["value"], last["low"], last["high"]), points),
    )
    return (now,) if change is None else (now, _single_months(table), _steady(table, change))


def _single_months(table: pd.DataFrame) -> Message:
    marked = table.loc[table["signal"] != "", "month"]
    if marked.empty:
        return say(
            "No month lies outside the limits of chance, which are wider than the interval of one month, for "
            "all months are looked at together. A month with the usual number of answers that truly lies "
            "{points} points off the mean would show in {power} of cases.",
            power=whole(POWER),
            points=points(float(table["detectable"].median())),
        )
    return say("More than chance: {months}.", months=listing(month(name, short=True) for name in marked))


def _steady(table: pd.DataFrame, change: SteadyChange) -> Message:
    words = {"first": month(table["month"].iloc[0]), "last": month(table["month"].iloc[-1])}
    if not is_beyond_chance(change):
        return say(
            "Whether the score rises or falls cannot be told: from {first} to {last} it changes by {value} "
            "points, between {low} and {high}. A steady change of {least} points would have shown in "
            "{power} of cases.",
            power=whole(POWER),
            least=points(change.detectable),
            **interval(Estimate(*change[:3]), partial(number, digits=1, signed=True)),
            **words,
        )
    words |= interval(Estimate(abs(change.value), *sorted(abs(x) for x in change[1:3])), points)
    if change.value > 0:
        return say(
            "From {first} to {last} the score has risen, more than by chance: along a line through the "
            "months by {value} points, between {low} and {high}.",
            **words,
        )
    return say(
        "From {first} to {last} the score has fallen, more than by chance: along a line through the months "
        "by {value} points, between {low} and {high}.",
        **words,
    )
