"""The claim "5 % more retention raises profit by 75 %", tested on this company's own customers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import pandas as pd

from cxlib.chapters.profit.assumptions import (
    GAIN_METHOD,
    HELD_FIXED,
    TAIL_WORDS,
    VALUE_METHOD,
    YEAR_METHOD,
    money_method,
    money_warnings,
)
from cxlib.chapters.profit.counts import Tenure, count_tenure
from cxlib.chapters.profit.readings import beyond_share, evaluate, pick, possible_changes
from cxlib.chapters.profit.verdict import reichheld_verdict
from cxlib.estimate import Estimate
from cxlib.language import Message, count, listing, percent, say
from cxlib.result import VERDICTS, Column, Figure, Result, interval
from cxlib.stats.value import CHANGES, reichheld_profit, reichheld_value, retention
from cxlib.stats.verdicts import NOT_DECIDABLE, Verdict

__all__ = ["claim"]


class Version(NamedTuple):
    """One way to read the claim: whose profit, and what "5 % more retention" is."""

    name: str
    change: str
    label: Message


VERSIONS: Mapping[str, Version] = {
    "source": Version(
        "value", "plus5points", say("Value of a new customer, five points more retention (the source)")
    ),
    "popular": Version(
        "net", "plus5percent", say("Yearly profit after fixed cost, five percent more retention (as quoted)")
    ),
    "yearly": Version(
        "profit", "plus5points", say("Yearly profit before fixed cost, five points more retention")
    ),
    "leavers": Version(
        "value", "minus5percentchurn", say("Value of a new customer, five percent fewer leavers")
    ),
}
FIGURES = {
    "source": ("claim.reichheld", say("“5% more retention, 75% more profit”: value of a new customer")),
    "popular": ("claim.reichheld.year", say("“5% more retention, 75% more profit”: yearly profit")),
}
QUOTED = say("“Five percent more retention raises profit by up to 75 percent.”")
SOURCE = say(
    "Reichheld and Sasser, Harvard Business Review, September/October 1990. Their example of a credit card "
    "company lets defections fall from 10 to 5 percent a year: five points more retention, and churn cut by "
    "half. What then rises by 75 percent (from 300 to 525 dollars) is the value of one newly won customer "
    "over many years, not a company's yearly profit. It is arithmetic with assumed margins, not an "
    "observation."
)
CARD = {
    "quoted": say("The claim as quoted"),
    "source": say("Where it comes from"),
    "arithmetic": say("The arithmetic behind it"),
    "measured": say("What we measured instead"),
    "figure": say("Our figure"),
    "verdict": say("Verdict"),
    "popular": say("Read as yearly profit"),
    "granted": say("What it takes for granted"),
    "decide": say("What would decide it"),
}


def claim(ds: Any) -> Result:
    """Return the claim card on retention and profit.

    Parameters
    ----------
    ds : Dataset

    Returns
    -------
    Result
        Figures ``claim.reichheld`` (verdict on the source's own reading) and ``claim.reichheld.year`` (on the
        popular one). ``table``: one row is one reading: ``reading``, ``value``, ``low``, ``high`` (gain at
        the dataset's discount rate), ``lowest``, ``highest`` (limits over discount rates and tail rules),
        ``verdict``. ``parts["grid"]``: one row is one reading, discount rate and tail rule: ``version``,
        ``rate``, ``tail``, ``value``, ``low``, ``high``.
    """
    tenure = count_tenure(ds)
    if isinstance(tenure, Message):
        return Result.unavailable("profit.claim", tenure, [id for id, _ in FIGURES.values()])
    readings = evaluate(ds, tenure)
    grids = {key: _grid(ds, readings, version) for key, version in VERSIONS.items()}
    beyond = beyond_share(tenure, ds.claims.reichheld.discount_rates)
    verdicts = {
        key: _verdict(ds, tenure, readings, version, grids[key], beyond) for key, version in VERSIONS.items()
    }
    share = partial(percent, digits=0, signed=True)
    return Result(
        "profit.claim",
        (_sentence(ds, readings, grids["source"], verdicts["source"]),),
        table=_table(ds, readings, grids, verdicts),
        columns={
            "reading": Column(say("Reading of the claim")),
            "value": Column(say("Gain"), share),
            "low": Column(say("from"), share),
            "high": Column(say("to"), share),
            "lowest": Column(say("lowest limit"), share),
            "highest": Column(say("highest limit"), share),
            "verdict": Column(say("Verdict"), VERDICTS.get),
        },
        figures=_figures(tenure, verdicts),
        lines=_card(ds, tenure, readings, grids, verdicts),
        method=(_rule(ds), GAIN_METHOD, YEAR_METHOD, *VALUE_METHOD, *money_method(ds, tenure)),
        warnings=money_warnings(ds, tenure),
        parts={
            "grid": pd.concat([grid.assign(version=key) for key, grid in grids.items()]),
            "claimed": pd.DataFrame({"gain": [ds.claims.reichheld.gain]}),
        },
    )


def _grid(ds: Any, readings: pd.DataFrame, version: Version) -> pd.DataFrame:
    """Return a reading's gain at each discount rate and under each tail rule."""
    rates = ds.claims.reichheld.discount_rates if version.name == "value" else (0.0,)
    rows = readings[
        (readings.name == version.name) & (readings.change == version.change) & readings.rate.isin(rates)
    ]
    return rows[["rate", "tail", "value", "low", "high"]].reset_index(drop=True)


def _verdict(
    ds: Any, tenure: Tenure, readings: pd.DataFrame, version: Version, grid: pd.DataFrame, beyond: float
) -> Verdict:
    rules = ds.claims.reichheld
    base = readings[(readings.name == version.name) & (readings.change == "")]
    if base.empty:
        return Verdict(NOT_DECIDABLE, (say("fixed costs are not in the data"),))
    if version.name == "value":
        base = base[base.rate.isin(rules.discount_rates)]
    return reichheld_verdict(
        {(row.rate, row.tail): Estimate(row.value, row.low, row.high) for row in grid.itertuples()},
        claimed=rules.gain,
        tolerance=rules.tolerance,
        base_low=float(base.low.min()),
        beyond_data=beyond,
        months=tenure.window,
        reachable=version.change in possible_changes(tenure.curve),
        beyond_limit=rules.beyond_data,
        minimum_months=rules.minimum_months,
    )


def _table(
    ds: Any, readings: pd.DataFrame, grids: Mapping[str, pd.DataFrame], verdicts: Mapping[str, Verdict]
) -> pd.DataFrame:
    rows = []
    for key, version in VERSIONS.items():
        limits = (grids[key]["low"].min(), grids[key]["high"].max())
        rows.append((version.label, *_headline(ds, readings, version), *limits, verdicts[key].word))
    names = ["reading", "value", "low", "high", "lowest", "highest", "verdict"]
    return pd.DataFrame(rows, columns=names)


def _headline(ds: Any, readings: pd.DataFrame, version: Version) -> Estimate:
    """Return the gain at the dataset's own discount rate and the figure's own tail rule."""
    value = version.name == "value"
    rate, tail = (ds.money.discount_rate, "stop") if value else (0.0, "flat")
    return pick(readings, version.name, version.change, rate=rate, tail=tail) or Estimate(None)


def _figures(tenure: Tenure, verdicts: Mapping[str, Verdict]) -> tuple[Figure, ...]:
    return tuple(
        Figure(id, label, None, unit="word", n=tenure.customers, verdict=verdicts[key].word)
        for key, (id, label) in FIGURES.items()
    )


def _card(
    ds: Any,
    tenure: Tenure,
    readings: pd.DataFrame,
    grids: Mapping[str, pd.DataFrame],
    verdicts: Mapping[str, Verdict],
) -> tuple[tuple[Message, Message], ...]:
    texts = {
        "quoted": QUOTED,
        "source": SOURCE,
        "arithmetic": _arithmetic(),
        "measured": _measured(tenure),
        "figure": _figure_words(ds, readings, grids["source"]),
        "verdict": _verdict_words(verdicts["source"]),
        "popular": _popular_words(ds, readings, grids["popular"], verdicts["popular"]),
        "granted": HELD_FIXED,
        "decide": DECIDE,
    }
    return tuple((CARD[key], text) for key, text in texts.items())


DECIDE = say(
    "Offers to stay, made to a part of the customers drawn by lot: what do those who stay only because of "
    "the offer cost and bring? And more years of billing, so that less of the value lies beyond what was "
    "watched."
)


def _arithmetic() -> Message:
    """Return what the published margins give under other readings."""
    published = reichheld_value(0.05, rate=0.06, lives="deterministic") / reichheld_value(
        0.10, rate=0.06, lives="deterministic"
    )
    base = reichheld_value(0.10, rate=0.10)
    return say(
        "With the published margins and a discount rate of 6% the 75 percent come back to within a point "
        "({again}). If customers stay differently long and money is discounted by 10%, it is {other}; five "
        "percent fewer defections (10 to 9.5) give {fewer}; the yearly profit of a constant base rises by "
        "{yearly}.",
        again=percent(published - 1, 0, signed=True),
        other=percent(reichheld_value(0.05, rate=0.10) / base - 1, 0, signed=True),
        fewer=percent(reichheld_value(0.095, rate=0.10) / base - 1, 0, signed=True),
        yearly=percent(reichheld_profit(0.05) / reichheld_profit(0.10) - 1, 0),
    )


def _measured(tenure: Tenure) -> Message:
    now = float(retention(tenure.curve.hazards))
    if VERSIONS["source"].change not in possible_changes(tenure.curve):
        return say(
            "The value of a newly won customer of this company from its own margins and its own leaving by "
            "tenure ({customers} customers, {months} months). Over twelve months {now} are kept, so that "
            "five points more, as in the source, cannot be computed.",
            customers=count(tenure.customers),
            months=count(tenure.window),
            now=percent(now),
        )
    return say(
        "The value of a newly won customer of this company from its own margins and its own leaving by "
        "tenure ({customers} customers, {months} months), if {then} instead of {now} were kept over twelve "
        "months: the five points of the source.",
        customers=count(tenure.customers),
        months=count(tenure.window),
        now=percent(now),
        then=percent(CHANGES["plus5points"](now)),
    )


def _figure_words(ds: Any, readings: pd.DataFrame, grid: pd.DataFrame) -> Message:
    if grid.empty:
        return say("Five points more would lift retention to 100% or above.")
    share = partial(percent, digits=0, signed=True)
    return say(
        "{value} (between {low} and {high}) at a discount rate of {rate}. Over discount rates from "
        "{lowest_rate} to {highest_rate} and everything assumed for the time beyond the data, the limits "
        "reach from {lowest} to {highest}.",
        **interval(_headline(ds, readings, VERSIONS["source"]), share),
        rate=percent(ds.money.discount_rate, 0),
        lowest_rate=percent(grid.rate.min(), 0),
        highest_rate=percent(grid.rate.max(), 0),
        lowest=share(grid.low.min()),
        highest=share(grid.high.max()),
    )


def _sentence(ds: Any, readings: pd.DataFrame, grid: pd.DataFrame, verdict: Verdict) -> Message:
    word = VERDICTS[verdict.word]
    if grid.empty:
        return say("That 5% more retention brings 75% more profit is, for this company: {word}.", word=word)
    return say(
        "That 5% more retention brings 75% more profit is, for this company: {word}. Five points more "
        "retention would raise the value of a new customer by about {value} (between {low} and {high}).",
        word=word,
        **interval(_headline(ds, readings, VERSIONS["source"]), partial(percent, digits=0)),
    )


def _verdict_words(verdict: Verdict) -> Message:
    return say("{verdict}: {reasons}.", verdict=VERDICTS[verdict.word], reasons=listing(verdict.reasons))


def _popular_words(ds: Any, readings: pd.DataFrame, grid: pd.DataFrame, verdict: Verdict) -> Message:
    if grid.empty:
        return _verdict_words(verdict)
    return say(
        "Five percent more retention would change the yearly profit after fixed cost by {value} (between "
        "{low} and {high}). Verdict: {verdict}: {reasons}.",
        **interval(_headline(ds, readings, VERSIONS["popular"]), partial(percent, digits=0, signed=True)),
        verdict=VERDICTS[verdict.word],
        reasons=listing(verdict.reasons),
    )


def _rule(ds: Any) -> Message:
    rules = ds.claims.reichheld
    return say(
        "The rule was fixed before the run, for each reading by itself: contradicted if every upper limit "
        "is below {claimed}, supported if every lower limit is at least {least}, at every discount rate "
        "({rates}) and under every assumption beyond the last month counted ({tails}). “Up to” cannot be "
        "contradicted by one company; tested is “for this company”.",
        claimed=percent(rules.gain, 0),
        least=percent(rules.gain - rules.tolerance, 0),
        rates=listing(percent(rate, 0) for rate in rules.discount_rates),
        tails=listing(TAIL_WORDS.values()),
    )
