"""How far those who answer differ from everybody: on counts and sums, without any dataset."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import norm

from cxlib.estimate import Estimate

__all__ = ["difference", "raw_less_weighted", "standardised_differences", "yearly_rate"]


def standardised_differences(
    answered: ArrayLike, everybody: ArrayLike, *, confidence: float = 0.95
) -> pd.DataFrame:
    """Compare the shares of the levels of one variable among those who answered and among everybody.

    The standardised difference is the difference of two shares divided by the square root of the
    mean of their variances p (1 - p), so that it does not grow with the sample (Austin 2009,
    Statistics in Medicine 28:3083-3107, who takes 0.1 for negligible). Those who answered are a part of
    everybody, so chance can only move the comparison with the others; its interval takes this
    into account and the divisor as fixed.

    Parameters
    ----------
    answered, everybody : array_like of shape (n_levels,)
        People of each level, 0 <= answered <= everybody.

    Returns
    -------
    DataFrame
        One row per level: ``share`` and ``share_all`` (0-1), ``value``, ``low``, ``high`` (standardised;
        0 where nobody or everybody has the level).

    Raises
    ------
    ValueError
        If nobody answered, or more people answered than there are.
    """
    answered, everybody = np.asarray(answered, dtype=float), np.asarray(everybody, dtype=float)
    if answered.sum() <= 0 or (answered > everybody).any():
        raise ValueError(f"Those who answered must be a part of everybody; got {answered} of {everybody}.")
    n, total = answered.sum(), everybody.sum()
    share, share_all = answered / n, everybody / total
    others = (everybody - answered) / max(total - n, 1.0)
    variance = share * (1 - share) / n + others * (1 - others) / max(total - n, 1.0)
    half = norm.ppf(0.5 + confidence / 2) * (1 - n / total) * np.sqrt(variance)
    scale = np.sqrt((share * (1 - share) + share_all * (1 - share_all)) / 2)
    scale = np.where(scale > 0, scale, np.inf)
    value = (share - share_all) / scale
    return pd.DataFrame(
        {
            "share": share,
            "share_all": share_all,
            "value": value,
            "low": value - half / scale,
            "high": value + half / scale,
        }
    )


def raw_less_weighted(counts: ArrayLike, weights: ArrayLike, *, confidence: float = 0.95) -> Estimate:
    """Return the net promoter score as answered less the weighted one, in points.

    Both come from the same answers, so the interval is that of their difference (linearised, the
    weights taken as fixed), which is narrower than two intervals side by side suggest.

    Parameters
    ----------
    counts : array_like of shape (n_rows, 3)
        Promoters, passives and detractors.
    weights : array_like of shape (n_rows,)
        Weight of one answer of each row, above zero.

    Raises
    ------
    ValueError
        If there is no answer or a weight is not positive.
    """
    counts = np.asarray(counts, dtype=float).ravel()
    weights = np.repeat(np.asarray(weights, dtype=float), 3)
    n, total = counts.sum(), counts @ weights
    if n <= 0 or not (weights > 0).all():
        raise ValueError("Raw and weighted scores need answers, and weights above zero.")
    values = np.tile([100.0, 0.0, -100.0], len(weights) // 3)
    raw, weighted = counts @ values / n, counts @ (weights * values) / total
    influence = (values - raw) / n - weights * (values - weighted) / total
    half = float(norm.ppf(0.5 + confidence / 2) * np.sqrt(counts @ influence**2))
    value = float(raw - weighted)
    return Estimate(value, value - half, value + half)


def yearly_rate(people: int, sums: pd.Series, *, per: float = 12.0, confidence: float = 0.95) -> Estimate:
    """Return events or money per person and time, the person being the unit of chance.

    Parameters
    ----------
    people : int
        Persons.
    sums : Series
        Over all persons, `x` being a person's total and `m` its months: ``x``, ``m``, ``xx``, ``xm``,
        ``mm`` (squares and product).
    per : float
        Months in the unit of time of the answer: 12 for a year, 1 for a month.

    Raises
    ------
    ValueError
        If there are no months.
    """
    if sums["m"] <= 0:
        raise ValueError("A rate needs people who were there for a month or more; there is none.")
    rate = sums["x"] / sums["m"]
    spread = max(0.0, sums["xx"] - 2 * rate * sums["xm"] + rate**2 * sums["mm"])
    if people < 2:
        return Estimate(float(per * rate))
    error = np.sqrt(spread * people / (people - 1)) / sums["m"]
    half = norm.ppf(0.5 + confidence / 2) * error
    return Estimate(*(float(per * x) for x in (rate, rate - half, rate + half)))


def difference(first: Estimate, second: Estimate) -> Estimate:
    """Return the difference of two independent estimates from their own intervals.

    Squares of the distances to the limits are added (Newcombe 1998, Statistics in Medicine 17:873-890,
    method 10, where both are shares with Wilson intervals).
    """
    value = first.value - second.value
    if None in (first.low, first.high, second.low, second.high):
        return Estimate(value)
    below = np.hypot(first.value - first.low, second.high - second.value)
    above = np.hypot(first.high - first.value, second.value - second.low)
    return Estimate(value, float(value - below), float(value + above))
