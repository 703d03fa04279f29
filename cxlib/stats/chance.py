"""What chance alone explains of scores: limits over time, a steady change, and scores of groups.

A report looks at a trend in two ways, at its single months and at the line through them. Both share
one rate of false alarms: in at most :data:`FALSE_ALARMS_OF_MONTHS` of the reports on a score that
moves by chance alone some month lies outside its limits, in at most
:data:`FALSE_ALARMS_OF_A_CHANGE` a steady change is claimed; 5 % together.

Months may differ by more than the chance of who answered (another mix of customers, the season). This
further spread is estimated and added to the variance of each month. Laney (2002, Quality Engineering
14:531-537) multiplies the limits instead, by the moving range of the standardised scores; that is the
same where all months have equally many answers, and too narrow for a large wave among small months.
Small months cannot tell how much large ones differ, so no month counts for more than three of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.stats import chi2, norm, t

from cxlib.stats.intervals import EXTRA_ANSWERS, EXTRA_AT_THE_ENDS, net_score

__all__ = [
    *("FALSE_ALARMS_OF_A_CHANGE", "FALSE_ALARMS_OF_MONTHS", "LEAST_TIMES", "POWER"),
    *("SteadyChange", "control_limits", "covariance_of_shares", "p_of_equal_values", "steady_change"),
]

LEAST_TIMES = 12
FALSE_ALARMS_OF_MONTHS = 0.02
FALSE_ALARMS_OF_A_CHANGE = 0.03
POWER = 0.8
MOST_TIMES_THE_MEDIAN = 3.0
# Mean distance of two independent values of a normal distribution with standard deviation 1.
MEAN_RANGE = 2 / np.pi**0.5
DRAWS = 20_000


class SteadyChange(NamedTuple):
    """A line through scores over time.

    Attributes
    ----------
    value, low, high : float
        Change from the first time to the last along the line, in points; the interval at the level
        1 - :data:`FALSE_ALARMS_OF_A_CHANGE`.
    detectable : float
        The change, up or down, that is told from chance in :data:`POWER` of all cases.
    line : ndarray, shape (n_times,)
        Points on the line.
    """

    value: float
    low: float
    high: float
    detectable: float
    line: np.ndarray


def _scores(counts: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return scores and the variances that chance gives them, all times having the same true shares."""
    counts = np.asarray(counts, dtype=float)
    n = counts.sum(axis=1)
    # Three answers more, as for the interval of a score, so that answers all alike have a variance.
    total = counts.sum(axis=0) + (EXTRA_AT_THE_ENDS, EXTRA_ANSWERS - 2 * EXTRA_AT_THE_ENDS, EXTRA_AT_THE_ENDS)
    up, _, down = total / total.sum()
    counted = np.minimum(n, MOST_TIMES_THE_MEDIAN * np.median(n))
    return 100 * (counts[:, 0] - counts[:, 2]) / n, 1e4 * (up + down - (up - down) ** 2) / counted


def _further_variance(spread: Callable[[float], float], scores: np.ndarray) -> float:
    """Return the variance between times at which `spread` (1 under chance) falls to 1, or 0."""
    most = float(np.ptp(scores)) ** 2
    if spread(0.0) <= 1 or spread(most) >= 1:
        return 0.0 if spread(0.0) <= 1 else most
    return float(brentq(lambda variance: spread(variance) - 1, 0.0, most))


def control_limits(counts: ArrayLike) -> pd.DataFrame:
    """Return net promoter scores over time with control limits.

    The month farthest from the mean has no part in the spread between months, or it would hide itself.

    Parameters
    ----------
    counts : array_like of int, shape (n_times, 3)
        Promoters, passives and detractors.

    Returns
    -------
    DataFrame
        One row per time: ``answers``, ``value``, ``low``, ``high``, ``mean``, ``lower``, ``upper``
        (points; limits NaN for fewer than 12 times), ``detectable`` (how far from the mean the time would
        have to lie truly to be outside the limits in :data:`POWER` of all cases) and ``signal`` ("",
        "outside").
    """
    counts = np.asarray(counts, dtype=float)
    table = pd.DataFrame([net_score(*row) for row in counts], columns=["value", "low", "high"])
    scores, chance = _scores(counts)

    def standardised(further: float) -> np.ndarray:
        variance = chance + further
        mean = np.average(scores, weights=1 / variance)
        return (scores - mean) / np.sqrt(variance)

    further, spread, errors = 0.0, 1.0, np.nan
    if len(scores) >= LEAST_TIMES:
        further = _further_variance(lambda extra: float(_spread(standardised(extra))), scores)
        spread = float(_spread(standardised(further)))
        errors = _standard_errors(len(scores), spread)
    variance = chance + further
    mean, half = np.average(scores, weights=1 / variance), np.sqrt(variance) * errors
    table = table.assign(answers=counts.sum(axis=1).astype(int), mean=mean)
    table["lower"], table["upper"] = np.maximum(-100, mean - half), np.minimum(100, mean + half)
    table["detectable"] = half + norm.ppf(POWER) * np.sqrt(variance) * max(1.0, spread)
    outside = (table["value"] < table["lower"]) | (table["value"] > table["upper"])
    return table.assign(signal=np.where(outside, "outside", ""))


def _spread(standardised: np.ndarray) -> np.ndarray:
    """Return the standard deviation of values by their moving ranges, without the value farthest off."""
    farthest = np.abs(standardised).argmax(axis=-1)[..., None]
    others = np.arange(standardised.shape[-1] - 1)
    others = others + (others >= farthest)
    kept = np.take_along_axis(standardised, others, axis=-1)
    return np.abs(np.diff(kept, axis=-1)).mean(axis=-1) / MEAN_RANGE


def _standard_errors(times: int, spread: float) -> float:
    """Return how many standard errors the limits lie from the mean."""
    return max(float(norm.isf(FALSE_ALARMS_OF_MONTHS / 2 / times)), _largest_deviation(times) * spread)


@cache
def _largest_deviation(times: int) -> float:
    """Return the largest of so many deviations, in units of their estimated spread, that chance allows."""
    draws = np.random.default_rng(times).standard_normal((DRAWS, times))
    draws -= draws.mean(axis=1, keepdims=True)
    largest = np.abs(draws).max(axis=1) / _spread(draws)
    return float(np.quantile(largest, 1 - FALSE_ALARMS_OF_MONTHS))


def steady_change(times: ArrayLike, counts: ArrayLike) -> SteadyChange:
    """Fit a line through net promoter scores over time.

    A random-effects regression (Thompson and Higgins 2002, Statistics in Medicine 21:1559-1573; Paule and
    Mandel's variance between times) with the t interval of Knapp and Hartung (2003, Statistics in
    Medicine 22:2693-2710), never narrower than chance makes it.

    Parameters
    ----------
    times : array_like of int, shape (n_times,)
        Rising; need not be in a row.
    counts : array_like of int, shape (n_times, 3)
        Promoters, passives and detractors.

    Raises
    ------
    ValueError
        For fewer than 12 times.
    """
    times = np.asarray(times, dtype=float)
    if len(times) < LEAST_TIMES:
        raise ValueError(f"A steady change needs {LEAST_TIMES} times or more; got {len(times)}.")
    scores, chance = _scores(counts)
    freedom = len(times) - 2

    def spread(further: float) -> float:
        weights = 1 / (chance + further)
        return float(weights @ (scores - _line(times, scores, weights)[0]) ** 2 / freedom)

    further = _further_variance(spread, scores)
    line, error = _line(times, scores, 1 / (chance + further))
    ratio = spread(further) ** 0.5
    most = 1 - FALSE_ALARMS_OF_A_CHANGE / 2
    errors = max(float(norm.ppf(most)), float(t.ppf(most, freedom)) * ratio)
    error *= times[-1] - times[0]
    value, half = float(line[-1] - line[0]), errors * error
    detectable = half + float(norm.ppf(POWER)) * max(1.0, ratio) * error
    return SteadyChange(value, value - half, value + half, detectable, line)


def _line(times: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the points of the weighted line and the standard error of its slope, the weights being exact."""
    since = times - np.average(times, weights=weights)
    squares = weights @ since**2
    slope = weights @ (since * scores) / squares
    return np.average(scores, weights=weights) + slope * since, float(squares**-0.5)


def covariance_of_shares(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the covariance of shares of groups that hold answers of the same people.

    Parameters
    ----------
    pairs : DataFrame
        One row per two groups with people in common, in both orders, and per group with itself: ``first``,
        ``second``, ``people``; over these people, a being a person's answers and s the successes among
        them: ``a_first``, ``s_first`` (sums) and ``aa``, ``as``, ``sa``, ``ss`` (sums of products,
        the first group's factor first).

    Returns
    -------
    DataFrame
        Groups by groups. No variance is below that of independent answers, two successes and two failures
        added (Agresti and Coull 1998, The American Statistician 52:119-126).
    """
    own = pairs[pairs["first"] == pairs["second"]].set_index("first")
    n, successes = own["a_first"], own["s_first"]
    share = successes / n
    p, q = pairs["first"].map(share), pairs["second"].map(share)
    products = pairs["ss"] - q * pairs["sa"] - p * pairs["as"] + p * q * pairs["aa"]
    products /= pairs["first"].map(n) * pairs["second"].map(n)
    long = pairs[["first", "second"]].assign(product=products)
    covariance = long.pivot(index="first", columns="second", values="product").fillna(0.0)
    near = (successes + 2) / (n + 4)
    least = (near * (1 - near) / (n + 4)).loc[covariance.index].to_numpy()
    matrix = covariance.to_numpy(copy=True)
    many = own["people"].loc[covariance.index].to_numpy(dtype=float)
    among = np.diag(matrix) * many / np.maximum(many - 1, 1)
    np.fill_diagonal(matrix, np.maximum(among, least))
    return pd.DataFrame(matrix, index=covariance.index, columns=covariance.columns)


def p_of_equal_values(values: ArrayLike, covariance: ArrayLike) -> float:
    """Return the p value of one true value in all groups (Wald test).

    Parameters
    ----------
    values : array_like of shape (n_groups,)
        Two or more estimates.
    covariance : array_like of shape (n_groups, n_groups)
        Of the estimates; not diagonal where the same people are in several groups.
    """
    values, covariance = np.asarray(values, dtype=float), np.asarray(covariance, dtype=float)
    contrasts = np.eye(len(values))[1:] - np.eye(len(values))[0]
    differences = contrasts @ values
    statistic = differences @ np.linalg.solve(contrasts @ covariance @ contrasts.T, differences)
    return float(chi2.sf(statistic, len(differences)))
