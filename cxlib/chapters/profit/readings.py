"""What is computed from the tenure table, each number once and all of them with their standard errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from cxlib.chapters.profit.counts import Tenure, buckets
from cxlib.chapters.profit.influence import joint_errors
from cxlib.contract.queries import read_sql
from cxlib.dataset.dataset import Dataset
from cxlib.errors import ModelError
from cxlib.estimate import Z95, Estimate
from cxlib.language import Message
from cxlib.stats.value import (
    CHANGES,
    LAST_YEAR,
    Curve,
    Sbg,
    Tail,
    customer_value,
    fit_sbg,
    gain,
    retention,
    yearly_profit,
)

__all__ = [
    "STEP",
    "Reading",
    "evaluate",
    "functionals",
    "leaving_late",
    "possible_changes",
    "steps",
    "tail_rules",
    "within_customer_growth",
]

STEP = 12
Functional = Callable[[Curve], Any]


class Reading(NamedTuple):
    """What tells one number from the others.

    Attributes
    ----------
    name : str
        ``value``, ``profit`` (a year, before fixed cost) or ``net`` (after it); ``margin``: mean monthly
        margin of a year of tenure; ``slope``: rise of the mean monthly margin per year of tenure.
    change : str
        A key of :data:`cxlib.stats.value.CHANGES`: the number is the gain from it, a share. Empty: the
        amount itself, money.
    rate : float
        Discount rate a year; 0 where nothing is discounted.
    tail : str
        What is assumed beyond the last month counted.
    until : int
        Tenure month at which a value or a year of tenure ends; 0: the last one counted.
    """

    name: str
    change: str = ""
    rate: float = 0.0
    tail: Tail = "stop"
    until: int = 0


def evaluate(data: Dataset, wanted: Mapping[Reading, Functional], tenure: Tenure) -> dict[Reading, Estimate]:
    """Return each wanted number with its 95 % interval."""
    kept = data.remember("profit.readings", lambda: _evaluated(data, wanted, tenure))
    rows = zip(*(column.to_pylist() for column in kept.columns), strict=True)
    return {Reading(*row[:-2]): Estimate(row[-2], *_limits(row[-2], row[-1])) for row in rows}


def _evaluated(data: Dataset, wanted: Mapping[Reading, Functional], tenure: Tenure) -> pa.Table:
    values, errors = joint_errors(data, tenure, wanted.values())
    keys = dict(zip(Reading._fields, map(list, zip(*wanted, strict=True)), strict=True))
    return pa.table(keys | {"value": values, "error": errors})


def _limits(value: float, error: float) -> tuple[float, float]:
    return value - Z95 * error, value + Z95 * error


def possible_changes(curve: Curve) -> tuple[str, ...]:
    """Return the changes that leave twelve-month retention between 0 and 1."""
    now = float(retention(curve.hazards))
    return tuple(name for name, change in CHANGES.items() if 0 < now < 1 and change(now) < 1)


def tail_rules(tenure: Tenure) -> tuple[dict[Tail, Sbg | None], Message | None]:
    """Return the tail rules that these data allow, and why the fitted one is not among them, if so.

    Returns
    -------
    tails : dict
        Rule -> the curve it needs, if any. Where no curve of ever more loyal customers fits, leaving as on
        average since the start ("even") stands in for it, unless nobody ever left.
    reason : Message or None
    """
    tails: dict[Tail, Sbg | None] = {"stop": None, "flat": None}
    try:
        fit = fit_sbg(tenure.counted["at_risk"].to_numpy(), tenure.counted["ends"].to_numpy())
    except ModelError as error:
        somebody_left = tenure.counted["ends"].sum() > 0
        return tails | ({"even": None} if somebody_left else {}), error.reason
    return tails | {"sbg": fit}, None


def functionals(
    tenure: Tenure,
    tails: Mapping[Tail, Sbg | None],
    *,
    rate: float,
    rates: tuple[float, ...],
    fixed_cost: float | None,
) -> dict[Reading, Functional]:
    """Return what chapter 13 computes from a curve.

    Parameters
    ----------
    tenure : Tenure
    tails : mapping
        As :func:`tail_rules` gives them.
    rate : float
        The dataset's own discount rate.
    rates : tuple of float
        Discount rates at which the claim is tested.
    fixed_cost : float or None
        Per customer and year; None: not known.
    """
    wanted = dict(_by_month(tenure, rate))
    leaving = leaving_late(tenure)
    for tail, sbg in tails.items():
        for_ever = tail == "flat" and not leaving
        rule = {"tail": tail, "sbg": sbg}
        for each in sorted({rate, *rates}):
            if not (for_ever and each == 0):
                wanted |= _with_gains("value", customer_value, tenure.curve, rule | {"rate": each})
        if for_ever:
            continue
        wanted |= _with_gains("profit", yearly_profit, tenure.curve, rule)
        if fixed_cost is not None:
            wanted |= _with_gains("net", yearly_profit, tenure.curve, rule | {"fixed_cost": fixed_cost})
    return wanted


def leaving_late(tenure: Tenure) -> bool:
    """Whether anybody left in the last twelve months counted; else customers would stay for ever."""
    return bool(tenure.counted["ends"].iloc[-LAST_YEAR:].sum())


def _with_gains(
    name: str, measure: Callable[..., Any], curve: Curve, options: dict[str, Any]
) -> dict[Reading, Functional]:
    """Return one amount and its gain from each possible change."""
    amount = Reading(name, rate=options.get("rate", 0.0), tail=options["tail"])
    gains = {
        amount._replace(change=change): partial(_gain, measure=measure, change=change, options=options)
        for change in possible_changes(curve)
    }
    return {amount: partial(measure, **options)} | gains


def _gain(curve: Curve, *, measure: Callable[..., Any], change: str, options: dict[str, Any]) -> Any:
    return gain(measure, curve, change, **options)


def steps(tenure: Tenure) -> list[int]:
    """Return the tenure months at which years of tenure end, the last one counted included."""
    return [*range(STEP, tenure.length, STEP), tenure.length]


def _by_month(tenure: Tenure, rate: float) -> Iterator[tuple[Reading, Functional]]:
    at_risk = tenure.counted["at_risk"].to_numpy(float)
    for start, end in zip([0, *steps(tenure)], steps(tenure), strict=False):
        part = slice(start, end)
        weights = at_risk[part] / at_risk[part].sum()
        yield Reading("value", rate=rate, until=end), partial(_value_until, months=end, rate=rate)
        yield Reading("margin", until=end), partial(_weighted_margin, part=part, weights=weights)
    month = np.arange(1, tenure.length + 1)
    centred = at_risk * (month - np.average(month, weights=at_risk))
    slope = STEP * centred / (centred @ month)
    yield Reading("slope"), partial(_weighted_margin, part=slice(None), weights=slope)


def _value_until(curve: Curve, *, months: int, rate: float) -> Any:
    part = Curve(curve.hazards[..., : months + 1], curve.margins[..., :months], curve.acquisition_cost)
    return customer_value(part, rate=rate)


def _weighted_margin(curve: Curve, *, part: slice, weights: np.ndarray) -> Any:
    return (curve.margins[..., part] * weights).sum(axis=-1)


def within_customer_growth(data: Dataset, tenure: Tenure) -> Estimate | None:
    """Return by how much the same customers' monthly margin rises per year of tenure, with 95 % interval.

    Regression of margin on tenure with one intercept per customer, clustered by customer. A price rise
    for everybody counts as growth with tenure here. None where no customer was billed twice.
    """
    kept = data.remember("profit.growth", lambda: _growth_sums(data, tenure))
    sums = {name: kept[name][0].as_py() for name in kept.column_names}
    if not sums["tt"]:
        return None
    slope = sums["xt"] / sums["tt"]
    meat = sums["xt_xt"] - 2 * slope * sums["xt_tt"] + slope**2 * sums["tt_tt"]
    error = np.sqrt(max(meat, 0.0)) / sums["tt"]
    return Estimate(*(float(STEP * x) for x in (slope, *_limits(slope, error))))


def _growth_sums(data: Dataset, tenure: Tenure) -> pa.Table:
    span = {"first": tenure.first_no, "last": tenure.last_no, "longest": tenure.length}
    sql = read_sql(__package__, "growth")
    total = pd.concat([data.sql(sql, **bucket, **span) for bucket in buckets(data)]).sum().astype(float)
    return pa.Table.from_pandas(total.to_frame().T, preserve_index=False)
