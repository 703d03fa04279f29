"""Calendar periods: months of the window put together until each period has enough voluntary ends.

What meets all customers at once (a price rise, a strike, a season) changes leaving in a month, whatever
a customer experienced. Comparing customers within the same period keeps it out of the effect.
"""

from __future__ import annotations

import numpy as np
import sqlglot
from scipy.special import xlogy
from sqlglot import expressions as exp

from cxlib.contract.queries import read_sql
from cxlib.panel.design import NEVER, Design
from cxlib.panel.patterns import Query

__all__ = ["LEAST_ENDS_OF_A_PERIOD", "calendar_periods", "like_periods", "period_names"]

LEAST_ENDS_OF_A_PERIOD = 20


def calendar_periods(query: Query, design: Design, *, most: int) -> tuple[int, ...]:
    """Return the first month of each period.

    Parameters
    ----------
    query : callable
        See :func:`cxlib.panel.counts.count_months`.
    design : Design
    most : int
        Largest number of periods, 1 or more.

    Returns
    -------
    tuple of int
        As ``month_no``; the first one is the first month of the window.
    """
    months, ends = _risk_by_month(query, design)
    starts = like_periods(months, ends, least=LEAST_ENDS_OF_A_PERIOD, most=most)
    return tuple(design.first + place for place in starts)


def _risk_by_month(query: Query, design: Design) -> tuple[np.ndarray, np.ndarray]:
    """Return customers at risk with known history, and their voluntary ends, by month of the window."""
    people = sqlglot.parse_one(read_sql(__package__, "people"), read="duckdb")
    stays = exp.select("start_no", "end_no", "ending", "count(*) AS customers").from_(
        people.subquery("people")
    )
    stays = stays.group_by("start_no", "end_no", "ending").sql("duckdb")
    bounds = {"first": design.first, "last": design.last, "never": NEVER, "low": 0, "high": 2**40}
    table = query(stays, **bounds).to_pydict()
    start, end, ending, customers = (np.asarray(column, dtype=np.int64) for column in table.values())
    months = np.arange(design.first, design.last + 1)
    at_risk = (start[:, None] < months) & (end[:, None] >= months)
    at_risk &= (start[:, None] >= design.first) | (months >= design.first + design.reach)
    ends = at_risk & (end[:, None] == months) & (ending[:, None] == 1)
    return customers @ at_risk, customers @ ends


def like_periods(months: np.ndarray, ends: np.ndarray, *, least: int, most: int) -> list[int]:
    """Split a series of months into periods within which the leaving rate is most alike.

    Of all splits into at most `most` periods with at least `least` ends each, it is the one of the
    largest Poisson likelihood of a constant rate per period (dynamic programming over the borders); where
    every month has enough ends and there may be as many periods, each month is one.

    Parameters
    ----------
    months, ends : ndarray of float, shape (n,)
        Customer-months at risk and ends in each month.
    least, most : int

    Returns
    -------
    list of int
        Place of the first month of each period; ``[0]`` where the ends are too few to split.

    Examples
    --------
    >>> like_periods(np.full(6, 1000.0), np.array([30, 10, 10, 60, 60, 5]), least=20, most=9)
    [0, 1, 3, 4]
    """
    size = len(months)
    risk, left = (np.concatenate([[0.0], np.cumsum(series)]) for series in (months, ends))
    spent, gone = risk[None, :] - risk[:, None], left[None, :] - left[:, None]
    gain = xlogy(gone, np.maximum(gone, 1) / np.maximum(spent, 1))
    gain[(gone < least) | (np.arange(size + 1)[:, None] >= np.arange(size + 1))] = -np.inf
    best, cuts = [gain[0]], []
    while len(best) < most:
        longer = best[-1][:, None] + gain
        if not np.isfinite(longer[:, -1]).any():
            break
        cuts.append(longer.argmax(axis=0))
        best.append(longer.max(axis=0))
    count = int(np.argmax([values[-1] for values in best]))
    starts, end = [], size
    for choice in reversed(cuts[:count]):
        end = int(choice[end])
        starts.append(end)
    return [0, *reversed(starts)]


def period_names(periods: tuple[int, ...]) -> tuple[str, ...]:
    """Return a name per period: the number of its first month."""
    return tuple(str(first) for first in periods)
