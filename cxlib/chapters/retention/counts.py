"""What the engine counts for chapter 11: no row per customer or month ever leaves it."""

from __future__ import annotations

from datetime import date

import pandas as pd

from cxlib.contract.engine import name
from cxlib.contract.months import last_day
from cxlib.contract.queries import read_sql
from cxlib.dataset.dataset import Dataset

__all__ = ["again", "buyers", "lapses", "snapshot_share", "snapshot_stays", "stays"]


def stays(data: Dataset, column: str | None = None) -> pd.DataFrame:
    """Count customers by start and end month (and a column of customers).

    Returns
    -------
    DataFrame
        One row per kind of life: ``start_no``, ``end_no`` (NaN: still there), ``involuntary`` (bool),
        ``group``, ``customers``.
    """
    query = read_sql(__package__, "stays.template").format(group=_group(column))
    rows = data.sql(query, first=data.first_month_no, last=data.month_no)
    return rows.astype({"start_no": int, "end_no": float, "customers": float, "involuntary": bool})


def snapshot_stays(data: Dataset, column: str | None = None) -> pd.DataFrame:
    """Count the customers of a snapshot by tenure and state (and a column of it).

    Returns
    -------
    DataFrame
        One row per kind: ``tenure`` (whole months, begun ones counted; NaN: not known), ``churned`` (bool),
        ``group``, ``customers``.
    """
    rows = data.sql(read_sql(__package__, "snapshot_stays.template").format(group=_group(column)))
    return rows.astype({"tenure": float, "churned": bool})


def _group(column: str | None) -> str:
    return "''" if column is None else f"coalesce(CAST({name(column)} AS VARCHAR), '')"


def snapshot_share(data: Dataset) -> tuple[int, int]:
    """Return how many customers a snapshot holds, and how many of them have left."""
    row = data.sql(read_sql(__package__, "snapshot_share")).fillna(0).iloc[0]
    return int(row["customers"]), int(row["left"])


def lapses(data: Dataset, days: int) -> pd.DataFrame:
    """Count month by month who was a customer at its start and who left in it, by inactivity.

    A customer is who has bought in the last `days` days; returns are no purchases. A month is counted
    where the data reach back `days` days before it.

    Returns
    -------
    DataFrame
        One row per month: ``month_no``, ``at_risk``, ``left``; and ``at_once``: who bought first and lapsed
        in it, in none of the others.
    """
    begin = _first_day(data.first_month_no)
    months = range(data.first_month_no + 1, data.month_no + 1)
    first = next((n for n in months if (_first_day(n) - begin).days >= days), None)
    if first is None:
        return pd.DataFrame(columns=["month_no", "at_risk", "left", "at_once"], dtype=float)
    span = {"first": first, "last": data.month_no}
    rows = data.sql(read_sql(__package__, "lapses"), days=days, zone=data.config.time_zone, **span)
    return rows.astype({"month_no": int, "at_risk": float, "left": float, "at_once": float})


def _first_day(month_no: int) -> date:
    return last_day(month_no).replace(day=1)


def buyers(data: Dataset) -> pd.DataFrame:
    """Count who bought k months after the month of the first purchase, if that is no earlier than the data.

    Returns
    -------
    DataFrame
        One row per start month and months since: ``start_no``, ``months``, ``there``.
    """
    return data.sql(read_sql(__package__, "buyers"), first=data.first_month_no).astype(int)


def again(data: Dataset) -> pd.DataFrame:
    """Count who bought again on a later day, so far and within 90 and 180 days of the first purchase.

    Returns
    -------
    DataFrame
        One row per horizon (``share``, ``90d``, ``180d``): ``horizon``, ``customers`` (followed that
        long), ``again``.
    """
    zone, end = data.config.time_zone, last_day(data.month_no)
    row = data.sql(read_sql(__package__, "again"), zone=zone, end=end).fillna(0).iloc[0].astype(int)
    return pd.DataFrame(
        {
            "horizon": ["share", "90d", "180d"],
            "customers": [row[name] for name in ("everybody", "followed_90", "followed_180")],
            "again": [row[name] for name in ("again", "again_90", "again_180")],
        }
    )
