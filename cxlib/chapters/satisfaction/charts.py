"""Charts of satisfaction: classes of answers, the score over time, and scores of groups."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from cxlib import style
from cxlib.chapters.satisfaction.over_time import is_beyond_chance
from cxlib.language import Message, count, listing, month, number, percent, say, to_text
from cxlib.result import Result

__all__ = ["classes", "groups", "trend"]

CLASS_COLOURS = {"detractors": style.BAD, "passives": style.LIGHT, "promoters": style.GOOD}
CLASS_WORDS = {
    "detractors": say("Detractors"),
    "passives": say("Passives"),
    "promoters": say("Promoters"),
}
LABELLED_MONTHS = 4
ROW_HEIGHT = 0.36
points = partial(number, digits=0)
whole = partial(percent, digits=0)


@style.chart
def classes(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw the shares of detractors, passives and promoters as one bar.

    Parameters
    ----------
    result : Result
        Of ``satisfaction.nps``.
    """
    ax = style.axes(ax, height=1.5)
    start = 0.0
    for row in result.table.itertuples():
        name = result.table.loc[row.Index, "class"]
        ax.barh(0, row.share, left=start, height=0.6, color=CLASS_COLOURS[name])
        words = f"{CLASS_WORDS[name].text()}\n{percent(row.share, 0).text()}"
        ax.text(start + row.share / 2, 0.42, words, ha="center", va="bottom", fontsize=10)
        start += row.share
    ax.set(xlim=(0, 1), ylim=(-0.35, 1.2), yticks=[], xticks=[])
    ax.spines[["left", "bottom"]].set_visible(False)
    shares = listing(
        say("{name} {share}", name=CLASS_WORDS[name], share=percent(share, 0))
        for name, share in zip(result.table["class"], result.table["share"], strict=True)
    )
    return style.finish(ax, alt=say("Answers by class: {shares}.", shares=shares))


@style.chart
def trend(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw the net promoter score by month with its interval, the mean and the limits of chance.

    Where a steady change is more than chance, the line through the months is drawn.

    Parameters
    ----------
    result : Result
        Of ``satisfaction.trend``.
    """
    ax, table = style.axes(ax, height=3.4), result.table
    places = np.arange(len(table))
    if table["lower"].notna().all():
        ax.fill_between(
            places, table["lower"], table["upper"], step="mid", color=style.LIGHT, alpha=0.6, lw=0
        )
        top = float(table["upper"].max())
        ax.text(0, top, say("limits of chance").text(), color=style.GREY, va="bottom", fontsize=10)
    ax.axhline(table["mean"].iloc[0], color=style.GREY, lw=1)
    if _has_changed(result):
        ax.plot(places, table["line"], color=style.BAD, lw=1.5, ls="--")
    ax.vlines(places, table["low"], table["high"], color=style.MAIN, alpha=0.45, lw=1.5)
    sns.lineplot(x=places, y=table["value"], errorbar=None, color=style.MAIN, lw=1, ax=ax)
    beyond = np.where(table["signal"] == "", "within", "beyond")
    dots = {"palette": {"within": style.MAIN, "beyond": style.BAD}, "s": 22, "lw": 0, "legend": False}
    sns.scatterplot(x=places, y=table["value"], hue=beyond, zorder=3, ax=ax, **dots)
    ax.margins(y=0.12)
    _months_below(ax, table["month"])
    style.words_on(ax.yaxis, points)
    return style.finish(ax, alt=_trend_alt(result), y=say("Net promoter score"))


def _months_below(ax: Axes, months: pd.Series) -> None:
    """Write a few months below the axis, the last one always."""
    step = max(1, -(-len(months) // LABELLED_MONTHS))
    places = list(range(len(months) - 1, -1, -step))[::-1]
    ax.set_xticks(places, [month(months.iloc[place], short=True).text() for place in places])


def _has_changed(result: Result) -> bool:
    return any(is_beyond_chance(change) for change in result.parts["change"].itertuples())


def _trend_alt(result: Result) -> Message:
    table = result.table
    first, last = table.iloc[0], table.iloc[-1]
    words = {
        "first": points(first["value"]),
        "from_month": month(first["month"]),
        "last": points(last["value"]),
        "to_month": month(last["month"]),
        "low": points(last["low"]),
        "high": points(last["high"]),
        "mean": points(last["mean"]),
    }
    if table["lower"].isna().any():
        return say(
            "Net promoter score by month: {first} in {from_month}, {last} in {to_month} (interval {low} to "
            "{high}); mean {mean}; too short for limits of chance.",
            **words,
        )
    marks = say(
        "Net promoter score by month: {first} in {from_month}, {last} in {to_month} (interval {low} to "
        "{high}); mean {mean}; {n} of {months} months lies outside the limits of chance.",
        plural="Net promoter score by month: {first} in {from_month}, {last} in {to_month} (interval {low} "
        "to {high}); mean {mean}; {n} of {months} months lie outside the limits of chance.",
        n=count(int((table["signal"] != "").sum())),
        months=count(len(table)),
        **words,
    )
    if not _has_changed(result):
        return marks
    ends = {"from_line": points(first["line"]), "to_line": points(last["line"])}
    return say("{marks} A line through the months leads from {from_line} to {to_line}.", marks=marks, **ends)


@style.chart
def groups(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw the score of each group with its interval, the lowest at the top.

    Parameters
    ----------
    result : Result
        Of ``satisfaction.by``.
    """
    shown = result.table[~result.table["hidden"]]
    ax = style.axes(ax, height=0.9 + ROW_HEIGHT * (len(shown) + 1))
    column = result.columns["value"]
    places = np.arange(len(shown))[::-1]
    if len(shown):
        _mark_all(ax, float(shown["overall"].iloc[0]))
    ax.hlines(places, shown["low"], shown["high"], color=style.MAIN, lw=2)
    sns.scatterplot(x=shown["value"], y=places, color=style.MAIN, s=36, lw=0, zorder=3, ax=ax)
    names = [to_text(result.columns["group"].show(group)) for group in shown["group"]]
    ax.set_yticks(places, names)
    ax.set_ylim(-0.6, len(shown) - 0.4)
    style.words_on(ax.xaxis, whole if column.show is percent else points)
    return style.finish(ax, alt=_groups_alt(result, shown), x=column.label)


def _mark_all(ax: Axes, value: float) -> None:
    """Draw the value of all groups together as a line with its name above."""
    ax.axvline(value, color=style.GREY, lw=1)
    above = {"transform": ax.get_xaxis_transform(), "ha": "center", "fontsize": 10}
    ax.text(value, 1.01, say("all").text(), color=style.GREY, **above)


def _groups_alt(result: Result, shown: pd.DataFrame) -> Message:
    show, name = result.columns["value"].show, result.columns["group"].show
    if shown.empty:
        return say("No group is large enough to be shown.")
    lowest, highest = shown.iloc[0], shown.iloc[-1]
    words = {
        "lowest": name(lowest["group"]),
        "low": show(lowest["value"]),
        "all": show(lowest["overall"]),
    }
    if len(shown) == 1:
        return say("One group with its interval: {lowest} ({low}); all together {all}.", **words)
    return say(
        "{groups} groups with their intervals, from {lowest} ({low}) to {highest} ({high}); all "
        "together {all}.",
        groups=count(len(shown)),
        highest=name(highest["group"]),
        high=show(highest["value"]),
        **words,
    )
