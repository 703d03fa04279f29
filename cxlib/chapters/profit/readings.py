"""Every reading of "more retention" evaluated once, with its standard error, for all of chapter 13."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from cxlib.chapters.profit.counts import BUCKET, Tenure, buckets, joint_errors, read_sql, remember
from cxlib.errors import ModelError
from cxlib.estimate import Estimate
from cxlib.stats.value import (
    CHANGES,
    TAILS,
    Curve,
    Sbg,
    Tail,
    beyond_data,
    customer_value,
    fit_sbg,
    gain,
    retention,
    yearly_profit,
)

__all__ = [
    "Target",
    "beyond_share",
    "evaluate",
    "fixed_cost_per_customer",
    "pick",
    "possible_changes",
    "within_customer_growth",
]

NORMAL_95 = 1.959963984540054
STEP = 12


class Target(NamedTuple):
    """One number to estimate.

    Attributes
    ----------
    name : str
        ``value``, ``profit`` (a year, before fixed cost) or ``net`` (after it), with a change or without;
        ``value.12``, ``value.24``, ...: value earned up to that month; ``margin.1``, ``margin.2``, ...:
        mean monthly margin in a year of tenure; ``slope``: rise of the mean margin per year of tenure.
    change : str
        A key of :data:`cxlib.stats.value.CHANGES`, or empty.
    rate : float
        Discount rate a year; 0 where nothing is discounted.
    tail : str
        What is assumed beyond the last month counted.
    measure : callable
        Curve -> number.
    """

    name: str
    change: str
    rate: float
    tail: str
    measure: Callable[[Curve], Any]


def evaluate(ds: Any, tenure: Tenure) -> pd.DataFrame:
    """Return every reading with its 95 % interval.

    Returns
    -------
    DataFrame
        One row is one :class:`Target`: columns ``name``, ``change``, ``rate``, ``tail``, ``value``,
        ``low``, ``high``; money, money a year, or shares for gains.
    """
    return remember(ds, "readings", lambda: _evaluated(ds, tenure))


def _evaluated(ds: Any, tenure: Tenure) -> pa.Table:
    targets = list(_targets(ds, tenure))
    values, errors = joint_errors(ds, tenure, [target.measure for target in targets])
    frame = pd.DataFrame([target[:4] for target in targets], columns=["name", "change", "rate", "tail"])
    frame["value"] = values
    frame["low"], frame["high"] = values - NORMAL_95 * errors, values + NORMAL_95 * errors
    return pa.Table.from_pandas(frame, preserve_index=False)


def pick(readings: pd.DataFrame, name: str, change: str = "", **where: Any) -> Estimate | None:
    """Return the estimate of one reading, or None where it was not possible."""
    found = readings[(readings.name == name) & (readings.change == change)]
    for column, value in where.items():
        found = found[found[column] == value]
    return None if found.empty else Estimate(*found.iloc[0][["value", "low", "high"]].astype(float))


def possible_changes(curve: Curve) -> tuple[str, ...]:
    """Return the changes that leave twelve-month retention between 0 and 1."""
    now = float(retention(curve.hazards))
    return tuple(name for name, change in CHANGES.items() if 0 < now < 1 and change(now) < 1)


def _targets(ds: Any, tenure: Tenure) -> Iterator[Target]:
    rate = ds.money.discount_rate
    yield from _by_month(tenure, rate)
    rates = sorted({rate, *ds.claims.reichheld.discount_rates})
    fixed = fixed_cost_per_customer(ds, tenure)
    for tail, sbg in _tails(tenure):
        options: dict[str, Any] = {"tail": tail, "sbg": sbg}
        for each in rates:
            yield from _readings("value", tenure, customer_value, options | {"rate": each})
        if tail == "flat" and not _leaving_in_last_year(tenure):
            continue
        yield from _readings("profit", tenure, yearly_profit, options)
        if fixed is not None:
            yield from _readings("net", tenure, yearly_profit, options | {"fixed_cost": fixed})


def _leaving_in_last_year(tenure: Tenure) -> bool:
    """Whether anybody left in the last twelve months counted; else customers would stay for ever."""
    return bool(tenure.months["ends"].iloc[tenure.length - STEP : tenure.length].sum())


def _readings(
    name: str, tenure: Tenure, measure: Callable[..., Any], options: dict[str, Any]
) -> Iterator[Target]:
    rate, tail = options.get("rate", 0.0), options["tail"]
    yield Target(name, "", rate, tail, partial(measure, **options))
    for change in possible_changes(tenure.curve):
        yield Target(
            name, change, rate, tail, partial(_gain, measure=measure, change=change, options=options)
        )


def _gain(curve: Curve, *, measure: Callable[..., Any], change: str, options: dict[str, Any]) -> Any:
    return gain(measure, curve, change, **options)


def _tails(tenure: Tenure) -> list[tuple[Tail, Sbg | None]]:
    """Return the tail rules that these data allow, with the fitted curve of the last."""
    try:
        fit = _fit(tenure)
    except ModelError:
        return [(tail, None) for tail in TAILS if tail != "sbg"]
    return [(tail, fit if tail == "sbg" else None) for tail in TAILS]


def _fit(tenure: Tenure) -> Sbg:
    counted = tenure.months.head(tenure.length)
    return fit_sbg(counted["at_risk"].to_numpy(), counted["ends"].to_numpy())


def beyond_share(tenure: Tenure, rates: Iterable[float]) -> float:
    """Return the largest share of value earned after the longest tenure observed, over rates and tails."""
    return max(
        beyond_data(tenure.curve, rate=rate, tail=tail, observed=tenure.observed, sbg=sbg)
        for tail, sbg in _tails(tenure)
        for rate in rates
    )


def _by_month(tenure: Tenure, rate: float) -> Iterator[Target]:
    at_risk = tenure.months["at_risk"].to_numpy(float)[: tenure.length]
    ends = [*range(STEP, tenure.length, STEP), tenure.length]
    for year, end in enumerate(ends, start=1):
        part = slice((year - 1) * STEP, end)
        weights = at_risk[part] / at_risk[part].sum()
        yield Target(f"value.{end}", "", rate, "stop", partial(_value_until, months=end, rate=rate))
        yield Target(f"margin.{year}", "", 0.0, "stop", partial(_weighted_margin, part=part, weights=weights))
    month = np.arange(1, tenure.length + 1)
    centred = at_risk * (month - np.average(month, weights=at_risk))
    slope = STEP * centred / (centred @ month)
    yield Target("slope", "", 0.0, "stop", partial(_weighted_margin, part=slice(None), weights=slope))


def _value_until(curve: Curve, *, months: int, rate: float) -> Any:
    part = Curve(curve.hazards[..., :months], curve.margins[..., :months], curve.acquisition_cost)
    return customer_value(part, rate=rate)


def _weighted_margin(curve: Curve, *, part: slice, weights: np.ndarray) -> Any:
    return (curve.margins[..., part] * weights).sum(axis=-1)


def fixed_cost_per_customer(ds: Any, tenure: Tenure) -> float | None:
    """Return the fixed cost of a year per active customer, from the last twelve months; None if unknown."""
    if "fixed_costs" not in ds.tables:
        return None
    span = {"first": max(tenure.last_no - STEP + 1, tenure.first_no), "last": tenure.last_no}
    query = """
        select count(*) as months, sum(amount) as amount
        from fixed_costs
        where month_no between $first and $last
    """
    costs = ds.sql(query, **span).iloc[0]
    active = float(ds.sql(read_sql("active"), **span).months[0]) / (span["last"] - span["first"] + 1)
    return None if not costs.months else float(costs.amount) / float(costs.months) * STEP / active


def within_customer_growth(ds: Any, tenure: Tenure) -> Estimate | None:
    """Return by how much the same customers' monthly margin rises per year of tenure, with 95 % interval.

    Regression of margin on tenure with one intercept per customer, clustered by customer. A price rise
    for everybody counts as growth with tenure here. None where no customer was billed twice.
    """
    sums = remember(ds, "growth", lambda: _growth_sums(ds, tenure)).iloc[0]
    if not sums["tt"]:
        return None
    slope = sums["xt"] / sums["tt"]
    meat = sums["xt_xt"] - 2 * slope * sums["xt_tt"] + slope**2 * sums["tt_tt"]
    error = np.sqrt(max(meat, 0.0)) / sums["tt"]
    return Estimate(*(STEP * (slope + z * error) for z in (0, -NORMAL_95, NORMAL_95)))


def _growth_sums(ds: Any, tenure: Tenure) -> pa.Table:
    span = {"first": tenure.first_no, "last": tenure.last_no, "longest": tenure.length}
    parts = [ds.sql(read_sql("growth"), low=low, high=low + BUCKET, **span) for low in buckets(ds)]
    total = pd.concat(parts).sum().astype(float)
    return pa.Table.from_pandas(total.to_frame().T, preserve_index=False)
