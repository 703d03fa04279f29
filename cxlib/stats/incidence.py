"""Share who left by each month after an event, with a competing reason to leave, from counts."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cxlib.errors import ModelError
from cxlib.estimate import Estimate
from cxlib.language import say
from cxlib.stats.intervals import clopper_pearson
from cxlib.stats.risk import log_log_interval
from cxlib.stats.survival import beta_product_lower

__all__ = ["cumulative_incidence", "incidence_at"]

FEW = 30
FEW_TO_THE_END = 100
ROUNDING = 1e-9


def cumulative_incidence(
    followed: ArrayLike,
    ending: ArrayLike,
    customers: ArrayLike,
    *,
    seen: ArrayLike,
    first: int = 1,
    horizon: int,
) -> pd.DataFrame:
    """Estimate the share who left for reason 1 by each month, reason 2 competing (Aalen-Johansen).

    Parameters
    ----------
    followed : array_like of int, shape (n_kinds,)
        Months from the event (month 0) to the end or to the last month seen.
    ending : array_like of int
        0 still there when last seen, 1 left for the reason of interest, 2 for the competing one.
    customers : array_like
        Customers of each kind.
    seen : array_like of int
        Months from the event to the last month of the data, for those who ended, too.
    first : int
        First month in which leaving counts: 0 or 1. Who ended before is not at risk.
    horizon : int
        Last month.

    Returns
    -------
    DataFrame
        One row per month: ``month``, ``at_risk``, ``left``, ``lost``, ``known`` (customers of whom the
        data tell everything up to that month, those who ended before among them), ``share``, ``low``,
        ``high`` (95 %, see Notes).

    Raises
    ------
    ModelError
        If nobody is at risk in the first month.

    Notes
    -----
    The interval is the log(-log) one. Where fewer than 30 left or stayed, it is widened to that of
    Clopper and Pearson at the effective number of customers, share (1 - share) / error^2, which holds
    at few events; where nobody or everybody left, the effective number is ``known``. Where fewer than 100,
    and less than half, are known so long, the upper limit is at least that of the beta product procedure.
    """
    followed, ending, customers, seen = (np.asarray(x) for x in (followed, ending, customers, seen))
    months = np.arange(first, horizon + 1)
    at_risk = np.array([customers[followed >= month].sum() for month in months], dtype=float)
    if not at_risk[0]:
        raise ModelError(say("Nobody is at risk after the event."))
    left, lost = (
        np.array([customers[(followed == month) & (ending == kind)].sum() for month in months], dtype=float)
        for kind in (1, 2)
    )
    entered = followed >= first
    known = np.array([customers[entered & (seen >= month)].sum() for month in months], dtype=float)
    table = pd.DataFrame({"month": months, "at_risk": at_risk, "left": left, "lost": lost, "known": known})
    return table.assign(**_shares(at_risk, left, lost, known))


def _shares(
    at_risk: np.ndarray, left: np.ndarray, lost: np.ndarray, known: np.ndarray
) -> dict[str, np.ndarray]:
    exposed = np.maximum(at_risk, 1)
    leaving, losing = left / exposed, lost / exposed
    staying = 1 - leaving - losing
    before = np.concatenate([[1.0], np.cumprod(staying)[:-1]])
    share = np.cumsum(before * leaving)
    # Everybody's months sum to 1 but for rounding, and a share a hair below 1 has an interval of no width.
    share = np.where(share > 1 - ROUNDING, 1.0, share)
    errors = [_error(share[: m + 1], before, leaving, losing, exposed) for m in range(len(share))]
    few = np.minimum(np.cumsum(left), at_risk - left - lost) < FEW
    intervals = [_interval(*row) for row in zip(share, errors, few, known, strict=True)]
    low, high = np.array([interval[1:] for interval in intervals], dtype=float).T
    return {"share": share, "low": low, "high": _reaching(high, share, at_risk, left, known)}


def _reaching(
    high: np.ndarray, share: np.ndarray, at_risk: np.ndarray, left: np.ndarray, known: np.ndarray
) -> np.ndarray:
    """Return upper limits that allow for what few are followed to the end, where few are.

    Greenwood's error knows only of months in which somebody left: with many seen early and few late it
    takes the late months as known. Who was lost is censored here, then the limit is brought to scale.
    """
    alone = 1 - np.cumprod(1 - left / np.maximum(at_risk, 1))
    scale = np.divide(share, alone, out=np.ones(len(share)), where=alone > 0)
    staying = np.maximum(known - np.cumsum(left), 1)
    upper = (1 - beta_product_lower(at_risk, left, staying)) * scale
    few = (known > 0) & (known < FEW_TO_THE_END) & (known < known[0] / 2)
    return np.where(few, np.maximum(high, upper), high)


def _interval(share: float, error: float, few: bool, known: float) -> Estimate:
    """Return a share's log(-log) interval, with few events widened to one that holds then, too."""
    usual = log_log_interval(share, error)
    number = known if usual.low is None else share * (1 - share) / error**2
    if not few or number <= 0:
        return usual
    exact = clopper_pearson(share * number, number)
    if usual.low is None:
        return exact
    return Estimate(usual.value, min(usual.low, exact.low), max(usual.high, exact.high))


def _error(
    share: np.ndarray, before: np.ndarray, leaving: np.ndarray, losing: np.ndarray, at_risk: np.ndarray
) -> float:
    """Return the delta-method error of the last share; months are multinomial and independent."""
    size = len(share)
    leaving, losing, staying = leaving[:size], losing[:size], (1 - leaving - losing)[:size]
    later = np.divide(share[-1] - share, staying, out=np.zeros(size), where=staying > 0)
    by_leaving, by_losing = before[:size] - later, -later
    mean = by_leaving * leaving + by_losing * losing
    spread = by_leaving**2 * leaving + by_losing**2 * losing - mean**2
    return float(np.sqrt((spread / at_risk[:size]).sum()))


def incidence_at(table: pd.DataFrame, month: int) -> Estimate:
    """Return the share who left by one month of a :func:`cumulative_incidence` table."""
    row = table.set_index("month").loc[month]
    low, high = (None if np.isnan(row[name]) else float(row[name]) for name in ("low", "high"))
    return Estimate(float(row["share"]), low, high)
