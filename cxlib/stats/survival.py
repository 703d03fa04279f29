"""Kaplan-Meier and log-rank from counts: how many were at risk and how many left, by time.

Counts are all these estimators need, so the engine counts and no row per customer or month is
ever built. Delayed entry (customers seen only from some tenure on) is a matter of counting:
a customer is at risk at the times after entry up to exit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import beta, chi2, norm

from cxlib.errors import ModelError
from cxlib.estimate import Estimate
from cxlib.language import number, say
from cxlib.stats.intervals import wilson

__all__ = [
    "LogRank",
    "beta_product_lower",
    "bounded",
    "kaplan_meier",
    "life_table",
    "log_rank",
    "median",
    "survival_at",
]

TOLERANCE = 1e-9
FEW_AT_RISK = 100


def life_table(
    exit: ArrayLike,
    left: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    counts: ArrayLike | None = None,
    times: ArrayLike | None = None,
) -> pd.DataFrame:
    """Count who was at risk and who left at each time.

    Parameters
    ----------
    exit : array_like of int or float, shape (n_kinds,)
        Last time seen.
    left : array_like of bool, shape (n_kinds,)
        Whether the last time seen is a leave (else it is censored).
    entry : array_like, optional
        Time after which the customer is at risk (default: 0 for all; -1 where one can leave at time 0).
        Kinds with exit <= entry are never at risk and are left out.
    counts : array_like, optional
        Customers of each kind (default: one each).
    times : array_like, optional
        Ascending times to count at, among them every exit (default: the exits).

    Returns
    -------
    DataFrame
        One row per time, ascending: ``time``, ``at_risk``, ``events``, ``censored``.

    Raises
    ------
    ModelError
        If nobody is ever at risk.
    """
    exit, left = np.asarray(exit), np.asarray(left, dtype=bool)
    entry = np.zeros_like(exit) if entry is None else np.asarray(entry)
    counts = np.ones(exit.shape) if counts is None else np.asarray(counts, dtype=float)
    seen = exit > entry
    if not counts[seen].sum():
        raise ModelError(say("Nobody is at risk at any time; a survival curve needs customers."))
    exit, left, entry, counts = exit[seen], left[seen], entry[seen], counts[seen]
    times = np.unique(exit) if times is None else np.asarray(times)
    position = np.searchsorted(times, exit)
    events = np.bincount(position, weights=counts * left, minlength=times.size)
    all_exits = np.bincount(position, weights=counts, minlength=times.size)
    begins = np.bincount(np.searchsorted(times, entry, side="right"), counts, minlength=times.size)
    at_risk = np.cumsum(begins) - np.concatenate([[0.0], np.cumsum(all_exits)[:-1]])
    return pd.DataFrame({"time": times, "at_risk": at_risk, "events": events, "censored": all_exits - events})


def kaplan_meier(
    at_risk: ArrayLike, events: ArrayLike, *, interval: str = "log-log", confidence: float = 0.95
) -> pd.DataFrame:
    """Estimate the share still there after each time, with Greenwood's error.

    Parameters
    ----------
    at_risk, events : array_like of shape (n_times,)
        Counts at ascending times.
    interval : {"log-log", "log"}
        Scale on which the interval is symmetric; "log-log" stays within 0-1.
    confidence : float
        Level of the interval, 0-1.

    Returns
    -------
    DataFrame
        One row per time: ``survival``, ``error``, ``low``, ``high`` (shares 0-1); limits are NaN
        where nobody has left yet or everybody has.

    Raises
    ------
    ValueError
        For an unknown interval, or more events than customers at risk.

    Examples
    --------
    Of 100 customers 10 leave in the first month and 20 have been there for no longer; 7 of the others
    leave in the second.

    >>> print(kaplan_meier([100, 70], [10, 7]).round(3))
       survival  error    low   high
    0      0.90  0.030  0.822  0.945
    1      0.81  0.042  0.711  0.878
    """
    at_risk, events = np.asarray(at_risk, dtype=float), np.asarray(events, dtype=float)
    if interval not in _LIMITS:
        raise ValueError(f"Interval {interval!r} is not known; choose one of {', '.join(_LIMITS)}.")
    if (events > at_risk).any():
        raise ValueError("More customers leave than are at risk; check entry and exit.")
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = np.cumprod(np.where(at_risk > 0, 1 - events / at_risk, 1.0))
        steps = np.where(events > 0, events / (at_risk * (at_risk - events)), 0.0)
        spread = np.sqrt(np.cumsum(steps))
        low, high = _LIMITS[interval](survival, spread, float(norm.ppf(0.5 + confidence / 2)))
        error = np.where(survival > 0, survival * spread, 0.0)
    unknown = (survival >= 1) | (survival <= 0)
    return pd.DataFrame(
        {
            "survival": survival,
            "error": error,
            "low": np.where(unknown, np.nan, low),
            "high": np.where(unknown, np.nan, high),
        }
    )


def beta_product_lower(
    at_risk: ArrayLike, events: ArrayLike, after: ArrayLike, *, confidence: float = 0.95
) -> np.ndarray:
    """Return lower limits of the share still there that hold however few are followed to the end.

    Parameters
    ----------
    at_risk, events : array_like of shape (n_times,)
        Counts at ascending times, as in :func:`kaplan_meier`.
    after : array_like of shape (n_times,)
        Customers followed beyond each time; 0 gives the limit 0.
    confidence : float
        Of the two-sided interval, 0-1.

    Notes
    -----
    Fay, Brittain and Proschan 2013, method of moments; without censoring it is the limit of Clopper
    and Pearson.

    Examples
    --------
    Of 10 customers one leaves at once; 9 are followed.

    >>> print(beta_product_lower([10], [1], [9]).round(4))
    [0.555]
    """
    at_risk, events, after = (np.asarray(x, dtype=float) for x in (at_risk, events, after))
    total = np.maximum(at_risk, events) + 1
    stays = total - events
    mean = np.cumprod(np.where(events > 0, stays / total, 1.0))
    square = np.cumprod(np.where(events > 0, stays * (stays + 1) / (total * (total + 1)), 1.0))
    reach = np.maximum(after, 1.0)
    mean, square = mean * reach / (reach + 1), square * reach / (reach + 2)
    size = mean * (mean - square) / (square - mean**2)
    low = beta.ppf((1 - confidence) / 2, size, size * (1 - mean) / mean)
    return np.where(after > 0, low, 0.0)


def bounded(curve: pd.DataFrame, at_risk: ArrayLike, events: ArrayLike) -> pd.DataFrame:
    """Return a curve of :func:`kaplan_meier` with limits that hold also where few, or all alike, are seen.

    Greenwood's error is zero where nobody, or everybody, has left. Wilson's limit for none of those at
    risk at that time stands in; who was at risk earlier but not then is not counted, so it is rather too
    wide. With fewer than 100 at risk the lower limit is at least as low as :func:`beta_product_lower`.

    Parameters
    ----------
    curve : DataFrame
    at_risk, events : array_like of shape (n_times,)
        Customers at risk and leaving at each time, of which `curve` was made.
    """
    share, at_risk, events = curve["survival"].to_numpy(), *(np.asarray(x, float) for x in (at_risk, events))
    known = curve[["low", "high"]].notna().all(axis=1).to_numpy() | (at_risk <= 0)
    reach = np.array([0.0 if k else wilson(0, n).high for k, n in zip(known, at_risk, strict=True)])
    low = np.where(known, curve["low"], np.maximum(0.0, share - reach))
    few = known & (at_risk > 0) & (at_risk < FEW_AT_RISK)
    safe = beta_product_lower(at_risk, events, at_risk - events)
    return curve.assign(
        low=np.where(few, np.fmin(low, safe), low),
        high=np.where(known, curve["high"], np.minimum(1.0, share + reach)),
    )


def _log_log(survival: np.ndarray, spread: np.ndarray, z: float) -> tuple[np.ndarray, np.ndarray]:
    factor = np.exp(z * spread / np.log(survival))
    return survival ** (1 / factor), survival**factor


def _log(survival: np.ndarray, spread: np.ndarray, z: float) -> tuple[np.ndarray, np.ndarray]:
    return survival * np.exp(-z * spread), np.minimum(1.0, survival * np.exp(z * spread))


_LIMITS = {"log-log": _log_log, "log": _log}


def survival_at(time: float, times: ArrayLike, curve: pd.DataFrame) -> Estimate:
    """Read the share still there after `time` off a curve of :func:`kaplan_meier`.

    Parameters
    ----------
    time : float
        Between the first time with a risk set and the last of `times`.
    times : array_like of shape (n_times,)
        Ascending times, one per row of `curve`.

    Raises
    ------
    ModelError
        If `time` lies beyond the last time seen.
    """
    times = np.asarray(times)
    if time > times[-1]:
        raise ModelError(
            say(
                "The survival curve ends at time {last}; nothing is known about time {time}.",
                last=number(times[-1]),
                time=number(time),
            )
        )
    place = int(np.searchsorted(times, time, side="right")) - 1
    if place < 0:
        return Estimate(1.0)
    row = curve.iloc[place]
    limits = (None if np.isnan(x) else float(x) for x in (row["low"], row["high"]))
    return Estimate(float(row["survival"]), *limits)


def median(times: ArrayLike, curve: pd.DataFrame) -> Estimate:
    """Return the time by which half have left, its limits read off the curve's interval.

    Where the curve is one half over a stretch of time and falls later, the middle of the stretch, as R's
    ``survfit`` has it. A value or limit the curve never reaches is NaN (value) or None (limits).

    Examples
    --------
    Of four customers one leaves in each of the first four months: half of them are here from month 2 to 3.

    >>> median([1, 2, 3, 4], kaplan_meier([4, 3, 2, 1], [1, 1, 1, 1])).value
    2.5
    """
    value = _half(times, curve["survival"])
    low, high = (_half(times, curve[name]) for name in ("low", "high"))
    return Estimate(value, *(None if np.isnan(x) else x for x in (low, high)))


def _half(times: ArrayLike, shares: pd.Series) -> float:
    # A product of fractions misses one half by rounding: half of 24 comes out as .5000000000000001.
    reached, passed = (np.flatnonzero(shares.to_numpy() < 0.5 + side) for side in (TOLERANCE, -TOLERANCE))
    if not reached.size:
        return float("nan")
    times = np.asarray(times)
    return float(times[reached[0]] + times[passed[0] if passed.size else reached[0]]) / 2


class LogRank(NamedTuple):
    """Test that several groups leave at the same pace."""

    statistic: float
    degrees: int
    p: float


def log_rank(at_risk: ArrayLike, events: ArrayLike) -> LogRank:
    """Test whether groups leave at the same pace (log-rank).

    Parameters
    ----------
    at_risk, events : array_like of shape (n_groups, n_times)
        Counts of each group at the same ascending times; delayed entry is in the counts.

    Raises
    ------
    ModelError
        If nobody leaves.
    ValueError
        If there are fewer than two groups.
    """
    at_risk, events = np.asarray(at_risk, dtype=float), np.asarray(events, dtype=float)
    if at_risk.ndim != 2 or at_risk.shape[0] < 2:
        raise ValueError(f"A log-rank test needs two groups or more; got counts of shape {at_risk.shape}.")
    if not events.sum():
        raise ModelError(say("Nobody left, so the pace at which the groups leave cannot be compared."))
    total, left = at_risk.sum(axis=0), events.sum(axis=0)
    used = (total > 1) & (left > 0)
    share = at_risk[:, used] / total[used]
    difference = (events[:, used] - share * left[used]).sum(axis=1)
    spread = left[used] * (total[used] - left[used]) / (total[used] - 1)
    covariance = np.diag(share @ spread) - (share * spread) @ share.T
    statistic = float(difference @ np.linalg.pinv(covariance) @ difference)
    degrees = at_risk.shape[0] - 1
    return LogRank(statistic, degrees, float(chi2.sf(statistic, degrees)))
