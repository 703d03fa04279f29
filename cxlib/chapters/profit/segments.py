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

from cxlib.chapters.profit.counts import Tenure
from cxlib.contract.engine import name
from cxlib.contract.queries import read_sql
from cxlib.dataset.dataset import Dataset
from cxlib.errors import ModelError
from cxlib.estimate import Estimate
from cxlib.language import count, say

__all__ = ["MOST_SEGMENTS", "SegmentFit", "Segments", "fixed_effects", "segment_months"]

MINIMUM_SEGMENTS = 8
MINIMUM_MONTHS = 12
MOST_SEGMENTS = 200
NO_DIFFERENCE = 1e-12
COLUMNS = ["segment", "month", "margin", "kept", "kept_of"]


@dataclass(frozen=True, eq=False)
class Segments:
    """What is compared, and what is left out of the comparison.

    Attributes
    ----------
    rows : DataFrame
        As :func:`fixed_effects` takes them.
    small : int
        Segments left out because too few customers were at risk in some month.
    beyond : int
        Segments large enough, left out as smaller than the :data:`MOST_SEGMENTS` largest.
    share : float
        Customer-months at risk in the segments compared, of all, those of customers whose segment is not
        known included; 0-1.
    """

    rows: pd.DataFrame
    small: int = 0
    beyond: int = 0
    share: float = 0.0


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
            say(
                "Comparing segments month by month needs at least {segments} large enough segments and "
                "{months} months; there are {found} segments and {watched} months.",
                segments=count(MINIMUM_SEGMENTS),
                months=count(MINIMUM_MONTHS),
                found=count(segments),
                watched=count(months),
            )
        )
    effects = pd.get_dummies(frame[["segment", "month"]].astype(str), dtype=float).drop(
        columns=f"month_{frame['month'].min()}"
    )
    reliability = _reliability(frame, effects)
    groups = pd.factorize(frame["segment"])[0]
    fit = OLS(frame["margin"], effects.assign(kept=frame["kept"])).fit(
        cov_type="cluster", cov_kwds={"groups": groups}, use_t=True
    )
    low, high = fit.conf_int().loc["kept"]
    slope = Estimate(float(fit.params["kept"]), float(low), float(high))
    return SegmentFit(slope, reliability, segments, months, fit)


def _reliability(frame: pd.DataFrame, effects: pd.DataFrame) -> float:
    """Return the share of the differences in retention, after both effects, that is not chance."""
    spread = float((OLS(frame["kept"], effects).fit().resid ** 2).sum())
    if spread < NO_DIFFERENCE:
        raise ModelError(
            say(
                "Retention never differs between segments and months beyond their own levels, so there is "
                "nothing to compare."
            )
        )
    chance = (frame["kept"] * (1 - frame["kept"]) / (frame["kept_of"] - 1)).mean()
    free = len(frame) - effects.shape[1]
    return float(1 - chance * free / spread)


def segment_months(data: Dataset, tenure: Tenure) -> Segments:
    """Return the rows of :func:`fixed_effects` for a dataset, and what is left out.

    Segments are the crossing of the controls of dataset.yaml and of segment, region and plan, as far as
    the customers have them. Those with too few customers at risk in some month are left out; of the
    others the largest are taken, at most :data:`MOST_SEGMENTS`.
    """
    wanted = dict.fromkeys([*data.definitions.controls, "segment", "region", "plan"])
    keys = [column for column in wanted if data.has("customers", column)]
    if not keys:
        return Segments(pd.DataFrame(columns=COLUMNS))
    joined = " || ' / ' || ".join(f"CAST(c.{name(key)} AS VARCHAR)" for key in keys)
    span = {"first": tenure.first_no, "last": tenure.last_no}
    lives, margins = (
        data.sql(read_sql(__package__, f"{query}.template").format(segment=joined), **span)
        for query in ("segment_lives", "segment_margins")
    )
    months = np.arange(span["first"], span["last"] + 1)
    counted = {segment: _by_month(rows, months) for segment, rows in lives.groupby("segment")}
    large = {s: rows for s, rows in counted.items() if rows["active"].min() >= tenure.least}
    taken = sorted(large, key=lambda s: (-large[s]["active"].sum(), s))[:MOST_SEGMENTS]
    earned = margins.set_index(["segment", "month_no"])["margin"]
    parts = [_one_segment(segment, large[segment], earned, months) for segment in sorted(taken)]
    frames = [part.iloc[1:] for part in parts] or [pd.DataFrame(columns=COLUMNS)]
    return Segments(
        pd.concat(frames, ignore_index=True),
        small=len(counted) - len(large),
        beyond=len(large) - len(taken),
        share=float(
            sum(large[s]["active"].sum() for s in taken) / max(_by_month(lives, months).active.sum(), 1)
        ),
    )


def _by_month(lives: pd.DataFrame, months: np.ndarray) -> pd.DataFrame:
    """Return customers at risk and leaving in a segment, by calendar month."""
    first, size = months[0], len(months)
    came = np.bincount(lives.entry - first, lives.customers, size + 1)
    went = np.bincount(lives.leave - first + 1, lives.customers, size + 1)
    ended = np.bincount(lives.leave - first, lives.customers * lives.ended, size + 1)
    return pd.DataFrame({"active": np.cumsum(came - went)[:size], "ended": ended[:size]})


def _one_segment(segment: str, counted: pd.DataFrame, earned: pd.Series, months: np.ndarray) -> pd.DataFrame:
    """Return active customers, margin each, and the month before's retention, by calendar month."""
    places = pd.MultiIndex.from_product([[segment], months])
    margin = earned.reindex(places, fill_value=0.0).to_numpy()
    return pd.DataFrame(
        {
            "segment": segment,
            "month": months,
            "margin": margin / counted["active"],
            "kept": (1 - counted["ended"] / counted["active"]).shift(),
            "kept_of": counted["active"].shift(),
        }
    )
