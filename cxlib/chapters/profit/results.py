"""Chapter 13: what customers bring with tenure, what one is worth, and what more retention is worth.

The functions take a dataset and return a Result; :mod:`cxlib.chapters.profit.counts` counts, :mod:`.readings`
evaluates, :mod:`.value` holds the formulas, :mod:`.claims` the verdict rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cxlib.chapters.profit.assumptions import (
    GAIN_METHOD,
    HELD_FIXED,
    VALUE_METHOD,
    YEAR_METHOD,
    money_method,
    money_warnings,
)
from cxlib.chapters.profit.counts import Tenure, count_tenure
from cxlib.chapters.profit.figures import FIGURES
from cxlib.chapters.profit.readings import (
    NORMAL_95,
    STEP,
    beyond_share,
    evaluate,
    fixed_cost_per_customer,
    pick,
    possible_changes,
    within_customer_growth,
)
from cxlib.chapters.profit.reichheld import claim
from cxlib.chapters.profit.segments import (
    MINIMUM_MONTHS,
    MINIMUM_SEGMENTS,
    SegmentFit,
    fixed_effects,
    segment_months,
)
from cxlib.estimate import Estimate
from cxlib.language import Message, Quantity, count, money, percent, say
from cxlib.result import Column, Figure, Result, interval
from cxlib.stats.value import CHANGES, retention, survival

__all__ = ["claim", "customer_value", "panel", "tenure_margin", "what_if"]

LEAST_RELIABLE = 0.3
MOST_BEYOND = 0.5
RELIABLE_SEGMENTS = 30


class Reading(NamedTuple):
    """One reading of "more retention": its figure, words, and place among the estimates.

    Attributes
    ----------
    id : str
    row : Message
        Short name in tables and charts.
    name, change, tail : str
        As in :class:`cxlib.chapters.profit.readings.Target`.
    """

    id: str
    row: Message
    name: str
    change: str
    tail: str


READINGS = (
    Reading(
        "value.plus1point",
        say("New customer: 1 point more retention"),
        "value",
        "plus1point",
        "stop",
    ),
    Reading(
        "value.plus5points",
        say("New customer: 5 points more retention"),
        "value",
        "plus5points",
        "stop",
    ),
    Reading(
        "value.plus5percent",
        say("New customer: 5 percent more retention"),
        "value",
        "plus5percent",
        "stop",
    ),
    Reading(
        "value.minus5percentchurn",
        say("New customer: 5 percent fewer leavers"),
        "value",
        "minus5percentchurn",
        "stop",
    ),
    Reading(
        "profit.year.plus5points",
        say("Yearly profit before fixed cost: 5 points more retention"),
        "profit",
        "plus5points",
        "flat",
    ),
    Reading(
        "profit.year.net.plus5percent",
        say("Yearly profit after fixed cost: 5 percent more retention"),
        "net",
        "plus5percent",
        "flat",
    ),
)


def tenure_margin(ds: Any) -> Result:
    """Return what a customer brings per month, by month of tenure.

    Parameters
    ----------
    ds : Dataset

    Returns
    -------
    Result
        ``table``: one row is one year of tenure: ``year``, ``months`` (customer-months at risk),
        ``margin``, ``low``, ``high`` (money a month). ``parts["months"]``: one row is one tenure month:
        ``tenure``, ``at_risk``, ``margin``, ``low``, ``high``; ``parts["currency"]``: its code.
    """
    tenure = count_tenure(ds)
    if isinstance(tenure, Message):
        return Result.unavailable("profit.tenure_margin", tenure)
    readings = evaluate(ds, tenure)
    cash = partial(money, currency=ds.currency, digits=2)
    table = _years(tenure, readings)
    growth, slope = within_customer_growth(ds, tenure), pick(readings, "slope")
    first, last = table.iloc[0], table.iloc[-1]
    sentence = say(
        "In the first year a customer brings a margin of about {first} a month (between {low} and {high}), "
        "in year {year} of tenure about {last} (between {last_low} and {last_high}; {customers} customers).",
        first=cash(first.margin),
        low=cash(first.low),
        high=cash(first.high),
        year=count(int(last.year)),
        last=cash(last.margin),
        last_low=cash(last.low),
        last_high=cash(last.high),
        customers=count(tenure.customers),
    )
    return Result(
        "profit.tenure_margin",
        (sentence, *_survivors(growth, slope, cash)),
        table=table,
        columns={
            "year": Column(say("Year of tenure"), count),
            "months": Column(say("Customer-months"), count),
            "margin": Column(say("Margin a month"), cash),
            "low": Column(say("from"), cash),
            "high": Column(say("to"), cash),
        },
        method=(*VALUE_METHOD[:2], SAME_CUSTOMERS, *money_method(ds, tenure)),
        warnings=money_warnings(ds, tenure),
        parts={"months": _monthly(tenure), "currency": _currency(ds)},
    )


SAME_CUSTOMERS = say(
    "How the same customers develop comes from comparing each customer's months with each other; a price "
    "rise for everybody counts as development there."
)


def _currency(ds: Any) -> pd.DataFrame:
    return pd.DataFrame({"code": [ds.currency]})


def _years(tenure: Tenure, readings: pd.DataFrame) -> pd.DataFrame:
    counted = tenure.months.head(tenure.length)
    year = (counted["tenure"] - 1) // STEP + 1
    months = counted.groupby(year)["at_risk"].sum()
    rows = [(int(y), int(n), *pick(readings, f"margin.{y}")) for y, n in months.items()]
    return pd.DataFrame(rows, columns=["year", "months", "margin", "low", "high"])


def _monthly(tenure: Tenure) -> pd.DataFrame:
    """Return the mean margin per tenure month; a month holds each customer once, so months stand alone."""
    counted = tenure.months.head(tenure.length)
    mean = counted["margin"] / counted["at_risk"]
    spread = (counted["squares"] / counted["at_risk"] - mean**2).clip(lower=0)
    error = np.sqrt(spread / (counted["at_risk"] - 1))
    return counted[["tenure", "at_risk"]].assign(
        margin=mean, low=mean - NORMAL_95 * error, high=mean + NORMAL_95 * error
    )


def _survivors(
    growth: Estimate | None, slope: Estimate | None, cash: Callable[[float], Quantity]
) -> tuple[Message, ...]:
    """Return how much of the rise with tenure the same customers show."""
    if growth is None or slope is None:
        return ()
    caveat = say(
        "Per year of tenure the averages change by {slope}, the margins of the same customers by {growth} "
        "(between {low} and {high}); where the two differ, it is rather a matter of who stays than of how "
        "customers develop.",
        slope=cash(slope.value, signed=True),
        growth=cash(growth.value, signed=True),
        low=cash(growth.low, signed=True),
        high=cash(growth.high, signed=True),
    )
    return (caveat,)


def customer_value(ds: Any) -> Result:
    """Return what a newly won customer is worth.

    Parameters
    ----------
    ds : Dataset

    Returns
    -------
    Result
        Figure ``value.customer``. ``table``: one row is a number of months after winning: ``months``,
        ``kept`` (share still there), ``value``, ``low``, ``high`` (money earned up to then, less the cost
        of winning, discounted).
    """
    tenure = count_tenure(ds)
    if isinstance(tenure, Message):
        return Result.unavailable("profit.customer_value", tenure, FIGURES.of("profit.customer_value"))
    cash = partial(money, currency=ds.currency)
    readings = evaluate(ds, tenure)
    whole = pick(readings, f"value.{tenure.length}")
    figure = Figure.of(
        FIGURES["value.customer"],
        whole,
        currency=ds.currency,
        n=tenure.customers,
        method=say("Margin by tenure times survival, discounted; customer influence function"),
        note=None if tenure.length == ds.money.horizon_months else SHORT_NOTE,
    )
    return Result(
        "profit.customer_value",
        (_worth(ds, tenure, whole), AVERAGE, *_later_years(ds, tenure, readings)),
        table=_build_up(tenure, readings),
        columns={
            "months": Column(say("Months after winning"), count),
            "kept": Column(say("Still there"), percent),
            "value": Column(say("Value so far"), cash),
            "low": Column(say("from"), cash),
            "high": Column(say("to"), cash),
        },
        figures=(figure,),
        method=(*VALUE_METHOD, *money_method(ds, tenure)),
        warnings=money_warnings(ds, tenure),
        parts={"start": pd.DataFrame({"value": [-tenure.acquisition_cost]}), "currency": _currency(ds)},
    )


AVERAGE = say(
    "This is the average over all customers won; it holds as long as margins and leaving stay as they were "
    "in the months watched."
)
SHORT_NOTE = say("The data do not reach the horizon; counted up to the longest tenure observed.")


def _worth(ds: Any, tenure: Tenure, value: Estimate) -> Message:
    """Return the value in words, before the cost of winning a customer where that is not known."""
    cash, rate = partial(money, currency=ds.currency), ds.money.discount_rate
    words = interval(value, cash) | {
        "months": count(tenure.length),
        "customers": count(tenure.customers),
        "rate": percent(rate, 0 if round(rate * 100, 6) % 1 == 0 else 1),
    }
    if tenure.acquisition == "missing":
        return say(
            "A newly won customer is worth about {value} within {months} months (between {low} and {high}; "
            "{customers} customers), before the cost of winning the customer, which is not in the data, and "
            "discounted by {rate} a year.",
            **words,
        )
    return say(
        "A newly won customer is worth about {value} within {months} months (between {low} and {high}; "
        "{customers} customers), after {cost} for winning the customer and discounted by {rate} a year.",
        cost=cash(tenure.acquisition_cost),
        **words,
    )


def _later_years(ds: Any, tenure: Tenure, readings: pd.DataFrame) -> tuple[Message, ...]:
    """Return what the months after the last one counted would add, or that it cannot be said."""
    rate = ds.money.discount_rate
    beyond = beyond_share(tenure, [rate])
    if beyond > MOST_BEYOND:
        text = say(
            "What later years would add is not stated: about {share} of it all would lie beyond the longest "
            "tenure observed.",
            share=percent(beyond, 0),
        )
        return (text,)
    flat, loyal = (pick(readings, "value", rate=rate, tail=tail) for tail in ("flat", "sbg"))
    texts = [
        say(
            "With all later years it would be about {value} if margin and leaving go on as in the last year "
            "counted; up to {share} of the whole lies beyond the longest tenure observed.",
            value=money(flat.value, ds.currency),
            share=percent(beyond, 0),
        )
    ]
    if loyal is not None:
        texts.append(
            say(
                "If customers grow ever more loyal instead, it would be about {value}.",
                value=money(loyal.value, ds.currency),
            )
        )
    return tuple(texts)


def _build_up(tenure: Tenure, readings: pd.DataFrame) -> pd.DataFrame:
    kept = survival(tenure.curve.hazards)
    ends = [*range(STEP, tenure.length, STEP), tenure.length]
    rows = [(end, kept[end], *pick(readings, f"value.{end}")) for end in ends]
    return pd.DataFrame(rows, columns=["months", "kept", "value", "low", "high"])


def what_if(ds: Any) -> Result:
    """Return what more retention is worth, in every usual reading of "5 percent".

    Parameters
    ----------
    ds : Dataset

    Returns
    -------
    Result
        Figures ``value.plus1point``, ``value.plus5points``, ``value.plus5percent``,
        ``value.minus5percentchurn``, ``profit.year.plus5points``, ``profit.year.net.plus5percent``.
        ``table``: one row is one reading: ``reading``, ``now``, ``then`` (twelve-month retention),
        ``gain``, ``low``, ``high`` (shares of value or profit).
    """
    tenure = count_tenure(ds)
    if isinstance(tenure, Message):
        return Result.unavailable("profit.what_if", tenure, FIGURES.of("profit.what_if"))
    readings = evaluate(ds, tenure)
    absent = {reading.id: why for reading in READINGS if (why := _obstacle(ds, tenure, readings, reading))}
    there = [reading for reading in READINGS if reading.id not in absent]
    if not there:
        reasons = {reason.template: reason for reason in absent.values()}
        return Result("profit.what_if", tuple(reasons.values()), absent=absent)
    now = float(retention(tenure.curve.hazards))
    rows = [
        (reading.row, now, CHANGES[reading.change](now), *_gain(ds, readings, reading)) for reading in there
    ]
    figures = tuple(
        Figure.of(FIGURES[reading.id], _gain(ds, readings, reading), n=tenure.customers) for reading in there
    )
    share = partial(percent, signed=True)
    return Result(
        "profit.what_if",
        _gain_sentences(now, {r.id: _gain(ds, readings, r) for r in there}),
        table=pd.DataFrame(rows, columns=["reading", "now", "then", "gain", "low", "high"]),
        columns={
            "reading": Column(say("Reading of “more retention”")),
            "now": Column(say("Kept over 12 months, now"), percent),
            "then": Column(say("then"), percent),
            "gain": Column(say("Gain"), share),
            "low": Column(say("from"), share),
            "high": Column(say("to"), share),
        },
        figures=figures,
        method=(GAIN_METHOD, YEAR_METHOD, HELD_FIXED, *VALUE_METHOD, *money_method(ds, tenure)),
        warnings=money_warnings(ds, tenure),
        absent=absent,
        parts={"claimed": pd.DataFrame({"gain": [ds.claims.reichheld.gain]})},
    )


def _gain(ds: Any, readings: pd.DataFrame, reading: Reading) -> Estimate | None:
    rate = ds.money.discount_rate if reading.name == "value" else 0.0
    return pick(readings, reading.name, reading.change, rate=rate, tail=reading.tail)


def _obstacle(ds: Any, tenure: Tenure, readings: pd.DataFrame, reading: Reading) -> Message | None:
    """Return why a reading cannot be given, if it cannot."""
    if reading.name == "net" and fixed_cost_per_customer(ds, tenure) is None:
        return NO_FIXED_COST
    if reading.change not in possible_changes(tenure.curve):
        return say("Retention is so high, or so low, that this change would leave the range from 0 to 100%.")
    base = _gain(ds, readings, reading._replace(change=""))
    if base is None:
        return say("Nobody left in the last year of tenure counted, so a steady base has no yearly profit.")
    if base.low <= 0:
        return say("The amount that would rise may be zero or below, so its rise in percent says nothing.")
    return None


NO_FIXED_COST = say("Fixed costs are not in the data (or the report covers only part of the customers).")


def _gain_sentences(now: float, gains: Mapping[str, Estimate]) -> tuple[Message, ...]:
    """Return the two readings that are mixed up most, then what they take for granted."""
    share = partial(percent, digits=1)
    sentences = []
    if "value.plus5points" in gains:
        sentences.append(
            say(
                "If {then} instead of {now} of new customers were kept over twelve months, five points "
                "more, a new customer would be worth about {value} more (between {low} and {high}).",
                now=percent(now),
                then=percent(CHANGES["plus5points"](now)),
                **interval(gains["value.plus5points"], share),
            )
        )
    if "value.minus5percentchurn" in gains:
        sentences.append(
            say(
                "If of those who leave only five in a hundred stayed, it would be about {value} (between "
                "{low} and {high}).",
                **interval(gains["value.minus5percentchurn"], share),
            )
        )
    if "profit.year.plus5points" in gains:
        sentences.append(
            say(
                "The yearly profit of a base of constant size, before fixed cost, would rise by about "
                "{value} (between {low} and {high}) with the five points.",
                **interval(gains["profit.year.plus5points"], share),
            )
        )
    return (*sentences, HELD_FIXED)


def panel(ds: Any) -> Result:
    """Return whether months with better retention bring more margin in the next, within segments.

    Parameters
    ----------
    ds : Dataset

    Returns
    -------
    Result
        ``table``: one row: ``segments``, ``months``, ``reliability`` (share of the differences in retention
        that is not chance), ``slope``, ``low``, ``high`` (money per customer and month for one point more
        monthly retention; shown only where reliable enough). ``fit``: the regression.
    """
    tenure = count_tenure(ds)
    if isinstance(tenure, Message):
        return Result.unavailable("profit.panel", tenure)
    frame = segment_months(ds, tenure)
    obstacle = _panel_obstacle(frame)
    if obstacle is not None:
        return Result.unavailable("profit.panel", obstacle)
    found = fixed_effects(frame)
    point = Estimate(*(part / 100 for part in found.slope))
    row = (found.segments, found.months, found.reliability, *point)
    cash = partial(money, currency=ds.currency, digits=2, signed=True)
    columns = {
        "segments": Column(say("Segments"), count),
        "months": Column(say("Months"), count),
        "reliability": Column(say("Share that is not chance"), lambda share: percent(max(share, 0.0), 0)),
    }
    told = found.reliability >= LEAST_RELIABLE
    if told:
        columns |= {
            "slope": Column(say("Margin a month, per point of retention"), cash),
            "low": Column(say("from"), cash),
            "high": Column(say("to"), cash),
        }
    rough = say("With {segments} segments the interval is rough.", segments=count(found.segments))
    return Result(
        "profit.panel",
        _panel_sentences(found, point, cash) if told else (_panel_refusal(found),),
        table=pd.DataFrame([row], columns=["segments", "months", "reliability", "slope", "low", "high"]),
        columns=columns,
        method=PANEL_METHOD,
        warnings=(rough,) if told and found.segments < RELIABLE_SEGMENTS else (),
        fit=found.fit,
    )


PANEL_METHOD = (
    say(
        "Margin per customer active at the start of a month is compared with the share of customers kept in "
        "the month before, with an effect for every segment and every month; intervals are clustered by "
        "segment. Segments are every combination of the customers' attributes that are adjusted for, and of "
        "segment, region and plan, as far as each month has enough customers."
    ),
    say(
        "The retention of one segment in one month is partly chance, which pulls the comparison towards "
        "zero; the share that is not chance is printed, and below {least} no result is stated. Better "
        "margins may also keep customers, so the direction is not settled by this comparison.",
        least=percent(LEAST_RELIABLE, 0),
    ),
)


def _panel_obstacle(frame: pd.DataFrame) -> Message | None:
    """Return why the segments cannot be compared, if they cannot."""
    segments, months = frame["segment"].nunique(), frame["month"].nunique()
    if segments < MINIMUM_SEGMENTS or months < MINIMUM_MONTHS:
        return say(
            "Comparing segments month by month needs at least {segments} large enough segments and {months} "
            "months; there are {found} segments and {watched} months.",
            segments=count(MINIMUM_SEGMENTS),
            months=count(MINIMUM_MONTHS),
            found=count(segments),
            watched=count(months),
        )
    if frame["kept"].nunique() < 2:
        return say("Retention is the same in all segments and months, so there is nothing to compare.")
    return None


def _panel_sentences(
    found: SegmentFit, point: Estimate, cash: Callable[[float], Quantity]
) -> tuple[Message, ...]:
    return (
        say(
            "In segments and months that kept one point more customers, a customer brought about {value} a "
            "month (between {low} and {high}) in the month after; {segments} segments, {months} months.",
            **interval(point, cash),
            segments=count(found.segments),
            months=count(found.months),
        ),
        say(
            "About {share} of the differences in retention are not chance; the relation is therefore "
            "likely understated, and it need not mean that retention brings the margin.",
            share=percent(found.reliability, 0),
        ),
    )


def _panel_refusal(found: SegmentFit) -> Message:
    return say(
        "Whether months with better retention bring more margin cannot be told from these data: in "
        "{segments} segments and {months} months, about {share} of the differences in retention are more "
        "than chance; at least {least} are needed.",
        segments=count(found.segments),
        months=count(found.months),
        share=percent(max(found.reliability, 0.0), 0),
        least=percent(LEAST_RELIABLE, 0),
    )
