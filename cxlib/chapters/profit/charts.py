"""Charts of chapter 13: margin with tenure, value build-up, what-if bars, and the claim's verdict."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from cxlib import style
from cxlib.chapters.profit.assumptions import TAIL_WORDS, as_given
from cxlib.language import Message, money, number, percent, say
from cxlib.result import Result

__all__ = ["claim", "customer_value", "tenure_margin", "what_if"]

TAIL_COLOURS = {"stop": style.GREY, "flat": style.SERIES[0], "sbg": style.SERIES[3], "even": style.SERIES[3]}


@style.chart
def tenure_margin(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw the mean margin of a customer at risk by month of tenure, with its interval.

    Parameters
    ----------
    result : Result
        Of :func:`cxlib.profit.tenure_margin`.
    """
    ax = style.axes(ax)
    months = result.parts["months"]
    ax.fill_between(months["tenure"], months["low"], months["high"], color=style.LIGHT, linewidth=0)
    sns.lineplot(months, x="tenure", y="margin", color=style.MAIN, ax=ax)
    ax.axhline(0, color=style.GREY, linewidth=0.8)
    ax.set_xlim(0, months["tenure"].max() + 1)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=5))
    ax.set_xticks(range(0, int(months["tenure"].max()) + 1, 12))
    style.words_on(ax.yaxis, _cash(result, digits=0 if months["high"].max() >= 5 else 2))
    style.words_on(ax.xaxis, number)
    years = result.table
    alt = say(
        "Margin of a customer per month by month of tenure: {first} a month in the first year, {last} in "
        "year {year} (interval {low} to {high}).",
        first=_cash(result)(years["margin"].iloc[0]),
        last=_cash(result)(years["margin"].iloc[-1]),
        year=number(int(years["year"].iloc[-1])),
        low=_cash(result)(years["low"].iloc[-1]),
        high=_cash(result)(years["high"].iloc[-1]),
    )
    return style.finish(ax, alt=alt, x=say("Month of tenure"), y=say("Margin a month"))


@style.chart
def customer_value(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw how the value of a newly won customer builds up, from the cost of winning on.

    Parameters
    ----------
    result : Result
        Of :func:`cxlib.profit.customer_value`.
    """
    ax = style.axes(ax)
    table, start = result.table, result.facts["start"]
    ax.axhline(0, color=style.GREY, linewidth=0.8)
    months = [0, *table["months"]]
    ax.plot(months, [start, *table["value"]], color=style.LIGHT, zorder=1)
    arms = [table["value"] - table["low"], table["high"] - table["value"]]
    ax.errorbar(
        table["months"], table["value"], yerr=arms, fmt="o", color=style.MAIN, markersize=4, capsize=6
    )
    ax.plot([0], [start], "o", color=style.BAD)
    cash = _cash(result, digits=0)
    _tag(ax, 0, start, cash(start))
    for row in table.itertuples():
        _tag(ax, row.months, row.value, cash(row.value))
    ax.set_xticks(months)
    ax.margins(y=0.15, x=0.12)
    style.words_on(ax.yaxis, cash)
    style.words_on(ax.xaxis, number)
    last = table.iloc[-1]
    alt = say(
        "Value of a newly won customer over time: {start} at the beginning, {value} after {months} months "
        "(interval {low} to {high}).",
        start=cash(start),
        value=cash(last["value"]),
        months=number(int(last["months"])),
        low=cash(last["low"]),
        high=cash(last["high"]),
    )
    return style.finish(ax, alt=alt, x=say("Months after winning"), y=say("Value so far"))


def _tag(ax: Axes, x: float, y: float, text: Any) -> None:
    ax.annotate(text.text(), (x, y), xytext=(0, 11), textcoords="offset points", ha="center", va="bottom")


@style.chart
def what_if(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw the gain of each reading of "more retention" with its interval, and the claimed gain.

    Parameters
    ----------
    result : Result
        Of :func:`cxlib.profit.what_if`.
    """
    table, claimed = result.table, result.facts["claimed"]
    ax = style.axes(ax, height=1.2 + 0.62 * len(table))
    places = np.arange(len(table))
    sns.barplot(x=table["gain"], y=places, orient="y", width=0.32, color=style.GOOD, saturation=1, ax=ax)
    ax.hlines(places, table["low"], table["high"], color=style.INK, linewidth=1.6)
    for place, row in zip(places, table.itertuples(), strict=True):
        ax.text(0, place - 0.24, row.reading.text(), va="bottom", ha="left")
        gain = percent(row.gain, 1, signed=True).text()
        ax.annotate(gain, (max(row.high, 0), place), xytext=(6, 0), textcoords="offset points", va="center")
    ax.set_xlim(min(0.0, table["low"].min()), max(claimed, table["high"].max()) * 1.12)
    ax.set_ylim(len(table) - 0.6, -1.2)
    _claimed_line(ax, claimed, vertical=True)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    style.words_on(ax.xaxis, partial(percent, digits=0))
    smallest, largest = table.loc[table["gain"].idxmin()], table.loc[table["gain"].idxmax()]
    alt = say(
        "Gains of the readings of “more retention” beside the claimed {claimed}: from {small} "
        "({small_reading}) to {large} ({large_reading}).",
        claimed=as_given(claimed),
        small=percent(smallest["gain"], 1, signed=True),
        small_reading=smallest["reading"],
        large=percent(largest["gain"], 1, signed=True),
        large_reading=largest["reading"],
    )
    return style.finish(ax, alt=alt, x=say("Gain, with 95% interval"))


@style.chart
def claim(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw the gain from five points more retention at each discount rate and under each tail rule.

    Parameters
    ----------
    result : Result
        Of :func:`cxlib.profit.claim`.
    """
    ax = style.axes(ax, height=3.6)
    grid = result.parts["grid"]
    grid = grid[grid["version"] == "source"]
    claimed = result.facts["claimed"]
    if grid.empty:
        return _claim_alone(ax, claimed)
    rates = sorted(grid["rate"].unique())
    tails = [tail for tail in TAIL_WORDS if tail in set(grid["tail"])]
    for shift, tail in enumerate(tails):
        _one_tail(ax, grid[grid["tail"] == tail].sort_values("rate"), rates, shift - 1, tail)
    _name_tails(ax, grid[grid["rate"] == rates[-1]], len(rates))
    _claimed_line(ax, claimed, vertical=False)
    ax.set_ylim(min(0.0, grid["low"].min()), max(claimed, grid["high"].max()) * 1.15)
    ax.set_xlim(-0.5, len(rates) + 1.2)
    ax.set_xticks(range(len(rates)), [as_given(rate).text() for rate in rates])
    style.words_on(ax.yaxis, partial(percent, digits=0))
    alt = _claim_words(grid, rates, claimed)
    return style.finish(ax, alt=alt, x=say("Discount rate a year"), y=say("Gain in value"))


def _name_tails(ax: Axes, ends: pd.DataFrame, rates: int) -> None:
    """Write above the names of the tail rules what they name."""
    ax.annotate(
        say("Later years:").text(),
        (rates - 1 + 0.16, ends["value"].max()),
        xytext=(10, 27),
        textcoords="offset points",
        va="center",
    )


def _claim_words(grid: pd.DataFrame, rates: list[float], claimed: float) -> Message:
    return say(
        "Gain in a new customer's value from five points more retention, at discount rates from {first} to"
        " {last} and under each assumption beyond the data: limits from {low} to {high}; the claim says "
        "{claimed}.",
        first=as_given(rates[0]),
        last=as_given(rates[-1]),
        low=percent(grid["low"].min(), 0),
        high=percent(grid["high"].max(), 0),
        claimed=as_given(claimed),
    )


def _claim_alone(ax: Axes, claimed: float) -> Axes:
    """Draw the claimed gain with a word on why no gain stands beside it."""
    words = say("Five points more retention cannot be computed here.")
    ax.set_ylim(0.0, claimed * 1.15)
    ax.set_xlim(-0.5, 1.5)
    ax.set_xticks([])
    _claimed_line(ax, claimed, vertical=False)
    ax.annotate(words.text(), (0.5, claimed / 2), ha="center")
    style.words_on(ax.yaxis, partial(percent, digits=0))
    return style.finish(ax, alt=words, y=say("Gain in value"))


def _one_tail(ax: Axes, rows: pd.DataFrame, rates: list[float], shift: int, tail: str) -> None:
    """Draw one tail rule's gains over the discount rates, named at the right end."""
    colour = TAIL_COLOURS[tail]
    places = np.array([rates.index(rate) for rate in rows["rate"]]) + 0.16 * shift
    ax.vlines(places, rows["low"], rows["high"], color=colour, linewidth=2.5)
    ax.plot(places, rows["value"], "o", color=colour, markersize=5)
    raised = {"stop": 0, "flat": -9, "sbg": 9, "even": 9}[tail]
    ax.annotate(
        TAIL_WORDS[tail].text(),
        (len(rates) - 1 + 0.16, rows["value"].iloc[-1]),
        xytext=(10, raised),
        textcoords="offset points",
        color=colour,
        va="center",
    )


def _claimed_line(ax: Axes, claimed: float, *, vertical: bool) -> None:
    """Mark the claimed gain."""
    words: Message = say("claimed: {gain}", gain=as_given(claimed, signed=True))
    line = ax.axvline if vertical else ax.axhline
    line(claimed, color=style.BAD, linestyle="--", linewidth=1.2)
    top = ax.get_ylim()[1]
    place, shift, side = (
        ((claimed, top), (-5, -4), "right") if vertical else ((-0.4, claimed), (0, 4), "left")
    )
    ax.annotate(
        words.text(),
        place,
        xytext=shift,
        textcoords="offset points",
        color=style.BAD,
        ha=side,
        va="top" if vertical else "bottom",
    )


def _cash(result: Result, digits: int = 2) -> Any:
    return partial(money, currency=result.facts["currency"], digits=digits)
