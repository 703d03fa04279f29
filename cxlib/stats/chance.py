"""What chance alone explains of net promoter scores: limits over time, and scores of groups."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cxlib.estimate import Z95
from cxlib.stats.intervals import net_score

__all__ = ["LEAST_TIMES", "control_limits", "p_of_equal_scores"]

LEAST_TIMES = 12
STANDARD_ERRORS = 3.0
RUN = 8


def control_limits(counts: ArrayLike) -> pd.DataFrame:
    """Return net promoter scores over time with control limits.

    Parameters
    ----------
    counts : array_like of int, shape (n_times, 3)
        Promoters, passives and detractors.

    Returns
    -------
    DataFrame
        One row per time: ``answers``, ``value``, ``low``, ``high``, ``mean``, ``lower``, ``upper``
        (points; limits NaN for fewer than 12 times) and ``signal`` ("", "outside", "run").
    """
    counts = np.asarray(counts, dtype=float)
    table = pd.DataFrame([net_score(*row) for row in counts], columns=["value", "low", "high"])
    n, pooled = counts.sum(axis=1), counts.sum(axis=0) / counts.sum()
    mean = pooled[0] - pooled[2]
    half = STANDARD_ERRORS * np.sqrt((pooled[0] + pooled[2] - mean**2) / n)
    half = half if len(counts) >= LEAST_TIMES else np.full(len(counts), np.nan)
    table = table.assign(answers=n.astype(int), mean=100 * mean)
    table["lower"] = np.maximum(-100, 100 * (mean - half))
    table["upper"] = np.minimum(100, 100 * (mean + half))
    outside = (table["value"] < table["lower"]) | (table["value"] > table["upper"])
    runs = _in_a_run(np.sign(table["value"] - table["mean"]).to_numpy()) & table["lower"].notna()
    table["signal"] = np.select([outside, runs], ["outside", "run"], "")
    return table


def _in_a_run(sides: np.ndarray) -> np.ndarray:
    """Return which times belong to eight or more in a row on one side."""
    starts = np.flatnonzero(np.diff(sides, prepend=np.nan) != 0)
    lengths = np.diff(np.append(starts, sides.size))
    return np.repeat((lengths >= RUN) & (sides[starts] != 0), lengths)


def p_of_equal_scores(table: pd.DataFrame) -> float:
    """Return the p value of equal scores in all groups (chi-squared of the standardised deviations).

    Parameters
    ----------
    table : DataFrame
        One row per group: ``value`` and its 95 % limits ``low`` and ``high``; groups independent.
    """
    from scipy.stats import chi2

    weights = 1 / ((table["high"] - table["low"]) / (2 * Z95)) ** 2
    mean = (weights @ table["value"]) / weights.sum()
    return float(chi2.sf(weights @ (table["value"] - mean) ** 2, len(table) - 1))
