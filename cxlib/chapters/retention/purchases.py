"""Buying again, where there is no contract."""

from __future__ import annotations

import pandas as pd

from cxlib.chapters.retention.figures import FIGURES
from cxlib.contract.months import last_day
from cxlib.dataset.dataset import Dataset
from cxlib.estimate import Estimate
from cxlib.language import Message, count, listing, percent, say
from cxlib.result import Column, Figure, Result, interval
from cxlib.stats.intervals import wilson

__all__ = ["repurchase"]


def repurchase(data: Dataset) -> Result:
    """Share of customers who bought again on a later day, ever and within 90 and 180 days.

    Returns
    -------
    Result
        Figures ``repurchase.share``, ``repurchase.90d``, ``repurchase.180d``. Table: one row per
        horizon: ``within`` (days; NaN: ever), ``customers`` (followed that long), ``again``, ``share``
        (0-1), ``low``, ``high``.
    """
    label = "retention.repurchase"
    if "purchases" not in data.tables:
        return Result.unavailable(
            label, say("Customers have a contract here; whether they buy again is asked where there is none.")
        )
    table = _again(data)
    if not table["customers"].iloc[0]:
        return Result.unavailable(label, say("Nobody has bought anything in these data."), FIGURES.of(label))
    table = table[table["customers"] > 0].reset_index(drop=True)
    shares = pd.DataFrame([wilson(r.again, r.customers) for r in table.itertuples()])
    table = table.assign(share=shares["value"], low=shares["low"], high=shares["high"])
    figures = tuple(
        Figure.of(
            FIGURES[_IDS[row.horizon]],
            Estimate(row.share, row.low, row.high),
            n=row.customers,
            method=_AGAIN_METHOD,
        )
        for row in table.itertuples()
    )
    return Result(
        label,
        _again_sentences(table),
        table=table,
        columns=_AGAIN_COLUMNS,
        figures=figures,
        method=(_AGAIN_METHOD,),
        absent=FIGURES.absent(label, _SHORT, {figure.id for figure in figures}),
    )


_IDS = {"share": "repurchase.share", "90d": "repurchase.90d", "180d": "repurchase.180d"}
_SHORT = say("No customer has been followed that long.")
_HORIZONS = {"share": say("so far"), "90d": say("within 90 days"), "180d": say("within 180 days")}
_AGAIN_METHOD = say(
    "Second purchase on a later day than the first; within a number of days only among customers followed "
    "that long. Interval: Wilson, 95%."
)
_AGAIN_COLUMNS = {
    "horizon": Column(say("Bought again"), _HORIZONS.get),
    "customers": Column(say("Customers"), count),
    "again": Column(say("of them again"), count),
    "share": Column(say("Share"), percent),
    "low": Column(say("from"), percent),
    "high": Column(say("to"), percent),
}


def _again(data: Dataset) -> pd.DataFrame:
    query = """WITH days AS (
            SELECT customer_id,
                CAST(occurred_at AT TIME ZONE 'UTC' AT TIME ZONE $zone AS DATE) AS day
            FROM purchases WHERE NOT coalesce(is_return, FALSE)
            GROUP BY 1, 2),
        starts AS (SELECT customer_id, min(day) AS first_day FROM days GROUP BY customer_id),
        people AS (
            SELECT date_diff('day', first_day, CAST($end AS DATE)) AS followed,
                date_diff('day', first_day, min(CASE WHEN day > first_day THEN day END)) AS gap
            FROM days JOIN starts ON starts.customer_id = days.customer_id
            GROUP BY starts.customer_id, first_day)
        SELECT count(*) AS everybody, count(gap) AS again,
            sum(CASE WHEN followed >= 90 THEN 1 ELSE 0 END) AS followed_90,
            sum(CASE WHEN followed >= 90 AND gap <= 90 THEN 1 ELSE 0 END) AS again_90,
            sum(CASE WHEN followed >= 180 THEN 1 ELSE 0 END) AS followed_180,
            sum(CASE WHEN followed >= 180 AND gap <= 180 THEN 1 ELSE 0 END) AS again_180
        FROM people"""
    row = data.sql(query, zone=data.config.time_zone, end=last_day(data.month_no)).iloc[0].fillna(0)
    return pd.DataFrame(
        {
            "horizon": ["share", "90d", "180d"],
            "customers": [int(row[c]) for c in ("everybody", "followed_90", "followed_180")],
            "again": [int(row[c]) for c in ("again", "again_90", "again_180")],
        }
    )


def _again_sentences(table: pd.DataFrame) -> tuple[Message, ...]:
    first, *others = table.itertuples()
    sentence = say(
        "{value} of the customers have bought again on a later day so far (between {low} and {high}): "
        "{again} of {n}.",
        again=count(first.again),
        n=count(first.customers),
        **interval(Estimate(first.share, first.low, first.high)),
    )
    further = [
        say(
            "{horizon} {value} ({again} of {n})",
            horizon=_HORIZONS[row.horizon],
            value=percent(row.share),
            again=count(row.again),
            n=count(row.customers),
        )
        for row in others
    ]
    if not further:
        return (sentence,)
    return sentence, say("Of them: {horizons}.", horizons=listing(further))
