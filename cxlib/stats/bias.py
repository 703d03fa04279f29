"""How far those who answer differ from everybody: on counts and sums, without any dataset."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import chi2, norm

from cxlib.estimate import Estimate
from cxlib.stats.comparison import share_difference

__all__ = ["event_rate", "standardised_differences", "yearly_rate"]


def standardised_differences(
    answered: ArrayLike, everybody: ArrayLike, *, confidence: float = 0.95
) -> pd.DataFrame:
    """Compare the shares of the levels of one variable among those who answered and among everybody.

    The standardised difference is the difference of two shares divided by the square root of the
    mean of their variances p (1 - p), so that it does not grow with the sample (Austin 2009,
    Statistics in Medicine 28:3083-3107, who takes 0.1 for negligible). Those who answered are a part of
    everybody, so chance can only move the comparison with the others: the interval is Newcombe's of the
    difference to them, so much smaller as they are a part of everybody, and takes the divisor as fixed.

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
    scale = np.sqrt((share * (1 - share) + share_all * (1 - share_all)) / 2)
    scale = np.where(scale > 0, scale, np.inf)
    limits = np.zeros((len(answered), 2))
    if total > n:
        rest = everybody - answered
        limits = (1 - n / total) * np.array(
            [
                share_difference(k, n, other, total - n, confidence=confidence)[1:]
                for k, other in zip(answered, rest, strict=True)
            ]
        )
    return pd.DataFrame(
        {
            "share": share,
            "share_all": share_all,
            "value": (share - share_all) / scale,
            "low": limits[:, 0] / scale,
            "high": limits[:, 1] / scale,
        }
    )


def event_rate(people: int, sums: pd.Series, *, per: float = 12.0, confidence: float = 0.95) -> Estimate:
    """Return events per person and time with limits above zero, the person being the unit of chance.

    The exact interval of a Poisson count (Garwood 1936, Biometrika 28:437-442) at the effective number
    of events: events divided by how much more they vary between people than independent events would.
    Without any event it is that of none.

    Parameters
    ----------
    people, sums, per, confidence
        As in :func:`yearly_rate`, `x` being events.

    Raises
    ------
    ValueError
        If there are no months.
    """
    rate = yearly_rate(people, sums, per=per, confidence=confidence)
    events, dispersion = float(sums["x"]), 1.0
    if events > 0 and people > 1:
        share = events / sums["m"]
        spread = sums["xx"] - 2 * share * sums["xm"] + share**2 * sums["mm"]
        dispersion = max(1.0, float(spread) * people / (people - 1) / events)
    effective, each = events / dispersion, per * dispersion / sums["m"]
    low = float(chi2.ppf((1 - confidence) / 2, 2 * effective)) / 2 if events > 0 else 0.0
    high = float(chi2.ppf((1 + confidence) / 2, 2 * effective + 2)) / 2
    return Estimate(rate.value, float(low * each), float(high * each))


def yearly_rate(people: int, sums: pd.Series, *, per: float = 12.0, confidence: float = 0.95) -> Estimate:
    """Return money per person and time, the person being the unit of chance.

    Without limits where all people are alike, or one is alone: then nothing tells their spread.

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
    if people < 2 or spread <= 1e-12 * sums["xx"]:
        return Estimate(float(per * rate))
    error = np.sqrt(spread * people / (people - 1)) / sums["m"]
    half = norm.ppf(0.5 + confidence / 2) * error
    return Estimate(*(float(per * x) for x in (rate, rate - half, rate + half)))
