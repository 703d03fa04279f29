"""Charts of leaving and staying: churn by month, survival curves, cohorts."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from seaborn import heatmap
from seaborn.utils import relative_luminance

from cxlib import style
from cxlib.language import Message, count, month, percent, say, to_text
from cxlib.result import Result, interval

__all__ = ["churn", "cohorts", "groups", "survival"]

LABELLED_MONTHS = 4
LABELLED_TIMES = 8
whole = partial(percent, digits=0)
SHADES = LinearSegmentedColormap.from_list("cx", ["#ffffff", style.MAIN])


@style.chart
def churn(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw the churn rate by month with its interval; of a snapshot, the share that has left.

    Parameters
    ----------
    result : Result
        Of ``retention.churn_rate``.
    """
    if "month" not in result.table:
        return _gone(result, ax)
    ax, table = style.axes(ax), result.table
    places = np.arange(len(table))
    ax.vlines(places, table["low"], table["high"], color=style.MAIN, alpha=0.45, lw=1.5)
    ax.plot(places, table["rate"], "o-", color=style.MAIN, lw=1, ms=4)
    ax.set_ylim(0, float(table["high"].max()) * 1.15)
    step = max(1, -(-len(table) // LABELLED_MONTHS))
    shown = list(range(len(table) - 1, -1, -step))[::-1]
    ax.set_xticks(shown, [month(table["month"].iloc[place], short=True).text() for place in shown])
    style.words_on(ax.yaxis, percent)
    known = table.dropna(subset="rate")
    first, last = known.iloc[0], known.iloc[-1]
    alt = say(
        "Share of customers who left by month: {first} in {from_month}, {last} in {to_month} "
        "(interval {low} to {high}).",
        first=percent(first["rate"], 2),
        from_month=month(first["month"]),
        last=percent(last["rate"], 2),
        to_month=month(last["month"]),
        low=percent(last["low"], 2),
        high=percent(last["high"], 2),
    )
    return style.finish(ax, alt=alt, y=say("Left in the month"))


def _gone(result: Result, ax: Axes | None) -> Axes:
    ax, table = style.axes(ax, height=1.4), result.table
    show = result.columns["state"].show
    start = 0.0
    for state, share in zip(table["state"], table["share"], strict=True):
        ax.barh(0, share, left=start, height=0.6, color=style.BAD if state == "left" else style.LIGHT)
        words = f"{show(state).text()}\n{whole(share).text()}"
        ax.text(start + share / 2, 0.42, words, ha="center", va="bottom", fontsize=10)
        start += share
    ax.set(xlim=(0, 1), ylim=(-0.35, 1.2), yticks=[], xticks=[])
    ax.spines[["left", "bottom"]].set_visible(False)
    alt = say(
        "{value} of the customers have left (interval {low} to {high}).", **interval(result.facts["share"])
    )
    return style.finish(ax, alt=alt)


@style.chart
def survival(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw the share of new customers still here by month, its interval, and who is at risk below.

    Of a snapshot, the share that has left by time as a customer.

    Parameters
    ----------
    result : Result
        Of ``retention.kaplan_meier``.
    """
    if "curve" not in result.parts:
        return _shares_gone(result, ax)
    ax, curve = style.axes(ax, height=3.6), result.parts["curve"]
    _line(ax, curve, style.MAIN)
    _times_below(ax, curve)
    last = curve.iloc[-1]
    alt = say(
        "Share of new customers still here: falls from 100% to {share} after {n} month (interval {low} to "
        "{high}); {customers} customers at risk in the month of the start, {at_risk} in the last.",
        plural="Share of new customers still here: falls from 100% to {share} after {n} months (interval "
        "{low} to {high}); {customers} customers at risk in the month of the start, {at_risk} in the last.",
        share=whole(last["survival"]),
        n=count(last["time"]),
        low=whole(last["low"]),
        high=whole(last["high"]),
        customers=count(curve["at_risk"].iloc[0]),
        at_risk=count(last["at_risk"]),
    )
    return style.finish(
        ax, alt=alt, x=say("Months since the start; below: customers at risk"), y=say("Still here")
    )


def _line(ax: Axes, curve: pd.DataFrame, colour: str) -> None:
    time = np.concatenate([[0], curve["time"]])
    share = np.concatenate([[1.0], curve["survival"]])
    low, high = (np.concatenate([[1.0], curve[name].fillna(curve["survival"])]) for name in ("low", "high"))
    ax.fill_between(time, low, high, step="post", color=colour, alpha=0.18, lw=0)
    ax.step(time, share, where="post", color=colour, lw=2)
    ax.set(ylim=(0, 1.02), xlim=(0, None))
    style.words_on(ax.yaxis, whole)


def _times_below(ax: Axes, curve: pd.DataFrame) -> None:
    """Write months below the axis and, under each, how many customers were at risk in it."""
    longest = int(curve["time"].iloc[-1])
    step = next(s for s in (1, 2, 3, 6, 12, 24, 36, 60, 120) if longest / s <= LABELLED_TIMES or s == 120)
    shown = [*range(0, longest + 1, step)]
    at_risk = curve.set_index("time")["at_risk"]
    ax.set_xticks(shown, [f"{time}\n{count(at_risk[time]).text()}" for time in shown])


@style.chart
def groups(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw one survival curve per group, each named at its end; of a snapshot, the share that has left.

    Parameters
    ----------
    result : Result
        Of ``retention.by``.
    """
    if "curves" not in result.parts:
        return _shares_gone(result, ax)
    ax, curves = style.axes(ax, height=3.4), result.parts["curves"]
    order = result.table["group"][::-1]
    ends = []
    for place, group in enumerate(order):
        curve = curves[curves["group"] == group]
        colour = style.SERIES[place % len(style.SERIES)]
        _line(ax, curve, colour)
        ends.append((float(curve["survival"].iloc[-1]), int(curve["time"].iloc[-1]), group, colour))
    _names_at_ends(ax, ends)
    lowest, highest = result.table.iloc[0], result.table.iloc[-1]
    alt = say(
        "Share still here by group: after {n} months from {low} ({lowest}) to {high} ({highest}).",
        n=count(result.facts["months"]),
        low=percent(lowest["value"]),
        lowest=lowest["group"],
        high=percent(highest["value"]),
        highest=highest["group"],
    )
    return style.finish(ax, alt=alt, x=say("Months since the start"), y=say("Still here"))


def _shares_gone(result: Result, ax: Axes | None) -> Axes:
    """Draw the share of each group of a snapshot that has left, with its interval."""
    table = result.table[::-1].reset_index(drop=True)
    ax = style.axes(ax, height=1.0 + 0.34 * len(table))
    ax.hlines(table.index, table["low"], table["high"], color=style.MAIN, alpha=0.45, lw=1.5)
    ax.plot(table["share"], table.index, "o", color=style.MAIN, ms=5)
    ax.set_yticks(table.index, [to_text(group) for group in table["group"]])
    ax.set(xlim=(0, None), ylim=(-0.6, len(table) - 0.4))
    style.words_on(ax.xaxis, whole)
    first, last = result.table.iloc[0], result.table.iloc[-1]
    alt = say(
        "Share of the customers who have left: {first_group} {first}, {last_group} {last}.",
        first_group=first["group"],
        first=percent(first["share"]),
        last_group=last["group"],
        last=percent(last["share"]),
    )
    return style.finish(ax, alt=alt, x=say("Have left"))


def _names_at_ends(ax: Axes, ends: list[tuple[float, int, str, str]]) -> None:
    """Write each group's name right of its curve, at least a line apart."""
    height = 1.1
    for share, time, group, colour in sorted(ends, reverse=True):
        height = min(share, height - 0.075)
        ax.annotate(
            group,
            (time, share),
            xytext=(1.02, height),
            textcoords=ax.get_yaxis_transform(),
            color=colour,
            va="center",
            fontsize=10,
        )


@style.chart
def cohorts(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw cohorts as a heatmap: one row per start, one column per age, shares written in.

    Parameters
    ----------
    result : Result
        Of ``retention.cohorts``.
    """
    table = result.table
    ages = [column for column in table if column.startswith("after_")]
    shares = table[ages].to_numpy(dtype=float)
    ax = style.axes(ax, height=1.1 + 0.34 * len(table))
    low, high = _shades(shares)
    heatmap(
        shares,
        ax=ax,
        cmap=SHADES,
        vmin=low,
        vmax=high,
        cbar=False,
        annot=np.vectorize(_bare_percent, otypes=[object])(shares),
        fmt="",
        annot_kws={"fontsize": 9.5},
        xticklabels=[age.removeprefix("after_") for age in ages],
        yticklabels=[month(name, short=True).text() for name in table["cohort"]],
    )
    for text in ax.texts:
        column, row = (int(place) for place in text.get_position())
        text.set_color(_readable_on(SHADES((shares[row, column] - low) / (high - low))))
    ax.tick_params(length=0)
    ax.tick_params(axis="y", rotation=0)
    return style.finish(
        ax, alt=_cohorts_alt(table, ages), x=say("Months since the start; numbers in percent")
    )


def _shades(shares: np.ndarray) -> tuple[float, float]:
    """Return the shares drawn lightest and darkest; the lowest is not quite white."""
    known = shares[~np.isnan(shares)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    return low - 0.15 * (high - low + 0.01), high


def _readable_on(colour: tuple[float, ...]) -> str:
    """Return white or ink, whichever has the higher contrast (WCAG) to a colour."""
    field, ink = relative_luminance(colour) + 0.05, relative_luminance(style.INK) + 0.05
    return "white" if 1.05 / field > field / ink else style.INK


def _bare_percent(share: float) -> str:
    return whole(share).text().replace("%", "").strip()


def _cohorts_alt(table: pd.DataFrame, ages: list[str]) -> Message:
    first = ages[0]
    filled = table.dropna(subset=first)
    if filled.empty:
        return say("No cohort is old and large enough to be shown.")
    return say(
        "Share of each cohort by age in months, {n} cohort; at age {months} from {low} to {high}.",
        plural="Share of each cohort by age in months, {n} cohorts; at age {months} from {low} to {high}.",
        n=count(len(table)),
        months=count(int(first.removeprefix("after_"))),
        low=percent(filled[first].min()),
        high=percent(filled[first].max()),
    )
