"""Churn by month and curves of those who stay: arithmetic on counts of customers by start and end month."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.estimate import Estimate
from cxlib.stats import survival

__all__ = ["LEAST_AT_RISK", "YEAR", "churn_table", "left_in_a_year", "retention_curve", "still_here"]

YEAR = 12
LEAST_AT_RISK = 30


def churn_table(lives: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """Count month by month who was there at its start and who left in it.

    Parameters
    ----------
    lives : DataFrame
        One row per kind of life: ``start_no``, ``end_no`` (NaN: still there), ``involuntary``,
        ``customers``.
    first, last : int
        Months (``month_no``), both included.

    Returns
    -------
    DataFrame
        One row per month: ``month_no``, ``at_risk``, ``left``, ``involuntary``; and ``at_once``: who started
        and left in it, in none of the others.
    """
    months = np.arange(first, last + 1)[:, None]
    start, end = lives["start_no"].to_numpy(), lives["end_no"].fillna(np.inf).to_numpy()
    customers = lives["customers"].to_numpy(dtype=float)
    # One row a month, one column a kind of life.
    at_risk = (start < months) & (end >= months)
    left = at_risk & (end == months)
    at_once = (start == months) & (end == months)
    return pd.DataFrame(
        {
            "month_no": months[:, 0],
            "at_risk": at_risk @ customers,
            "left": left @ customers,
            "involuntary": (left & lives["involuntary"].to_numpy()) @ customers,
            "at_once": at_once @ customers,
        }
    )


def left_in_a_year(table: pd.DataFrame) -> tuple[Estimate, int] | None:
    """Return the share who leave if the last twelve monthly rates follow one another.

    Parameters
    ----------
    table : DataFrame
        As of :func:`churn_table`.

    Returns
    -------
    tuple of Estimate and int, or None
        The share (0-1), Greenwood's interval on the log-log scale, and the customer-months behind it;
        None where there are fewer than twelve months.
    """
    year = table.tail(YEAR)
    if len(year) < YEAR:
        return None
    counts = year["at_risk"], year["left"]
    curve = survival.bounded(survival.kaplan_meier(*counts), *counts).iloc[-1]
    low, high = (None if np.isnan(x) else 1 - float(x) for x in (curve["high"], curve["low"]))
    return Estimate(1 - float(curve["survival"]), low, high), int(year["at_risk"].sum())


def retention_curve(
    lives: pd.DataFrame, first: int, last: int, *, least: int = LEAST_AT_RISK
) -> pd.DataFrame:
    """Estimate the share of new customers still there after each month (Kaplan-Meier).

    The start month is month 0: at risk in it are all who started inside the window, and who leaves in it
    counts. Customers who started before the window are at risk from the tenure at which it opens (delayed
    entry), so that those who had left by then are not missed.

    Parameters
    ----------
    lives : DataFrame
        One row per kind of life, as in :func:`churn_table`.
    first, last : int
        First and last month of the window (``month_no``).
    least : int
        Customers at risk that a month needs.

    Returns
    -------
    DataFrame
        One row per month since the start, 0, 1, 2, ...: ``time``, ``at_risk``, ``events``, ``censored``,
        ``survival`` (0-1), ``error``, ``low``, ``high``; up to the last month before fewer than `least`
        customers are at risk. Empty if that is the first.
    """
    end = lives["end_no"].where(lives["end_no"] <= last)
    entry = np.maximum(-1, first - 1 - lives["start_no"].to_numpy())
    exit = (end.fillna(last) - lives["start_no"]).to_numpy().astype(int)
    return _curve(exit, end.notna().to_numpy(), lives["customers"].to_numpy(), entry, least)


def _curve(
    exit: np.ndarray, left: np.ndarray, customers: np.ndarray, entry: np.ndarray, least: int
) -> pd.DataFrame:
    if not ((exit > entry) & (customers > 0)).any():
        return pd.DataFrame()
    times = np.arange(exit.max() + 1)
    table = survival.life_table(exit, left, entry=entry, counts=customers, times=times)
    thin = np.flatnonzero(table["at_risk"] < least)
    table = table.iloc[: thin[0]] if thin.size else table
    counts = table["at_risk"], table["events"]
    return table.join(survival.bounded(survival.kaplan_meier(*counts), *counts))


def still_here(curve: pd.DataFrame, months: int) -> Estimate | None:
    """Return the share of new customers still there `months` after their start.

    Parameters
    ----------
    curve : DataFrame
        As of :func:`retention_curve`, not empty.
    months : int

    Returns
    -------
    Estimate or None
        None where the curve ends before that month; unless it ends because nobody is left, and nobody comes
        back.
    """
    seen = int(curve["time"].iloc[-1])
    if seen < months and curve["survival"].iloc[-1] > 0:
        return None
    return survival.survival_at(min(months, seen), curve["time"], curve)
