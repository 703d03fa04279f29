"""Cohorts: customers who began together, followed by age."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from cxlib.chapters.retention import counts
from cxlib.chapters.retention.study import Study
from cxlib.contract.months import month_name
from cxlib.dataset.dataset import Dataset
from cxlib.language import Message, count, month, percent, say
from cxlib.result import Column, Result

__all__ = ["cohort_shares", "cohorts", "there_by_age"]

MOST_COMPARED = 12
MOST_COHORTS = 12
MOST_COLUMNS = 12


def cohort_shares(
    counts: pd.DataFrame, first: int, last: int, *, quarters: bool, minimum: int
) -> pd.DataFrame:
    """Return the share of each cohort that is still there (or active) k months after its start.

    Parameters
    ----------
    counts : DataFrame
        One row per start month and months since: ``start_no``, ``months`` (0, 1, ...), ``there``
        (customers; month 0 holds all who started).
    first, last : int
        First and last month of the data; a cell is shown once all customers of the cohort reached its
        age, and a first quarter that began before the data is left out.
    quarters : bool
        Cohorts are calendar quarters instead of months.
    minimum : int
        Cohorts of fewer customers are hidden.

    Returns
    -------
    DataFrame
        One row per cohort and month: ``cohort`` (YYYY-MM, its first month), ``customers``, ``months``,
        ``share`` (0-1; NaN if hidden).
    """
    size = 3 if quarters else 1
    counts = counts.assign(cohort=(counts["start_no"] - 1) // size * size + 1)
    old_enough = counts["cohort"] + size - 1 + counts["months"] <= last
    counts = counts[old_enough & (counts["cohort"] >= first)]
    sums = counts.groupby(["cohort", "months"])["there"].sum().reset_index()
    began = sums[sums["months"] == 0].set_index("cohort")["there"]
    sums["customers"] = sums["cohort"].map(began).astype(int)
    sums["share"] = (sums["there"] / sums["customers"]).where(sums["customers"] >= minimum)
    sums["cohort"] = [month_name(n) for n in sums["cohort"]]
    return sums[["cohort", "customers", "months", "share"]]


def cohorts(data: Dataset) -> Result:
    """Share of each start cohort still here, or, without contracts, buying again, by months since.

    Only cohorts that started inside the window: of older ones those who left early are missing.

    Returns
    -------
    Result
        No figures. Table: one row per cohort: ``cohort``, ``customers`` and ``after_k`` (share 0-1) for
        some k; part ``cells``: all months, as in :func:`cohort_shares`.
    """
    label, study = "retention.cohorts", data.once(Study)
    if study.kind not in ("contracts", "purchases"):
        snapshot = say("A snapshot does not say when customers started.")
        return Result.unavailable(label, snapshot if study.kind == "snapshot" else study.why_not)
    first, last = data.first_month_no, data.month_no
    by_age = there_by_age(study.stays, first, last) if study.kind == "contracts" else counts.buyers(data)
    if by_age.empty:
        return Result.unavailable(label, say("No customer started inside the months of these data."))
    quarters = by_age["start_no"].nunique() > MOST_COHORTS
    cells = cohort_shares(by_age, first, last, quarters=quarters, minimum=study.minimum)
    wide = _wide(cells)
    return Result(
        label,
        _cohort_sentences(cells, study.kind),
        table=wide,
        columns=_cohort_columns(wide, quarters),
        method=(_COHORT_METHODS[study.kind](n=count(study.minimum)),),
        parts={"cells": cells},
    )


_COHORT_METHODS = {
    "contracts": say(
        "Customers by start, also those who left again in that month; a share stands where the whole cohort "
        "has reached that age and holds {n} or more customers. Compare cohorts at the same age only."
    ),
    "purchases": say(
        "Customers by first purchase; share who bought in exactly that month, of cohorts of {n} or more "
        "customers. Compare cohorts at the same age only."
    ),
}


def there_by_age(lives: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """Count customers still there k months after their start, for starts inside the window.

    Parameters
    ----------
    lives : DataFrame
        One row per kind of life: ``start_no``, ``end_no`` (NaN: still there), ``customers``.
    first, last : int
        First and last month of the window (``month_no``).

    Returns
    -------
    DataFrame
        One row per start month and months since: ``start_no``, ``months``, ``there``.
    """
    rows = []
    for start, group in lives[lives["start_no"] >= first].groupby("start_no"):
        months = np.arange(last - start + 1)
        end = group["end_no"].fillna(np.inf).to_numpy()
        # One row an age, one column a kind of life; at age 0 everybody counts who started.
        there = (end[None, :] > start + months[:, None]) | (months[:, None] == 0)
        counted = there @ group["customers"].to_numpy()
        rows.append(pd.DataFrame({"start_no": start, "months": months, "there": counted}))
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()


def _wide(cells: pd.DataFrame) -> pd.DataFrame:
    """Return one row per cohort with month 1 and at most twelve further ages as columns."""
    step = -(-int(cells["months"].max()) // MOST_COLUMNS) or 1
    months = cells["months"]
    shown = cells[(months == 1) | ((months > 0) & (months % step == 0))]
    wide = shown.pivot(index=["cohort", "customers"], columns="months", values="share")
    return wide.rename(columns=lambda k: f"after_{k}").rename_axis(columns=None).reset_index()


def _cohort_columns(wide: pd.DataFrame, quarters: bool) -> dict[str, Column]:
    first = say("Quarter that begins") if quarters else say("Month")
    ages = [column for column in wide if column.startswith("after_")]
    return {
        "cohort": Column(first, partial(month, short=True)),
        "customers": Column(say("Customers"), count),
    } | {age: Column(_age(int(age.removeprefix("after_"))), partial(percent, digits=0)) for age in ages}


def _age(months: int) -> Message:
    return say("+{n} month", plural="+{n} months", n=count(months))


def _cohort_sentences(cells: pd.DataFrame, kind: str) -> tuple[Message, ...]:
    ages = cells[(cells["months"] > 0)].dropna(subset="share").groupby("months")["share"]
    complete = [age for age, shares in ages if len(shares) >= 2]
    if not complete:
        return (say("There are not yet two cohorts of the same age to compare."),)
    age = max((k for k in complete if k <= MOST_COMPARED), default=complete[0])
    shares = cells[cells["months"] == age].dropna(subset="share")
    lowest, highest = (shares.loc[shares["share"].agg(f)] for f in ("idxmin", "idxmax"))
    sentence = _COHORT_SENTENCES[kind](
        n=count(int(age)),
        cohorts=count(len(shares)),
        low=percent(lowest["share"]),
        low_month=month(lowest["cohort"]),
        high=percent(highest["share"]),
        high_month=month(highest["cohort"]),
    )
    return (sentence,)


_COHORT_SENTENCES = {
    "purchases": say(
        "In month {n} after the first purchase between {low} (first bought in {low_month}) and "
        "{high} ({high_month}) of a cohort bought again; {cohorts} cohorts."
    ),
    "contracts": say(
        "{n} month after the start between {low} (started from {low_month}) and {high} (from "
        "{high_month}) of a cohort are still here; {cohorts} cohorts.",
        plural="{n} months after the start between {low} (started from {low_month}) and {high} (from "
        "{high_month}) of a cohort are still here; {cohorts} cohorts.",
    ),
}
