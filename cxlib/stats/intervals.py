"""Intervals for shares, net promoter scores and means, on counts and plain arrays.

Shares are 0-1 and net scores are points from -100 to 100. Every function returns an
:class:`~cxlib.result.Estimate` (value, low, high). Answers enter as counts wherever that is
enough, so that the engine can count millions of them and hand over a few numbers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm, t

from cxlib.estimate import Estimate

__all__ = [
    "Difference",
    "adjusted_error",
    "adjusted_net_score",
    "clopper_pearson",
    "clustered_mean",
    "clustered_share",
    "design_effect",
    "jeffreys",
    "net_score",
    "net_score_difference",
    "net_score_wald",
    "wilson",
]

EXTRA_AT_THE_ENDS = 0.75
EXTRA_ANSWERS = 3.0


def wilson(successes: float, n: float, *, confidence: float = 0.95) -> Estimate:
    """Return a share with Wilson's score interval, the kit's default for shares.

    Parameters
    ----------
    successes, n : float
        Counts with 0 <= successes <= n and n > 0; `n` may be an effective sample size.
    confidence : float
        Level of the interval, 0-1.

    Raises
    ------
    ValueError
        If the counts are impossible.

    Examples
    --------
    >>> print("{:.1%} [{:.1%}, {:.1%}]".format(*wilson(9, 30)))
    30.0% [16.7%, 47.9%]
    """
    return _share(successes, n, "wilson", confidence)


def jeffreys(successes: float, n: float, *, confidence: float = 0.95) -> Estimate:
    """Return a share with Jeffreys' interval, for small samples. Parameters as in `wilson`."""
    return _share(successes, n, "jeffreys", confidence)


def clopper_pearson(successes: float, n: float, *, confidence: float = 0.95) -> Estimate:
    """Return a share with the interval of guaranteed coverage. Parameters as in `wilson`."""
    return _share(successes, n, "beta", confidence)


def _share(successes: float, n: float, method: str, confidence: float) -> Estimate:
    from statsmodels.stats.proportion import proportion_confint

    if not 0 <= successes <= n or n <= 0:
        raise ValueError(f"A share needs 0 <= successes <= n and n > 0; got {successes} of {n}.")
    low, high = proportion_confint(successes, n, alpha=1 - confidence, method=method)
    value = successes / n
    return Estimate(value, float(min(low, value)), float(max(high, value)))


def design_effect(answers: ArrayLike, successes: ArrayLike, clusters: ArrayLike) -> float:
    """Return the variance of a share against independent answers, customers being clusters.

    Parameters
    ----------
    answers, successes : array_like of shape (n_kinds,)
        Answers and successes of one customer of each kind.
    clusters : array_like of shape (n_kinds,)
        Number of customers of each kind.

    Returns
    -------
    float
        At least 1: an estimate below 1 is noise and would only narrow the interval. Where all answers
        are alike, or one customer's, nothing tells how alike a customer's answers are: then the largest
        that there can be, as if each customer always answered alike.
    """
    answers, successes, clusters = (np.asarray(x, dtype=float) for x in (answers, successes, clusters))
    n, groups = float(answers @ clusters), float(clusters.sum())
    share = float(successes @ clusters) / n
    if share in (0.0, 1.0) or groups < 2:
        return float(answers**2 @ clusters) / n
    residuals = successes - share * answers
    clustered = float(clusters @ residuals**2) / n**2 * groups / (groups - 1)
    return max(1.0, clustered / (share * (1 - share) / n))


def clustered_share(
    answers: ArrayLike, successes: ArrayLike, clusters: ArrayLike, *, confidence: float = 0.95
) -> Estimate:
    """Return a share with Wilson's interval at n / design effect. Arrays as in `design_effect`.

    Raises
    ------
    ValueError
        If there is no answer.
    """
    answers, successes, clusters = (np.asarray(x, dtype=float) for x in (answers, successes, clusters))
    effect = design_effect(answers, successes, clusters) if answers.size else 1.0
    return wilson(
        float(successes @ clusters) / effect, float(answers @ clusters) / effect, confidence=confidence
    )


def net_score(promoters: float, passives: float, detractors: float, *, confidence: float = 0.95) -> Estimate:
    """Return the net promoter score with the adjusted Wald interval, the kit's default.

    The value is the plain score; the interval is that of :func:`adjusted_net_score`.

    Parameters
    ----------
    promoters, passives, detractors : float
        Counts of answers 9-10, 7-8 and 0-6.

    Raises
    ------
    ValueError
        If there is no answer.

    Examples
    --------
    >>> print("{:.0f} points [{:.1f}, {:.1f}]".format(*net_score(50, 30, 20)))
    30 points [14.1, 44.2]
    """
    _, low, high = adjusted_net_score(promoters, passives, detractors, confidence=confidence)
    value, _ = _net_score_and_error(promoters, passives, detractors)
    return Estimate(value, min(low, value), max(high, value))


def adjusted_net_score(
    promoters: float, passives: float, detractors: float, *, confidence: float = 0.95
) -> Estimate:
    """Return the adjusted Wald centre and limits: three pseudo-answers, a quarter at either end.

    Source: Rocks (2016), The American Statistician 70(4). Limits are clipped to [-100, 100].
    Parameters and errors as in :func:`net_score`.
    """
    return net_score_wald(*_with_extra(promoters, passives, detractors), confidence=confidence)


def adjusted_error(promoters: float, passives: float, detractors: float) -> float:
    """Return the standard error in points of :func:`adjusted_net_score`, never 0. Counts as there."""
    return _net_score_and_error(*_with_extra(promoters, passives, detractors))[1]


def _with_extra(promoters: float, passives: float, detractors: float) -> tuple[float, float, float]:
    _net_score_and_error(promoters, passives, detractors)
    middle = EXTRA_ANSWERS - 2 * EXTRA_AT_THE_ENDS
    return promoters + EXTRA_AT_THE_ENDS, passives + middle, detractors + EXTRA_AT_THE_ENDS


def net_score_wald(
    promoters: float, passives: float, detractors: float, *, confidence: float = 0.95
) -> Estimate:
    """Return the net promoter score with the plain Wald interval, clipped to [-100, 100].

    Parameters and errors as in :func:`net_score`.
    """
    value, error = _net_score_and_error(promoters, passives, detractors)
    half = norm.ppf(0.5 + confidence / 2) * error
    return Estimate(value, float(max(-100.0, value - half)), float(min(100.0, value + half)))


def _net_score_and_error(promoters: float, passives: float, detractors: float) -> tuple[float, float]:
    n = promoters + passives + detractors
    if n <= 0 or min(promoters, passives, detractors) < 0:
        raise ValueError(
            f"A net promoter score needs answers; got {promoters}, {passives} and {detractors} "
            "promoters, passives and detractors."
        )
    up, down = promoters / n, detractors / n
    return 100 * (up - down), 100 * float(np.sqrt((up + down - (up - down) ** 2) / n))


class Difference(NamedTuple):
    """Difference of two net promoter scores in points, with its interval and test."""

    value: float
    low: float
    high: float
    error: float
    z: float
    p: float


def net_score_difference(
    first: tuple[float, float, float], second: tuple[float, float, float], *, confidence: float = 0.95
) -> Difference:
    """Compare two independent net promoter scores (first minus second).

    Parameters
    ----------
    first, second : tuple of float
        Promoters, passives and detractors of either sample.

    Raises
    ------
    ValueError
        If a sample has no answer, or every answer of both is alike (no error to compare with).
    """
    (one, error_one), (two, error_two) = _net_score_and_error(*first), _net_score_and_error(*second)
    value, error = one - two, float(np.hypot(error_one, error_two))
    if error == 0:
        raise ValueError(f"Samples {first} and {second} do not vary; their scores cannot be compared.")
    half = float(norm.ppf(0.5 + confidence / 2)) * error
    z = value / error
    return Difference(value, value - half, value + half, error, z, float(2 * norm.sf(abs(z))))


def clustered_mean(
    answers: ArrayLike,
    totals: ArrayLike,
    clusters: ArrayLike,
    *,
    squares: float,
    bounds: tuple[float, float],
    confidence: float = 0.95,
) -> Estimate:
    """Return the mean of answers on a scale, customers being clusters, with its t interval.

    The error is that of customers' totals, with as many degrees of freedom as there are customers less
    one, and never below that of independent answers. Where all answers are alike (or one customer's),
    their spread tells nothing: of so many customers at most the share of Clopper and Pearson's upper
    limit for none can answer otherwise, and the interval is what such answers at either end of the
    scale make of the mean.

    Parameters
    ----------
    answers, totals : array_like of shape (n_kinds,)
        Number and sum of the answers of one customer of each kind.
    clusters : array_like of shape (n_kinds,)
        Number of customers of each kind.
    squares : float
        Sum of the squared distances of all answers from their mean.
    bounds : tuple of float
        Ends of the scale.
    confidence : float
        Level of the interval, 0-1.

    Raises
    ------
    ValueError
        If there is no answer.
    """
    answers, totals, clusters = (np.asarray(x, dtype=float) for x in (answers, totals, clusters))
    n, groups = float(answers @ clusters), float(clusters.sum())
    if n < 1:
        raise ValueError(f"A mean needs answers; got {n:g}.")
    value = float(totals @ clusters) / n
    if squares <= 1e-9 * n or groups < 2:
        others = clopper_pearson(0, n**2 / float(answers**2 @ clusters), confidence=confidence).high
        return Estimate(value, *(value + others * (end - value) for end in bounds))
    among = float(clusters @ (totals - value * answers) ** 2) / n**2 * groups / (groups - 1)
    error = max(among, squares / (n - 1) / n) ** 0.5
    half = float(t.ppf(0.5 + confidence / 2, groups - 1)) * error
    return Estimate(value, max(bounds[0], value - half), min(bounds[1], value + half))
