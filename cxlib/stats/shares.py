"""Shares who left by number of experiences, from counts; groups too small to show are put together."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.stats.intervals import wilson

__all__ = ["capped", "largest_shown", "shares_by_experience"]


def capped(counts: pd.DataFrame, most: int) -> pd.DataFrame:
    """Put all counts from `most` on together: sums, and ``highest``, the largest count of each group."""
    capped = counts.assign(experiences=counts["experiences"].clip(upper=most))
    groups = capped.groupby("experiences", as_index=False).sum().astype(float)
    highest = counts["experiences"].groupby(capped["experiences"]).max()
    return groups.assign(highest=highest.to_numpy())


def largest_shown(counts: pd.DataFrame, least: int) -> int:
    """Return the number from which on counts are put together, so that each group is large enough."""
    counts = counts.set_index("experiences")["customers"]
    for most in sorted(counts.index, reverse=True):
        capped = counts.groupby(counts.index.to_series().clip(upper=most)).sum()
        if (capped >= least).all():
            return int(most)
    return int(counts.index.min())


def shares_by_experience(counts: pd.DataFrame, *, open_from: int | None = None) -> pd.DataFrame:
    """Return the naive table from counts.

    Parameters
    ----------
    counts : DataFrame
        As made by :func:`capped`; one row per number of experiences, ascending: ``experiences``,
        ``highest``, ``customers``, ``gone`` and, where known, ``months_observed`` (sum over customers).
    open_from : int, optional
        A number that is written as "2+" even where nobody has more. Others are where somebody has.
    """
    limits = [wilson(row.gone, row.customers) for row in counts.itertuples()]
    is_open = (counts["highest"] > counts["experiences"]) | (counts["experiences"] == open_from)
    names = [f"{int(k)}{'+' * more}" for k, more in zip(counts["experiences"], is_open, strict=True)]
    table = counts.drop(columns="highest").assign(experiences=names)
    table[["share", "low", "high"]] = np.array(limits)
    if "months_observed" in counts:
        table["months_observed"] = counts["months_observed"] / counts["customers"]
    return table.astype({"customers": int, "gone": int}).reset_index(drop=True)
