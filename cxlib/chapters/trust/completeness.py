"""Months without rows, and rows that come late."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from cxlib.chapters.satisfaction.wording import exact
from cxlib.chapters.trust import counts
from cxlib.contract.months import month_name
from cxlib.contract.schema import TABLES
from cxlib.dataset.dataset import Dataset
from cxlib.language import Message, count, listing, month, percent, say
from cxlib.result import Column, Result

__all__ = ["coverage", "freshness", "month_states"]

YEAR = 12
MONTHS_SHOWN = 36
# A table without rows in more of its months than this is filled in waves, so an empty month is no gap.
WAVES = 0.25
AROUND = 3
THIN = 0.5
# So many Poisson standard deviations, that chance makes no month of any table thin in 99 of 100 reports.
BEYOND_CHANCE = 4
NAMED = 4
MINUTES_OF_A_DAY = 24 * 60

DATED = (
    *("interactions", "surveys", "tickets", "wishes", "mystery_visits", "purchases", "billing"),
    *("negative_experiences", "fixed_costs"),
)
NO_TIME = say("These data have no course of time, so there are no months to compare.")


def _dated(data: Dataset) -> list[str]:
    return [table for table in DATED if table in data.tables and data.has(table, "month_no")]


def coverage(data: Dataset) -> Result:
    """Show for each table the months that have rows, and those that should and have none or few.

    Returns
    -------
    Result
        No figures. Table (empty where there is one month only): one row per table, ``table``,
        ``what``, ``first``, ``last`` (YYYY-MM), ``months`` with rows, ``median`` rows of a month,
        ``gaps``, ``thin``. Part ``cells``: one row per
        table and month (at most 36), ``table``, ``month``, ``rows``, ``relative`` (to the table's median
        month) and ``state`` as in :func:`month_states`.
    """
    tables = _dated(data)
    if not tables:
        return Result.unavailable("trust.coverage", NO_TIME)
    first = max(data.first_month_no, data.month_no - MONTHS_SHOWN + 1)
    if first == data.month_no:
        alone = say("{month} is the only month of these data.", month=month(data.month))
        return Result("trust.coverage", (alone,))
    cells = pd.concat([_cells(data, table, first) for table in tables], ignore_index=True)
    rows = [_covered(table, part) for table, part in cells.groupby("table", sort=False)]
    return Result(
        "trust.coverage",
        _coverage_sentences(data, cells),
        table=pd.DataFrame(rows),
        columns=_COVERAGE_COLUMNS,
        method=(_COVERAGE_METHOD,),
        parts={"cells": cells},
    )


_COVERAGE_METHOD = say(
    "Empty: no row in a month between months with rows; tables that are filled in waves have no such gaps. "
    "Few: less than half of what is usual in the three months before and after, and fewer than chance would "
    "give. At most the last 36 months."
)
_COVERAGE_COLUMNS = {
    "what": Column(say("Table")),
    "first": Column(say("from"), partial(month, short=True)),
    "last": Column(say("to"), partial(month, short=True)),
    "median": Column(say("Rows in a usual month"), exact),
    "gaps": Column(say("Months empty"), count),
    "thin": Column(say("Months with few rows"), count),
}


def _cells(data: Dataset, table: str, first: int) -> pd.DataFrame:
    rows = counts.monthly_rows(data, table, first, data.month_no)
    filled = rows[rows > 0]
    usual = float(filled.median()) if len(filled) else np.nan
    return pd.DataFrame(
        {
            "table": table,
            "month": [month_name(number) for number in rows.index],
            "rows": rows.to_numpy(),
            "relative": rows.to_numpy() / usual,
            "state": month_states(rows.to_numpy()),
        }
    )


def month_states(rows: np.ndarray) -> np.ndarray:
    """Judge the months of one table by their numbers of rows.

    Parameters
    ----------
    rows : ndarray of int, shape (n_months,)
        Rows of each month, in order.

    Returns
    -------
    ndarray of str
        "outside" before the first and after the last month with rows; between them "gap" for a month
        without rows (in a table that is not filled in waves), "thin" for one with less than half the
        median of the three months before and after and beyond four Poisson standard deviations;
        else "".
    """
    rows = np.asarray(rows)
    states = np.full(len(rows), "outside", dtype="<U7")
    filled = np.flatnonzero(rows)
    if not filled.size:
        return states
    span = slice(filled[0], filled[-1] + 1)
    inside = rows[span]
    waves = np.mean(inside == 0) > WAVES
    states[span] = "" if waves else [_state(inside, place) for place in range(len(inside))]
    return states


def _state(rows: np.ndarray, place: int) -> str:
    if rows[place] == 0:
        return "gap"
    around = np.r_[rows[max(0, place - AROUND) : place], rows[place + 1 : place + 1 + AROUND]]
    usual = np.median(around) if around.size else rows[place]
    return "thin" if rows[place] < min(THIN * usual, usual - BEYOND_CHANCE * np.sqrt(usual)) else ""


def _covered(table: str, cells: pd.DataFrame) -> dict[str, Any]:
    filled = cells[cells["rows"] > 0]
    return {
        "table": table,
        "what": TABLES[table].label,
        "first": filled["month"].iloc[0] if len(filled) else None,
        "last": filled["month"].iloc[-1] if len(filled) else None,
        "months": len(filled),
        "median": float(filled["rows"].median()) if len(filled) else 0.0,
        "gaps": int((cells["state"] == "gap").sum()),
        "thin": int((cells["state"] == "thin").sum()),
    }


def _coverage_sentences(data: Dataset, cells: pd.DataFrame) -> tuple[Message, ...]:
    sentences = [
        say("Looked at: {first} to {last}.", first=month(cells["month"].iloc[0]), last=month(data.month))
    ]
    gaps, thin = (cells[cells["state"] == state] for state in ("gap", "thin"))
    if gaps.empty:
        sentences.append(say("No table has an empty month between filled ones."))
    else:
        sentences.append(say("Months without a single row: {months}.", months=_named_months(gaps)))
    if not thin.empty:
        sentences.append(
            say("Months with far fewer rows than those around them: {months}.", months=_named_months(thin))
        )
    return tuple(sentences)


def _named_months(cells: pd.DataFrame) -> Any:
    named = [
        say("{table} {month}", table=TABLES[row.table].label, month=month(row.month, short=True))
        for row in cells.head(NAMED).itertuples()
    ]
    further = len(cells) - len(named)
    return listing(
        [*named, say("{n} more month", plural="{n} more months", n=count(further))] if further else named
    )


def freshness(data: Dataset) -> Result:
    """Say how far each table lags behind the month, and how late its rows are recorded.

    Returns
    -------
    Result
        No figures. Table: one row per table, ``table``, ``what``, ``last`` (YYYY-MM), ``behind``
        (months), and where rows say when they were recorded, for the last twelve observed months: ``timed``
        rows, ``median`` and ``high`` delay in days (half and 90 % of the rows come faster), ``late``:
        share (0-1) recorded too late for the edition of their own month. NaN where unknown.
    """
    tables = _dated(data)
    if not tables:
        return Result.unavailable("trust.freshness", NO_TIME)
    table = pd.DataFrame([_lag(data, name) for name in tables])
    return Result(
        "trust.freshness",
        (*_behind_sentence(data, table), _delay_sentence(data, table)),
        table=table,
        columns=_FRESHNESS_COLUMNS,
        method=(_DELAY_METHOD(n=count(data.month_no - _first(data) + 1)),),
    )


_DELAY_METHOD = say(
    "Delay: from the event to its record, for the last month. Rows that had not come in when the files were "
    "made cannot be seen, so its delays are rather understated.",
    plural="Delay: from the event to its record, for the last {n} months. Rows that had not come in when the "
    "files were made cannot be seen, so the delays of the latest months are rather understated.",
)


def _delay(days: float | None) -> Message:
    """Return a delay in the unit in which people would say it."""
    if days is None or np.isnan(days):
        return say("not known")
    if days * MINUTES_OF_A_DAY < 2:
        return say("less than 2 minutes")
    if days < 2 / 24:
        return say("{n} minutes", n=count(round(days * MINUTES_OF_A_DAY)))
    if days < 2:
        return say("{n} hours", n=count(round(days * 24)))
    return say("{n} days", n=count(round(days)))


_FRESHNESS_COLUMNS = {
    "what": Column(say("Table")),
    "last": Column(say("Last month"), partial(month, short=True)),
    "behind": Column(say("Months behind"), count),
    "median": Column(say("Half recorded within"), _delay),
    "high": Column(say("Nine in ten within"), _delay),
    "late": Column(say("Too late for its month"), partial(percent, digits=2)),
}


def _lag(data: Dataset, table: str) -> dict[str, Any]:
    last = counts.last_month(data, table)
    delay = counts.delays(data, table, _first(data), data.month_no)
    known = {"timed": 0, "median": np.nan, "high": np.nan, "late": np.nan}
    if delay is not None:
        known = {"timed": int(delay["rows"]), "median": delay["median"], "high": delay["high"]}
        known["late"] = delay["late"] / delay["rows"]
    what = {"table": table, "what": TABLES[table].label, "last": month_name(last)}
    return what | {"behind": data.month_no - last} | known


def _first(data: Dataset) -> int:
    """Return the first month whose delays are looked at."""
    return max(data.first_month_no, data.month_no - YEAR + 1)


def _behind_sentence(data: Dataset, table: pd.DataFrame) -> tuple[Message, ...]:
    old = table[table["behind"] > 0]
    if old.empty:
        return (say("Every table reaches {month}.", month=month(data.month)),)
    ends = [
        say("{table} in {month}", table=row.what, month=month(row.last))
        for row in old.itertuples(index=False)
    ]
    return (
        say(
            "Not every table reaches {month}. It ends earlier: {ends}.",
            month=month(data.month),
            ends=listing(ends),
        ),
    )


def _delay_sentence(data: Dataset, table: pd.DataFrame) -> Message:
    timed = table[table["timed"] > 0]
    if timed.empty:
        return say("When rows were recorded is not known, so late rows cannot be told from revised ones.")
    worst = timed.loc[timed["late"].idxmax()]
    return say(
        "Of the {table}, half are recorded within {median}; {late} come more than {n} day after their "
        "month's end, too late for the report of that month.",
        plural="Of the {table}, half are recorded within {median}; {late} come more than {n} days after "
        "their month's end, too late for the report of that month.",
        table=worst["what"],
        median=_delay(worst["median"]),
        late=percent(worst["late"], 2),
        n=count(data.definitions.late_days),
    )
