"""Cohorts: customers who began together, followed by age."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from cxlib.chapters.retention.counts import NO_CUSTOMERS, kind_of, stays
from cxlib.contract.months import month_name
from cxlib.dataset.dataset import Dataset
from cxlib.language import Message, count, month, percent, say
from cxlib.result import Column, Result

__all__ = ["cohort_shares", "cohorts"]

YEAR = 12
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
    label = "retention.cohorts"
    kind = kind_of(data)
    if kind not in ("contracts", "purchases"):
        reason = say("A snapshot does not say when customers started.")
        return Result.unavailable(label, reason if kind == "snapshot" else NO_CUSTOMERS)
    counts = _there(data) if kind == "contracts" else _active(data)
    if counts.empty:
        return Result.unavailable(label, say("No customer started inside the months of these data."))
    quarters = counts["start_no"].nunique() > MOST_COHORTS
    minimum = data.definitions.minimum_group
    cells = cohort_shares(counts, data.first_month_no, data.month_no, quarters=quarters, minimum=minimum)
    wide = _wide(cells)
    return Result(
        label,
        _cohort_sentences(wide, cells, kind),
        table=wide,
        columns=_cohort_columns(wide, quarters),
        method=(_COHORT_METHODS[kind],),
        parts={"cells": cells},
    )


_COHORT_METHODS = {
    "contracts": say(
        "Customers by start; a share stands where the whole cohort has reached that age. Compare cohorts at "
        "the same age only."
    ),
    "purchases": say(
        "Customers by first purchase; share who bought in exactly that month. Compare cohorts at the same "
        "age only."
    ),
}


def _there(data: Dataset) -> pd.DataFrame:
    """Count customers still there k months after their start, for starts inside the window."""
    lives = stays(data)
    lives = lives[lives["start_no"] >= data.first_month_no]
    rows = []
    for start, group in lives.groupby("start_no"):
        months = np.arange(data.month_no - start + 1)
        end = group["end_no"].fillna(np.inf).to_numpy()
        there = (end[None, :] > start + months[:, None]) | (months[:, None] == 0)
        rows.append(
            pd.DataFrame(
                {"start_no": start, "months": months, "there": there @ group["customers"].to_numpy()}
            )
        )
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()


def _active(data: Dataset) -> pd.DataFrame:
    """Count customers who bought k months after their first purchase."""
    query = """WITH bought AS (
            SELECT customer_id, month_no FROM purchases
            WHERE NOT coalesce(is_return, FALSE) GROUP BY customer_id, month_no),
        first AS (SELECT customer_id, min(month_no) AS start_no FROM bought GROUP BY customer_id)
        SELECT start_no, month_no - start_no AS months, count(*) AS there
        FROM bought JOIN first ON first.customer_id = bought.customer_id
        WHERE start_no >= $first
        GROUP BY 1, 2 ORDER BY 1, 2"""
    return data.sql(query, first=data.first_month_no).astype(int)


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
    return say("+1 month") if months == 1 else say("+{months} months", months=count(months))


def _cohort_sentences(wide: pd.DataFrame, cells: pd.DataFrame, kind: str) -> tuple[Message, ...]:
    ages = cells[(cells["months"] > 0)].dropna(subset="share").groupby("months")["share"]
    complete = [age for age, shares in ages if len(shares) >= 2]
    if not complete:
        return (say("There are not yet two cohorts of the same age to compare."),)
    age = max(k for k in complete if k <= YEAR) if complete[0] <= YEAR else complete[0]
    shares = cells[cells["months"] == age].dropna(subset="share")
    lowest, highest = (shares.loc[shares["share"].agg(f)] for f in ("idxmin", "idxmax"))
    words = {
        "months": count(int(age)),
        "cohorts": count(len(shares)),
        "low": percent(lowest["share"]),
        "low_month": month(lowest["cohort"]),
        "high": percent(highest["share"]),
        "high_month": month(highest["cohort"]),
    }
    if kind == "purchases":
        return (
            say(
                "In month {months} after the first purchase between {low} (first bought in {low_month}) and "
                "{high} ({high_month}) of a cohort bought again; {cohorts} cohorts.",
                **words,
            ),
        )
    return (
        say(
            "{months} months after the start between {low} (started from {low_month}) and {high} (from "
            "{high_month}) of a cohort are still here; {cohorts} cohorts.",
            **words,
        ),
    )
