"""Chapter 13: what customers bring with tenure, what one is worth, and what more retention is worth.

The functions take a dataset and return a Result. What they say is computed once a dataset by
:mod:`cxlib.chapters.profit.study`; the formulas stand in :mod:`cxlib.stats.value`.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from cxlib.chapters.profit.assumptions import VALUE_METHOD, as_given, money_method, money_warnings
from cxlib.chapters.profit.comparison import panel
from cxlib.chapters.profit.counts import Tenure
from cxlib.chapters.profit.figures import FIGURES
from cxlib.chapters.profit.gains import what_if
from cxlib.chapters.profit.readings import STEP, Reading, steps
from cxlib.chapters.profit.reichheld import claim
from cxlib.chapters.profit.study import Study, study
from cxlib.dataset.dataset import Dataset
from cxlib.estimate import Z95
from cxlib.language import Message, count, money, percent, say
from cxlib.result import Column, Figure, Result, interval
from cxlib.stats.value import survival

__all__ = ["claim", "customer_value", "panel", "tenure_margin", "what_if"]

MOST_BEYOND = 0.5


def tenure_margin(data: Dataset) -> Result:
    """Return what a customer brings per month, by month of tenure.

    Parameters
    ----------
    data : Dataset

    Returns
    -------
    Result
        ``table``: one row is one year of tenure: ``year``, ``months`` (customer-months at risk),
        ``margin``, ``low``, ``high`` (money a month). ``parts["months"]``: one row is one tenure month:
        ``tenure``, ``at_risk``, ``margin``, ``low``, ``high``. ``facts["currency"]``: ISO 4217 code.
    """
    made = data.once(study)
    if isinstance(made, Message):
        return Result.unavailable("profit.tenure_margin", made)
    cash = partial(money, currency=data.currency, digits=2)
    table = _years(made)
    return Result(
        "profit.tenure_margin",
        (_rise(made, table), *_survivors(made)),
        table=table,
        columns={
            "year": Column(say("Year of tenure"), count),
            "months": Column(say("Customer-months"), count),
            "margin": Column(say("Margin a month"), cash),
            "low": Column(say("from"), cash),
            "high": Column(say("to"), cash),
        },
        method=(*VALUE_METHOD[:2], SAME_CUSTOMERS, *money_method(data, made.tenure)),
        warnings=money_warnings(data, made.tenure),
        parts={"months": _monthly(made.tenure)},
        facts={"currency": data.currency},
    )


SAME_CUSTOMERS = say(
    "How the same customers develop comes from comparing each customer's months with each other; a price "
    "rise for everybody counts as development there."
)


def _years(made: Study) -> pd.DataFrame:
    counted = made.tenure.counted
    months = counted.groupby((counted["tenure"] - 1) // STEP + 1)["at_risk"].sum()
    rows = [
        (int(year), int(n), *made.readings[Reading("margin", until=end)])
        for (year, n), end in zip(months.items(), steps(made.tenure), strict=True)
    ]
    return pd.DataFrame(rows, columns=["year", "months", "margin", "low", "high"])


def _monthly(tenure: Tenure) -> pd.DataFrame:
    """Return the mean margin per tenure month; a month holds each customer once, so months stand alone."""
    counted = tenure.counted
    mean = counted["margin"] / counted["at_risk"]
    spread = (counted["squares"] / counted["at_risk"] - mean**2).clip(lower=0)
    error = np.sqrt(spread / (counted["at_risk"] - 1))
    return counted[["tenure", "at_risk"]].assign(margin=mean, low=mean - Z95 * error, high=mean + Z95 * error)


def _rise(made: Study, years: pd.DataFrame) -> Message:
    """Return the margin of the first and of the last year of tenure in words."""
    cash = partial(money, currency=made.data.currency, digits=2)
    first, last = years.iloc[0], years.iloc[-1]
    if len(years) == 1:
        return say(
            "In the first year a customer brings a margin of about {first} a month (between {low} and "
            "{high}; {customers} customers).",
            first=cash(first.margin),
            low=cash(first.low),
            high=cash(first.high),
            customers=count(made.tenure.customers),
        )
    return say(
        "In the first year a customer brings a margin of about {first} a month (between {low} and {high}), "
        "in year {year} of tenure about {last} (between {last_low} and {last_high}; {customers} customers).",
        first=cash(first.margin),
        low=cash(first.low),
        high=cash(first.high),
        year=count(int(last.year)),
        last=cash(last.margin),
        last_low=cash(last.low),
        last_high=cash(last.high),
        customers=count(made.tenure.customers),
    )


def _survivors(made: Study) -> tuple[Message, ...]:
    """Return how much of the rise with tenure the same customers show."""
    if made.growth is None:
        return ()
    cash = partial(money, currency=made.data.currency, digits=2, signed=True)
    caveat = say(
        "Per year of tenure the averages change by {slope}, the margins of the same customers by {growth} "
        "(between {low} and {high}); where the two differ, it is rather a matter of who stays than of how "
        "customers develop.",
        slope=cash(made.readings[Reading("slope")].value),
        growth=cash(made.growth.value),
        low=cash(made.growth.low),
        high=cash(made.growth.high),
    )
    return (caveat,)


def customer_value(data: Dataset) -> Result:
    """Return what a newly won customer is worth.

    Parameters
    ----------
    data : Dataset

    Returns
    -------
    Result
        Figure ``value.customer``. ``table``: one row is a number of months after winning: ``months``,
        ``kept`` (share still there), ``value``, ``low``, ``high`` (money earned up to then, less the cost
        of winning, discounted). ``facts``: ``start`` (money at the beginning, before anything is earned),
        ``currency`` (ISO 4217 code).
    """
    made = data.once(study)
    if isinstance(made, Message):
        return Result.unavailable("profit.customer_value", made, FIGURES.of("profit.customer_value"))
    cash = partial(money, currency=data.currency)
    return Result(
        "profit.customer_value",
        (_worth(made), AVERAGE, *_later_years(made)),
        table=_build_up(made),
        columns={
            "months": Column(say("Months after winning"), count),
            "kept": Column(say("Still there"), percent),
            "value": Column(say("Value so far"), cash),
            "low": Column(say("from"), cash),
            "high": Column(say("to"), cash),
        },
        figures=(_value_figure(made),),
        method=(*VALUE_METHOD, *money_method(data, made.tenure)),
        warnings=money_warnings(data, made.tenure),
        facts={"start": -made.tenure.acquisition_cost, "currency": data.currency},
    )


AVERAGE = say(
    "This is the average over all customers won; it holds as long as margins and leaving stay as they were "
    "in the months watched."
)


def _value_figure(made: Study) -> Figure:
    length, wanted = made.tenure.length, made.data.money.horizon_months
    short = say(
        "Counted over {n} months of tenure, as far as the data reach; asked for were {wanted}.",
        n=count(length),
        wanted=count(wanted),
    )
    return Figure.of(
        FIGURES["value.customer"],
        made.published("value"),
        currency=made.data.currency,
        n=made.tenure.customers,
        method=say("Margin by tenure times survival, discounted; customer influence function"),
        note=short if length < wanted else None,
    )


def _worth(made: Study) -> Message:
    """Return the value in words, before the cost of winning a customer where that is not known."""
    cash = partial(money, currency=made.data.currency)
    words = interval(made.published("value"), cash) | {
        "months": count(made.tenure.length),
        "customers": count(made.tenure.customers),
        "rate": as_given(made.data.money.discount_rate),
    }
    if made.tenure.acquisition == "missing":
        return say(
            "A newly won customer is worth about {value} within {months} months (between {low} and {high}; "
            "{customers} customers), before the cost of winning the customer, which is not in the data, and "
            "discounted by {rate} a year.",
            **words,
        )
    return say(
        "A newly won customer is worth about {value} within {months} months (between {low} and {high}; "
        "{customers} customers), after {cost} for winning the customer and discounted by {rate} a year.",
        cost=cash(made.tenure.acquisition_cost),
        **words,
    )


def _later_years(made: Study) -> tuple[Message, ...]:
    """Return what the months after the last one counted would add, or that it cannot be said."""
    rate, cash = made.data.money.discount_rate, partial(money, currency=made.data.currency)
    whole = made.grid("value", "", [rate])
    if (rate, "flat") not in whole:
        return (NOBODY_LEAVES,)
    beyond = made.beyond([rate])
    if beyond > MOST_BEYOND:
        return (NOT_WATCHED(share=percent(beyond, 0)),)
    texts = [
        say(
            "With all later years it would be about {value} if margin and leaving go on as in the last year "
            "counted; up to {share} of the whole lies beyond the longest tenure observed.",
            value=cash(whole[rate, "flat"].value),
            share=percent(beyond, 0),
        )
    ]
    if (rate, "sbg") in whole:
        texts.append(
            say(
                "If customers grow ever more loyal instead, it would be about {value}.",
                value=cash(whole[rate, "sbg"].value),
            )
        )
    if (rate, "even") in whole:
        texts.append(
            say(
                "If as many leave as on average since the start instead, it would be about {value}; a curve "
                "of customers who grow ever more loyal does not fit here.",
                value=cash(whole[rate, "even"].value),
            )
        )
    return tuple(texts)


NOT_WATCHED = say(
    "What later years would add is not stated: about {share} of it all would lie beyond the longest tenure "
    "observed."
)
NOBODY_LEAVES = say(
    "What later years would add is not stated: nobody left in the last year of tenure counted, and without "
    "discounting that adds up without end."
)


def _build_up(made: Study) -> pd.DataFrame:
    kept, rate = survival(made.tenure.curve.hazards), made.data.money.discount_rate
    rows = [
        (end, kept[end], *made.readings[Reading("value", rate=rate, until=end)]) for end in steps(made.tenure)
    ]
    return pd.DataFrame(rows, columns=["months", "kept", "value", "low", "high"])
