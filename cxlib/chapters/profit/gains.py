"""What more retention is worth, in every usual reading of "5 percent"."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import pandas as pd

from cxlib.chapters.profit.assumptions import (
    GAIN_METHOD,
    HELD_FIXED,
    VALUE_METHOD,
    YEAR_METHOD,
    money_method,
    money_warnings,
)
from cxlib.chapters.profit.figures import FIGURES
from cxlib.chapters.profit.study import Study, study
from cxlib.dataset.dataset import Dataset
from cxlib.estimate import Estimate
from cxlib.language import Message, percent, say
from cxlib.result import Column, Figure, Result, interval

__all__ = ["what_if"]

# Figure -> what rises (as in Study.published) and the change of retention (a key of CHANGES).
GAINS = {
    "value.plus1point": ("value", "plus1point"),
    "value.plus5points": ("value", "plus5points"),
    "value.plus5percent": ("value", "plus5percent"),
    "value.minus5percentchurn": ("value", "minus5percentchurn"),
    "profit.year.plus5points": ("profit", "plus5points"),
    "profit.year.net.plus5percent": ("net", "plus5percent"),
}
ROWS = {
    "value.plus1point": say("New customer: 1 point more retention"),
    "value.plus5points": say("New customer: 5 points more retention"),
    "value.plus5percent": say("New customer: 5 percent more retention"),
    "value.minus5percentchurn": say("New customer: 5 percent fewer leavers"),
    "profit.year.plus5points": say("Yearly profit before fixed cost: 5 points more retention"),
    "profit.year.net.plus5percent": say("Yearly profit after fixed cost: 5 percent more retention"),
}


def what_if(data: Dataset) -> Result:
    """Return what more retention is worth, in every usual reading of "5 percent".

    Parameters
    ----------
    data : Dataset

    Returns
    -------
    Result
        Figures ``value.plus1point``, ``value.plus5points``, ``value.plus5percent``,
        ``value.minus5percentchurn``, ``profit.year.plus5points``, ``profit.year.net.plus5percent``.
        ``table``: one row is one reading: ``reading``, ``now``, ``then`` (twelve-month retention),
        ``gain``, ``low``, ``high`` (shares of value or profit). ``facts["claimed"]``: gain of the popular
        claim, a share.
    """
    made = data.once(study)
    if isinstance(made, Message):
        return Result.unavailable("profit.what_if", made, FIGURES.of("profit.what_if"))
    absent = {id: why for id, of in GAINS.items() if (why := _obstacle(made, *of)) is not None}
    gains = {id: made.published(*of) for id, of in GAINS.items() if id not in absent}
    if not gains:
        reasons = {reason.template: reason for reason in absent.values()}
        return Result("profit.what_if", tuple(reasons.values()), absent=absent)
    return Result(
        "profit.what_if",
        _sentences(made, gains),
        table=_table(made, gains),
        columns=_columns(),
        figures=tuple(Figure.of(FIGURES[id], gain, n=made.tenure.customers) for id, gain in gains.items()),
        method=(GAIN_METHOD, YEAR_METHOD, HELD_FIXED, *VALUE_METHOD, *money_method(data, made.tenure)),
        warnings=money_warnings(data, made.tenure),
        absent=absent,
        facts={"claimed": data.claims.reichheld.gain},
    )


def _columns() -> dict[str, Column]:
    share = partial(percent, signed=True)
    return {
        "reading": Column(say("Reading of “more retention”")),
        "now": Column(say("Kept over 12 months, now"), percent),
        "then": Column(say("then"), percent),
        "gain": Column(say("Gain"), share),
        "low": Column(say("from"), share),
        "high": Column(say("to"), share),
    }


def _obstacle(made: Study, name: str, change: str) -> Message | None:
    """Return why a gain cannot be given, if it cannot."""
    if name == "net" and made.fixed_cost is None:
        return say("Fixed costs are not in the data (or the report covers only part of the customers).")
    if change not in made.changes:
        return say("Retention is so high, or so low, that this change would leave the range from 0 to 100%.")
    base = made.published(name)
    if base is None:
        return say("Nobody left in the last year of tenure counted, so a steady base has no yearly profit.")
    if base.low is None or base.low <= 0:
        return say("The amount that would rise may be zero or below, so its rise in percent says nothing.")
    return None


def _table(made: Study, gains: Mapping[str, Estimate]) -> pd.DataFrame:
    rows = [
        (ROWS[id], made.retention, made.changed(GAINS[id][1]), *estimate) for id, estimate in gains.items()
    ]
    return pd.DataFrame(rows, columns=["reading", "now", "then", "gain", "low", "high"])


def _sentences(made: Study, gains: Mapping[str, Estimate]) -> tuple[Message, ...]:
    """Return the two readings that are mixed up most, then what they take for granted."""
    texts = {
        "value.plus5points": say(
            "If {then} instead of {now} of new customers were kept over twelve months, five points "
            "more, a new customer would be worth about {value} more (between {low} and {high}).",
            now=percent(made.retention),
            then=percent(made.changed("plus5points")),
        ),
        "value.minus5percentchurn": say(
            "If of those who leave only five in a hundred stayed, it would be about {value} (between "
            "{low} and {high})."
        ),
        "profit.year.plus5points": say(
            "The yearly profit of a base of constant size, before fixed cost, would rise by about "
            "{value} (between {low} and {high}) with the five points."
        ),
    }
    return (*(text(**interval(gains[id], percent)) for id, text in texts.items() if id in gains), HELD_FIXED)
