"""Which months a table spans: stray dates at its ends are told from months of data."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pandas as pd

from cxlib.contract.engine import name
from cxlib.contract.months import month_end

if TYPE_CHECKING:
    from cxlib.contract.engine import Engine
    from cxlib.contract.table import Table

__all__ = ["months_of_data", "span"]

# A month with fewer rows than this share of a table's median month is a stray date, not a month of data,
# and so are months at an end with fewer than this share of all rows that empty months divide from the rest.
STRAY_SHARE = 0.01
EMPTY_MONTHS = 12
# A month is complete when something happened in its last days.
COMPLETE_WITHIN_DAYS = 3


def span(engine: Engine, table: Table, rows: str, zone: str) -> dict[str, Any] | None:
    """Return the months a table spans; None for a table without dates.

    Parameters
    ----------
    engine : Engine
    table : Table
    rows : str
        SQL of its rows.
    zone : str
        Time zone of the dataset.

    Returns
    -------
    dict
        ``first``, ``last`` month number; whether the last is ``complete``; rows far before or just after
        them (``strays``) and later (``future``); months without rows between them (``empty``).
    """
    if not table.clock:
        return None
    months = engine.query(
        f"SELECT month_no, count(*) AS rows FROM ({rows}) WHERE month_no IS NOT NULL GROUP BY 1 ORDER BY 1"
    ).to_pandas()
    if months.empty:
        return None
    today = datetime.now(ZoneInfo(zone))
    spanned = months_of_data(months, 12 * today.year + today.month + 1)
    if {column.kind for column in table.columns if column.name in table.clock} == {"month"}:
        return spanned
    latest = ", ".join(f"max({name(time)})" for time in table.clock)
    row = engine.query(f"SELECT {latest} FROM ({rows}) WHERE month_no = {spanned['last']}").to_pylist()[0]
    newest = max(pd.Timestamp(value) for value in row.values() if value is not None)
    days = pd.Timedelta(days=COMPLETE_WITHIN_DAYS)
    return spanned | {"complete": bool(newest >= pd.Timestamp(month_end(spanned["last"], zone)) - days)}


def months_of_data(months: pd.DataFrame, latest: int) -> dict[str, Any]:
    """Return the first and last month of data, and how many rows lie outside.

    Parameters
    ----------
    months : DataFrame
        One row per month with rows, in order: ``month_no`` and ``rows``.
    latest : int
        Last month that can have rows by now; where all lie after it, the clock is not believed.
    """
    possible = months["month_no"] <= latest
    real = months[possible if possible.any() else ~possible]
    real = real[real["rows"] >= STRAY_SHARE * real["rows"].median()]
    real = _without_outliers(_without_outliers(real, months["rows"].sum()).iloc[::-1], months["rows"].sum())
    first, last = int(real["month_no"].min()), int(real["month_no"].max())
    outside = int(months.loc[~months["month_no"].between(first, last), "rows"].sum())
    future = int(months.loc[months["month_no"] > last + 1, "rows"].sum())
    empty = last - first + 1 - len(real)
    return {
        "first": first,
        "last": last,
        "complete": True,
        "strays": outside - future,
        "future": future,
        "empty": empty,
    }


def _without_outliers(months: pd.DataFrame, rows: int) -> pd.DataFrame:
    """Return the months without the few at the beginning that many empty ones divide from the rest."""
    gaps = months["month_no"].diff().abs() > EMPTY_MONTHS
    few = months["rows"].cumsum().shift(fill_value=0) < STRAY_SHARE * rows
    cut = (gaps & few).to_numpy().nonzero()[0]
    return months.iloc[cut[-1] :] if len(cut) else months
