"""Segments by month: whether a month with better retention brings more margin in the next.

A regression with an effect for each segment and for each month: what stays different between
segments and what moves for everybody are taken out, the rest is compared. The retention of a small
segment in one month is mostly chance, which pulls the slope towards zero; how much is computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS

from cxlib.chapters.profit.counts import MINIMUM_AT_RISK, Tenure, read_sql
from cxlib.contract.engine import name
from cxlib.errors import ModelError
from cxlib.estimate import Estimate

__all__ = ["MINIMUM_MONTHS", "MINIMUM_SEGMENTS", "SegmentFit", "fixed_effects", "segment_months"]

MINIMUM_SEGMENTS = 8
MINIMUM_MONTHS = 12
LARGEST_CROSSING = 200


@dataclass(frozen=True, eq=False)
class SegmentFit:
    """Regression of margin on the retention of the month before, within segments and months.

    Attributes
    ----------
    slope : Estimate
        Money per customer and month for 1.0 more monthly retention (so /100 for one point), 95 %
        interval clustered by segment with t quantiles; rough with fewer than about thirty segments.
    reliability : float
        Share of the differences in retention, after both effects, that is not binomial chance; at most 1,
        below 0 where there is less difference than chance alone gives. The slope is too small by this factor.
    segments, months : int
    fit : statsmodels RegressionResults
    """

    slope: Estimate
    reliability: float
    segments: int
    months: int
    fit: Any


def fixed_effects(frame: pd.DataFrame) -> SegmentFit:
    """Regress margin on retention with segment and month effects.

    Parameters
    ----------
    frame : DataFrame
        One row is one segment in one month: ``segment``, ``month``, ``margin`` (money per customer active
        at the start of the month), ``kept`` (share of the customers of the month before who were kept,
        0-1) and ``kept_of`` (customers that share rests on).

    Raises
    ------
    ModelError
        With fewer than 8 segments or 12 months, or retention that never differs.
    """
    segments, months = frame["segment"].nunique(), frame["month"].nunique()
    if segments < MINIMUM_SEGMENTS or months < MINIMUM_MONTHS:
        raise ModelError(
            f"The comparison needs {MINIMUM_SEGMENTS} segments and {MINIMUM_MONTHS} months; "
            f"there are {segments} segments and {months} months."
        )
    effects = pd.get_dummies(frame[["segment", "month"]].astype(str), dtype=float).drop(
        columns=f"month_{frame['month'].min()}"
    )
    spread = float((OLS(frame["kept"], effects).fit().resid ** 2).sum())
    if spread < 1e-12:
        raise ModelError("Retention never differs between segments and months beyond their own levels.")
    chance = (frame["kept"] * (1 - frame["kept"]) / (frame["kept_of"] - 1)).mean()
    free = len(frame) - effects.shape[1]
    groups = pd.factorize(frame["segment"])[0]
    fit = OLS(frame["margin"], effects.assign(kept=frame["kept"])).fit(
        cov_type="cluster", cov_kwds={"groups": groups}, use_t=True
    )
    low, high = fit.conf_int().loc["kept"]
    slope = Estimate(float(fit.params["kept"]), float(low), float(high))
    return SegmentFit(slope, float(1 - chance * free / spread), segments, months, fit)


def segment_months(ds: Any, tenure: Tenure) -> pd.DataFrame:
    """Return the rows of :func:`fixed_effects` for a dataset.

    Segments are the crossing of the controls of dataset.yaml and of segment, region and plan, as far as
    the customers have them; those with too few customers at risk in some month are left out.
    """
    wanted = dict.fromkeys([*ds.definitions.controls, "segment", "region", "plan"])
    keys = [column for column in wanted if ds.has("customers", column)]
    if not keys:
        return pd.DataFrame(columns=["segment", "month", "margin", "kept", "kept_of"])
    span = {"first": tenure.first_no, "last": tenure.last_no}
    named = ", ".join(f"c.{name(key)}" for key in keys)
    plain = ", ".join(name(key) for key in keys)
    lives = _segmented(ds.sql(read_sql("segment_lives").format(keys=plain), **span), keys)
    margins = _segmented(ds.sql(read_sql("segment_margins").format(keys=named), **span), keys)
    months = np.arange(span["first"], span["last"] + 1)
    parts = [
        _one_segment(segment, lives[lives.segment == segment], margins[margins.segment == segment], months)
        for segment in sorted(set(lives.segment))[:LARGEST_CROSSING]
    ]
    kept = [part for part in parts if part["active"].min() >= MINIMUM_AT_RISK]
    return pd.concat([part.iloc[1:] for part in kept] or [parts[0].head(0)], ignore_index=True)


def _segmented(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return the frame with the columns that make a segment joined into one."""
    known = frame.dropna(subset=keys)
    return known.assign(segment=known[keys].astype(str).agg(" / ".join, axis=1))


def _one_segment(
    segment: str, lives: pd.DataFrame, margins: pd.DataFrame, months: np.ndarray
) -> pd.DataFrame:
    """Return active customers, margin each, and the month before's retention, by calendar month."""
    first, size = months[0], len(months)
    came = np.bincount(lives.entry - first, lives.customers, size + 1)
    went = np.bincount(lives.leave - first + 1, lives.customers, size + 1)
    ended = np.bincount(lives.leave - first, lives.customers * lives.ended, size + 1)[:size]
    active = np.cumsum(came - went)[:size]
    margin = margins.set_index("month_no")["margin"].reindex(months, fill_value=0.0).to_numpy()
    frame = pd.DataFrame({"segment": segment, "month": months, "active": active, "margin": margin / active})
    frame["kept"] = pd.Series(1 - ended / active).shift()
    frame["kept_of"] = frame["active"].shift()
    return frame
