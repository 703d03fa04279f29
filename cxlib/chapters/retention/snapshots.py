"""What one look at each customer, without dates, can say of leaving: shares, no course of time."""

from __future__ import annotations

import pandas as pd

from cxlib import disclosure
from cxlib.chapters.retention import counts
from cxlib.chapters.retention.figures import FIGURES
from cxlib.chapters.retention.study import SNAPSHOT, Study
from cxlib.language import Message, count, listing, percent, say
from cxlib.result import Column, Figure, Result, interval
from cxlib.stats.intervals import wilson

__all__ = ["gone_by_group", "gone_by_tenure", "share_gone"]

CHURN_BY_MONTH = ("churn.rate", "churn.rate.involuntary", "churn.rate.year")
BAND = 12
BANDS = 6
NO_CURVE = say(
    "A table without dates does not say since when each customer was watched nor when anybody left, and who "
    "left long ago may be missing; how many of 100 new customers stay for 12 months does not follow from it."
)
NO_DATES = say("A snapshot does not say when customers left, so there is no rate per month.")
METHOD = say("Customers marked as gone, of all customers in the table. Interval: Wilson, 95%.")
BY_TENURE = say(
    "Customers marked as gone, of all in the table who have been customers for about as long (begun months "
    "count as whole). Interval: Wilson, 95%. This is no course of time: who is still here is seen at the "
    "tenure of today, who left at that of leaving."
)
BY_GROUP = say(
    "Customers marked as gone, of all customers of the group in the table. Interval: Wilson, 95%. Groups "
    "differ in more than their name, also in how long their customers have been here: the difference says "
    "nothing about why."
)


def share_gone(study: Study) -> Result:
    """Share of the customers of a snapshot who have left.

    Returns
    -------
    Result
        Figure ``churn.snapshot.share``. Table: one row each for ``left`` and ``stayed``: ``state``,
        ``customers``, ``share`` (0-1). Fact ``share``: the estimate.
    """
    n, left = study.snapshot_share
    if n < study.minimum:
        words = study.too_few if n else NO_DATES
        absent = {"churn.snapshot.share": words}
        return Result(
            "retention.churn_rate", (words,), absent=dict.fromkeys(CHURN_BY_MONTH, NO_DATES) | absent
        )
    share = wilson(left, n)
    words = {"left": count(left), "n": count(n), **interval(share)}
    table = pd.DataFrame({"state": ["left", "stayed"], "customers": [left, n - left]})
    return Result(
        "retention.churn_rate",
        (_LEFT(**words),),
        table=table.assign(share=table["customers"] / n),
        columns=_STATE_COLUMNS,
        figures=(Figure.of(FIGURES["churn.snapshot.share"], share, n=n, method=METHOD, note=SNAPSHOT),),
        method=(METHOD,),
        warnings=(SNAPSHOT,),
        absent=dict.fromkeys(CHURN_BY_MONTH, NO_DATES),
        facts={"share": share},
    )


_LEFT = say(
    "{value} of the customers in these data have left (between {low} and {high}): {left} of {n}. Without "
    "dates nobody can say over which time."
)
_STATES = {"left": say("have left"), "stayed": say("are still here")}
_STATE_COLUMNS = {
    "state": Column(say("Customers"), _STATES.get),
    "customers": Column(say("Number"), count),
    "share": Column(say("Share"), percent),
}


def gone_by_tenure(study: Study) -> Result:
    """Share of the customers of a snapshot who have left, by how long they have been customers.

    Returns
    -------
    Result
        No figure: ``retention.12m`` does not follow from such a table. Table: one row per year of tenure, the
        last one open: ``group`` (Message), ``customers``, ``left``, ``share`` (0-1), ``low``, ``high``; years
        that :mod:`cxlib.disclosure` hides are left out.
    """
    label = "retention.kaplan_meier"
    if not study.data.has("snapshot", "tenure_months"):
        reason = say("These data do not say how long customers have been here.")
        return Result.unavailable(label, reason, FIGURES.of(label))
    rows = counts.snapshot_stays(study.data)
    bands = ((rows["tenure"] - 1) // BAND).clip(0, BANDS - 1)
    table, hidden = _shares(rows, bands, study.minimum)
    if table.empty:
        return Result.unavailable(label, study.too_few, FIGURES.of(label))
    table["group"] = [_band(int(band)) for band in table["group"]]
    return Result(
        label,
        (_by_tenure_sentence(table), NO_CURVE),
        table=table,
        columns=_columns(say("Time as a customer")),
        method=(BY_TENURE,),
        warnings=(SNAPSHOT, *hidden),
        absent=dict.fromkeys(FIGURES.of(label), NO_CURVE),
    )


def _band(band: int) -> Message:
    first, last = count(band * BAND + 1), count((band + 1) * BAND)
    if band == 0:
        return say("up to {last} months", last=last)
    if band == BANDS - 1:
        return say("{first} months or more", first=first)
    return say("{first} to {last} months", first=first, last=last)


def _by_tenure_sentence(table: pd.DataFrame) -> Message:
    return say(
        "Marked as gone, by time as a customer: {shares}.",
        shares=_listed(table),
    )


def gone_by_group(study: Study, column: str) -> Result:
    """Share of the customers of a snapshot who have left, by a column of it.

    Returns
    -------
    Result
        No figure. Table: one row per known group, lowest share first: ``group``, ``customers``, ``left``,
        ``share`` (0-1), ``low``, ``high``; groups that :mod:`cxlib.disclosure` hides are left out.
    """
    label = "retention.by"
    if not study.data.has("snapshot", column):
        return Result.unavailable(
            label, say("These data do not say to which of such groups customers belong.")
        )
    rows = counts.snapshot_stays(study.data, column)
    table, hidden = _shares(rows, rows["group"].mask(rows["group"] == ""), study.minimum)
    if len(table) < 2:
        return Result.unavailable(label, say("Fewer than two groups have enough customers to be compared."))
    table = table.sort_values(["share", "group"], ignore_index=True)
    return Result(
        label,
        (say("Marked as gone, by “{column}”: {shares}.", column=column, shares=_listed(table)),),
        table=table,
        columns=_columns(say("Group")),
        method=(BY_GROUP,),
        warnings=(SNAPSHOT, *hidden),
    )


def _shares(rows: pd.DataFrame, group: pd.Series, minimum: int) -> tuple[pd.DataFrame, tuple[Message, ...]]:
    """Return one row per group that may be shown, and what is hidden; customers of no known group are."""
    left = rows["customers"].where(rows["churned"], 0)
    sums = pd.DataFrame({"customers": rows["customers"], "left": left}).groupby(group).sum()
    unknown = int(rows["customers"][group.isna()].sum())
    # Those of no known group hide the small ones in the total, as another hidden group would.
    sums["hidden"] = disclosure.hidden_groups([*sums["customers"], unknown], minimum)[: len(sums)]
    shown = sums[~sums["hidden"]]
    shares = [wilson(row.left, row.customers) for row in shown.itertuples()]
    table = shown[["customers", "left"]].rename_axis("group").reset_index()
    table[["share", "low", "high"]] = pd.DataFrame(shares, columns=["share", "low", "high"])
    return table, disclosure.told(sums, minimum)


def _listed(table: pd.DataFrame) -> Message:
    return listing(
        say(
            "{group} {value} (between {low} and {high})",
            group=row.group,
            value=percent(row.share),
            low=percent(row.low),
            high=percent(row.high),
        )
        for row in table.itertuples()
    )


def _columns(heading: Message) -> dict[str, Column]:
    return {
        "group": Column(heading),
        "customers": Column(say("Customers"), count),
        "left": Column(say("have left"), count),
        "share": Column(say("Share"), percent),
        "low": Column(say("from"), percent),
        "high": Column(say("to"), percent),
    }
