"""The net promoter score over time, and whether it changes by more than chance."""

from __future__ import annotations

from functools import partial

import pandas as pd

from cxlib.chapters.satisfaction import counts
from cxlib.chapters.satisfaction.study import Study
from cxlib.contract.months import month_name
from cxlib.dataset.dataset import Dataset
from cxlib.estimate import Estimate
from cxlib.language import Message, count, listing, month, number, say
from cxlib.result import Column, Result, interval
from cxlib.stats.chance import LEAST_TIMES, control_limits

__all__ = ["trend"]

points = partial(number, digits=1)


def trend(data: Dataset) -> Result:
    """Net promoter score by month, with limits within which it moves by chance alone.

    Each month as it was known at its own end; months with fewer answers than ``minimum_group`` are
    left out; at most 24 months. Under 12 months there are no limits.

    Returns
    -------
    Result
        No figures. Table: one row per month, ``month`` (YYYY-MM), ``answers``, ``value``, ``low``,
        ``high`` (points), ``mean``, ``lower``, ``upper`` (limits; NaN where too short), ``signal``
        ("", "outside", "run").
    """
    rows = data.once(Study).months
    if len(rows) < 2:
        return Result.unavailable("satisfaction.trend", _TOO_FEW_MONTHS)
    table = control_limits(rows[counts.CLASSES].to_numpy())
    table.insert(0, "month", [month_name(number) for number in rows["month_no"]])
    short = len(table) < LEAST_TIMES
    return Result(
        "satisfaction.trend",
        _sentences(table, short),
        table=table,
        columns=_COLUMNS,
        method=(_METHOD,),
        warnings=(say("Too short: limits of chance need twelve months or more."),) if short else (),
    )


_TOO_FEW_MONTHS = say("A trend needs answers in two months or more; these data hold fewer.")
_METHOD = say(
    "Limits: mean of all months plus and minus three standard errors of the month's answers; also marked: "
    "eight months in a row on one side of the mean. Each month as it was known at its own end; limits "
    "speak for those who answered."
)
_SIGNALS = {"": "", "outside": say("outside the limits"), "run": say("eight in a row on one side")}
_COLUMNS = {
    "month": Column(say("Month"), partial(month, short=True)),
    "answers": Column(say("Answers"), count),
    "value": Column(say("Score"), points),
    "low": Column(say("from"), points),
    "high": Column(say("to"), points),
    "signal": Column(say("More than chance"), _SIGNALS.get),
}


def _sentences(table: pd.DataFrame, short: bool) -> tuple[Message, ...]:
    last = table.iloc[-1]
    now = say(
        "In {month} the score is {value} (between {low} and {high}); the mean of {months} months is {mean}.",
        month=month(last["month"]),
        months=count(len(table)),
        mean=points(last["mean"]),
        **interval(Estimate(last["value"], last["low"], last["high"]), points),
    )
    marked = table.loc[table["signal"] != "", "month"]
    if short:
        return (now,)
    if marked.empty:
        return (now, say("No month lies outside the limits: the ups and downs are no more than chance."))
    months = listing(month(name, short=True) for name in marked)
    return (now, say("More than chance: {months}.", months=months))
