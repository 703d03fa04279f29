"""Charts of data trust: months with and without rows, scores side by side, who answers."""

from __future__ import annotations

import textwrap
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from cxlib import style
from cxlib.chapters.trust.respondents import NEGLIGIBLE
from cxlib.language import Message, count, listing, month, number, say, to_text
from cxlib.result import Result

__all__ = ["balance", "coverage", "scores", "silent"]

ROW_HEIGHT = 0.36
LABELLED_MONTHS = 4
LETTERS_PER_LINE = 18
HEAD = 0.9
TICKS = 4
PALEST = "#e3ebf2"
# Twice the usual month and more is darkest.
DARKEST = 2.0
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
    shades = {"cmap": sns.blend_palette([PALEST, style.MAIN], as_cmap=True), "vmin": 0, "vmax": DARKEST}
    lines = {"linewidths": 0.8, "linecolor": "white", "cbar": False}
    grid = relative.reshape(len(names), len(months))
    sns.heatmap(grid, ax=ax, xticklabels=False, yticklabels=False, **shades, **lines)
    _mark_states(ax, cells["state"].to_numpy().reshape(grid.shape))
    lines_of_names = [textwrap.fill(name, LETTERS_PER_LINE) for name in names]
    ax.set_yticks(np.arange(len(names)) + 0.5, lines_of_names, rotation=0)
    step = max(1, -(-len(months) // LABELLED_MONTHS))
    shown = range(len(months) - 1, -1, -step)
    ax.set_xticks(
        [place + 0.5 for place in shown], [month(months[place], short=True).text() for place in shown]
    )
    ax.tick_params(length=0)
    return style.finish(ax, alt=_coverage_alt(result), x=say("darker: more rows than usual"))


def _mark_states(ax: Axes, states: np.ndarray) -> None:
    """Mark empty months and months of few rows, with a legend of the marks there are."""
    marks = (("gap", "x", say("empty month")), ("thin", "v", say("few rows")))
    for state, marker, words in marks:
        row, column = np.nonzero(states == state)
        if row.size:
            look = {"marker": marker, "color": style.BAD, "s": 24, "lw": 1.6}
            ax.scatter(column + 0.5, row + 0.5, label=words.text(), **look)
    if ax.get_legend_handles_labels()[0]:
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, fontsize=10, handletextpad=0.2)


def _coverage_alt(result: Result) -> Message:
    cells = result.parts["cells"]
    marked = {state: int((cells["state"] == state).sum()) for state in ("gap", "thin")}
    return say(
        "Rows of {tables} by month, {first} to {last}: {n} empty month between months with rows, {thin} "
        "with far fewer rows than those around them.",
        plural="Rows of {tables} by month, {first} to {last}: {n} empty months between months with rows, "
        "{thin} with far fewer rows than those around them.",
        tables=listing(result.table["what"]),
        first=month(cells["month"].iloc[0]),
        last=month(cells["month"].iloc[-1]),
        n=count(marked["gap"]),
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
    sns.scatterplot(
        x=table["value"], y=places, hue=names, palette=colours, s=42, lw=0, legend=False, zorder=3, ax=ax
    )
    ax.set_ylabel("")
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
    # A line of its own above each variable's levels, for its name.
    places = np.arange(len(shown)) + HEAD * (pd.factorize(shown["variable"])[0] + 1)
    ax = style.axes(ax, height=1.5 + 0.3 * (places[-1] if len(places) else 0))
    ax.axvspan(-NEGLIGIBLE, NEGLIGIBLE, color=style.LIGHT, alpha=0.5, lw=0)
    ax.axvline(0, color=style.GREY, lw=1)
    ax.hlines(places, shown["low"], shown["high"], color=style.BAD, lw=2)
    dots = {"y": places, "s": 34, "ax": ax}
    sns.scatterplot(
        x=shown["value"], color=style.BAD, lw=0, zorder=3, label=say("as answered").text(), **dots
    )
    if shown["weighted"].notna().any():
        look = {"facecolor": "white", "edgecolor": style.MAIN, "lw": 1.6}
        sns.scatterplot(x=shown["weighted"], zorder=4, label=say("weighted").text(), **look, **dots)
    _name_variables(ax, shown, places, result.columns["variable"].show)
    ax.set_yticks(places, [to_text(name) for name in shown["what"]])
    ax.set_ylim((places[-1] if len(places) else 0) + 0.6, -0.6)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, fontsize=10, handletextpad=0.1)
    style.words_on(ax.xaxis, tenths)
    return style.finish(ax, alt=_balance_alt(result, shown), x=say("Standardised difference"))


def _name_variables(ax: Axes, shown: pd.DataFrame, places: np.ndarray, name: Any) -> None:
    """Write the name of each variable above its levels, left of the axis."""
    look = {"ha": "right", "va": "center", "weight": "bold", "transform": ax.get_yaxis_transform()}
    for variable in shown["variable"].unique():
        first = places[(shown["variable"] == variable).to_numpy()][0]
        ax.text(-0.02, first - HEAD, to_text(name(variable)), **look)


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
