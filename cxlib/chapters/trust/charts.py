"""Charts of data trust: months with and without rows, scores side by side, who answers."""

from __future__ import annotations

import textwrap
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize

from cxlib import style
from cxlib.language import Message, count, listing, month, number, say, to_text
from cxlib.result import Result

__all__ = ["balance", "coverage", "scores", "silent"]

ROW_HEIGHT = 0.36
LABELLED_MONTHS = 4
LETTERS_PER_LINE = 18
NEGLIGIBLE = 0.1
TICKS = 4
SHADES = LinearSegmentedColormap.from_list("rows", ["#e3ebf2", style.MAIN])
# Twice the usual month and more is darkest.
SHADES_FROM_TO = Normalize(0, 2)
GROUP_COLOURS = {"answered": style.MAIN, "silent": style.BAD, "not asked": style.GREY}
points = partial(number, digits=0)
tenths = partial(number, digits=1, signed=True)


@style.chart
def coverage(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw one row per table and one field per month: the fuller, the darker; empty months marked.

    Parameters
    ----------
    result : Result
        Of ``trust.coverage``.
    """
    cells = result.parts["cells"]
    months, names = cells["month"].unique(), [to_text(name) for name in result.table["what"]]
    ax = style.axes(ax, height=1.6 + 0.42 * len(names))
    relative = cells["relative"].where(cells["rows"] > 0).to_numpy(dtype=float)
    edges = (np.arange(n + 1) - 0.5 for n in (len(months), len(names)))
    grid = np.ma.masked_invalid(relative.reshape(len(names), len(months)))
    ax.pcolormesh(*edges, grid, cmap=SHADES, norm=SHADES_FROM_TO, edgecolor="white", linewidth=0.8)
    for state, marker, words in (("gap", "x", say("empty month")), ("thin", "v", say("few rows"))):
        places = np.flatnonzero(cells["state"] == state)
        if places.size:
            row, column = np.divmod(places, len(months))
            ax.scatter(column, row, marker=marker, color=style.BAD, s=24, lw=1.6, label=words.text())
    ax.set_yticks(range(len(names)), [textwrap.fill(name, LETTERS_PER_LINE) for name in names])
    ax.set(xlim=(-0.5, len(months) - 0.5), ylim=(len(names) - 0.5, -0.5))
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.tick_params(length=0)
    step = max(1, -(-len(months) // LABELLED_MONTHS))
    shown = range(len(months) - 1, -1, -step)
    ax.set_xticks([*shown], [month(months[place], short=True).text() for place in shown])
    if ax.collections[1:]:
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, fontsize=10, handletextpad=0.2)
    return style.finish(ax, alt=_coverage_alt(result), x=say("darker: more rows than usual"))


def _coverage_alt(result: Result) -> Message:
    cells = result.parts["cells"]
    marked = {state: int((cells["state"] == state).sum()) for state in ("gap", "thin")}
    return say(
        "Rows of {tables} by month, {first} to {last}: {gaps} empty months between months with rows, {thin} "
        "with far fewer rows than those around them.",
        tables=listing(result.table["what"]),
        first=month(cells["month"].iloc[0]),
        last=month(cells["month"].iloc[-1]),
        gaps=count(marked["gap"]),
        thin=count(marked["thin"]),
    )


@style.chart
def scores(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw the score of those who answered and the weighted one with their intervals.

    Parameters
    ----------
    result : Result
        Of ``trust.score_gap``.
    """
    table, name = result.table, result.columns["score"].show
    ax = style.axes(ax, height=1.8)
    _dots(ax, table, [to_text(name(key)) for key in table["score"]], [style.GREY, style.MAIN], points)
    style.words_on(ax.xaxis, points)
    scores = _read(table, "score", name, points)
    alt = say("Net promoter score with intervals: {scores}.", scores=scores)
    return style.finish(ax, alt=alt, x=say("Net promoter score"))


@style.chart
def silent(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw one value of those who answered, did not answer and were not asked, with intervals.

    Parameters
    ----------
    result : Result
        Of ``trust.silent``.
    """
    shown = result.table
    name, (label, show) = result.columns["group"].show, result.columns["value"]
    ax = style.axes(ax, height=1.0 + ROW_HEIGHT * len(shown))
    colours = [GROUP_COLOURS[key] for key in shown["group"]]
    _dots(ax, shown, [to_text(name(key)) for key in shown["group"]], colours, show)
    ax.locator_params(axis="x", nbins=TICKS)
    style.words_on(ax.xaxis, show)
    groups = _read(shown, "group", name, show)
    alt = say("{label}, with intervals: {groups}.", label=label, groups=groups)
    return style.finish(ax, alt=alt, x=label)


def _dots(ax: Axes, table: pd.DataFrame, names: list[str], colours: list[str], show: Any) -> None:
    """Draw value and interval of each row, the first at the top, its value written above the dot."""
    places = np.arange(len(table))
    ax.hlines(places, table["low"], table["high"], colors=colours, lw=2)
    ax.scatter(table["value"], places, c=colours, s=42, zorder=3)
    for place, value in zip(places, table["value"], strict=True):
        words = to_text(show(value))
        ax.annotate(words, (value, place), (0, 6), textcoords="offset points", ha="center", fontsize=10)
    ax.set_yticks(places, names)
    ax.set_ylim(len(table) - 0.5, -0.8)
    ax.margins(x=0.1)


def _read(table: pd.DataFrame, column: str, name: Any, show: Any) -> Any:
    """Return values and intervals for the alternative text."""
    return listing(
        say(
            "{name} {value} ({low} to {high})",
            name=name(row[column]),
            value=show(row["value"]),
            low=show(row["low"]),
            high=show(row["high"]),
        )
        for _, row in table.iterrows()
    )


@style.chart
def balance(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw how far those who answered differ from all customers, level by level, and after weighting.

    Parameters
    ----------
    result : Result
        Of ``trust.balance``.
    """
    shown = result.table[~result.table["hidden"]]
    variable = result.columns["variable"].show
    places = np.arange(len(shown)) + 0.9 * (pd.factorize(shown["variable"])[0] + 1)
    ax = style.axes(ax, height=1.5 + 0.3 * (places[-1] if len(places) else 0))
    ax.axvspan(-NEGLIGIBLE, NEGLIGIBLE, color=style.LIGHT, alpha=0.5, lw=0)
    ax.axvline(0, color=style.GREY, lw=1)
    ax.hlines(places, shown["low"], shown["high"], color=style.BAD, lw=2)
    ax.scatter(shown["value"], places, color=style.BAD, s=34, zorder=3, label=say("as answered").text())
    if shown["weighted"].notna().any():
        words = say("weighted").text()
        ax.scatter(shown["weighted"], places, fc="white", ec=style.MAIN, lw=1.6, s=34, zorder=4, label=words)
    heads = shown.groupby("variable", sort=False).head(1).index
    headed = [(places[shown.index.get_loc(row)] - 0.9, variable(shown.at[row, "variable"])) for row in heads]
    for place, head in headed:
        ax.text(
            -0.02,
            place,
            to_text(head),
            transform=ax.get_yaxis_transform(),
            ha="right",
            va="center",
            weight="bold",
        )
    ax.set_yticks(places, [to_text(name) for name in shown["what"]])
    ax.set_ylim((places[-1] if len(places) else 0) + 0.6, -0.6)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, fontsize=10, handletextpad=0.1)
    style.words_on(ax.xaxis, tenths)
    return style.finish(ax, alt=_balance_alt(result, shown), x=say("Standardised difference"))


def _balance_alt(result: Result, shown: pd.DataFrame) -> Message:
    if shown.empty:
        return say("No group is large enough to be shown.")
    variable, show = result.columns["variable"].show, result.columns["value"].show
    beyond = shown[shown["value"].abs() > NEGLIGIBLE]
    named = listing(
        say(
            "{variable} {group} {value}",
            variable=variable(row.variable),
            group=row.what,
            value=show(row.value),
        )
        for row in beyond.itertuples()
    )
    if beyond.empty:
        return say(
            "No group differs by more than is negligible between those who answered and all customers."
        )
    return say(
        "Groups that differ by more than is negligible, with their standardised difference: {groups}.",
        groups=named,
    )
