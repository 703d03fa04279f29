"""Pictures of chapter 12: what follows negative experiences, naive and adjusted."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter, NullLocator

from cxlib import style
from cxlib.language import Message, listing, number, percent, say, to_text
from cxlib.result import Result

__all__ = ["incidence", "ratios", "risks", "shares", "ways"]

_PLACES = {1: say("after the first"), 2: say("after the second")}
_MODELS = {
    "naive": (say("not adjusted"), style.GREY),
    "adjusted": (say("adjusted"), style.MAIN),
    "placebo": (say("cross-check"), style.LIGHT),
}
_EXPOSURES = {"1": say("one month"), "2+": say("two or more")}
_WAYS = {
    "naive": (say("in the window"), style.GREY),
    "observed": (say("observed after"), style.GOOD),
    "generous": (say("generous"), style.LIGHT),
    "risk": (say("all else equal"), style.MAIN),
}
_AFTER = (say("none"), say("one"), say("two"))
CLAIM = say("claim")
SHARE_WHO_LEFT = say("Share who left")
WITHIN = say("Leaves within 12 months")


@style.chart
def shares(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw the share who left by number of experiences, with intervals (``churn.naive``)."""
    ax = style.axes(ax)
    table = result.table
    places = np.arange(len(table))
    _marks(ax, places, table, style.GREY)
    for place, row in zip(places, table.itertuples(), strict=True):
        ax.annotate(
            to_text(percent(row.share, 0)), (place, row.high), (0, 4), textcoords="offset points", ha="center"
        )
    ax.set_xticks(places, table["experiences"])
    ax.set_xlim(-0.5, len(table) - 0.5)
    _shares_from_zero(ax, table["high"].max())
    return style.finish(
        ax, alt=_shares_alt(table), x=next(iter(result.columns.values())).label, y=SHARE_WHO_LEFT
    )


def _marks(ax: Axes, places: np.ndarray, table: pd.DataFrame, colour: str, **options: str) -> None:
    spread = np.abs(table[["low", "high"]].to_numpy(dtype=float).T - table["share"].to_numpy(dtype=float))
    ax.errorbar(places, table["share"], yerr=spread, fmt="o", color=colour, capsize=3, **options)


def _shares_from_zero(ax: Axes, highest: float) -> None:
    style.words_on(ax.yaxis, lambda share: percent(share, 0))
    ax.set_ylim(0, highest * 1.2)


def _shares_alt(table: pd.DataFrame) -> Message:
    parts = [
        say(
            "{experiences}: {share} (between {low} and {high})",
            experiences=row.experiences,
            share=percent(row.share),
            low=percent(row.low),
            high=percent(row.high),
        )
        for row in table.itertuples()
    ]
    return say("Share who left by number of recorded negative experiences. {parts}.", parts=listing(parts))


@style.chart
def incidence(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw the share who left by month after the first and second experience (``churn.after``)."""
    ax = style.axes(ax)
    paths = result.parts["paths"].query("counting == 'strict'")
    parts = []
    for place, colour in ((1, style.MAIN), (2, style.BAD)):
        path = paths[paths["experience"] == place]
        if path.empty:
            continue
        months = np.concatenate([[0], path["month"]])
        curves = {name: np.concatenate([[0], path[name].fillna(0)]) for name in ("share", "low", "high")}
        ax.fill_between(months, curves["low"], curves["high"], step="post", color=colour, alpha=0.2, lw=0)
        ax.step(months, curves["share"], where="post", color=colour)
        last = path.iloc[-1]
        ax.annotate(
            f"{_PLACES[place].text()}\n{to_text(percent(last['share'], 0))}",
            (months[-1], last["share"]),
            (6, 0),
            textcoords="offset points",
            va="bottom" if place == 2 else "top",
            color=colour,
        )
        parts.append(_end_of(last, place))
    ax.set_xlim(0, paths["month"].max() * 1.42)
    ax.set_xticks(np.arange(0, paths["month"].max() + 1, 3))
    _shares_from_zero(ax, paths["high"].max())
    alt = say("Share who left on their own account, by month. {parts}.", parts=listing(parts))
    return style.finish(ax, alt=alt, x=say("Months after the experience"), y=SHARE_WHO_LEFT)


def _end_of(last: pd.Series, place: int) -> Message:
    return say(
        "{place} experience {share} after {months} months (between {low} and {high})",
        place=_PLACES[place],
        months=number(last["month"]),
        **{name: percent(last[name]) for name in ("share", "low", "high")},
    )


@style.chart
def ratios(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw hazard ratios with their intervals: naive, adjusted, cross-check (``churn.hazard``)."""
    table = result.table.sort_values("exposure", kind="stable").reset_index(drop=True)
    ax = style.axes(ax, height=0.9 + 0.45 * len(table))
    for place, row in enumerate(table.itertuples()):
        _, colour = _MODELS[row.model]
        colour = style.GREY if row.model == "placebo" else colour
        face = "white" if row.model == "placebo" else colour
        ax.plot([row.low, row.high], [place, place], color=colour, lw=2)
        ax.plot(row.ratio, place, "o", color=colour, markerfacecolor=face, ms=7)
        ax.annotate(
            to_text(number(row.ratio, 2)), (row.ratio, place), (0, 6), textcoords="offset points", ha="center"
        )
    ax.axvline(1, color=style.INK, lw=0.8)
    ax.set_yticks(range(len(table)), [_ratio_name(row) for row in table.itertuples()])
    ax.set_ylim(len(table) - 0.4, -0.7)
    _ratio_axis(ax, table)
    parts = [_ratio_part(row) for row in table.itertuples()]
    alt = say("Hazard ratios of leaving against no experience. {parts}.", parts=listing(parts))
    return style.finish(ax, alt=alt, x=say("Times as often as without (hazard ratio)"))


def _ratio_name(row: tuple) -> str:
    return f"{_EXPOSURES[row.exposure].text()},\n{_MODELS[row.model][0].text()}"


def _ratio_axis(ax: Axes, table: pd.DataFrame) -> None:
    ax.set_xscale("log")
    ax.set_xlim(min(0.7, table["low"].min() * 0.9), max(2.2, table["high"].max() * 1.15))
    ticks = [tick for tick in (0.25, 0.5, 1, 2, 4, 8, 16) if ax.get_xlim()[0] <= tick <= ax.get_xlim()[1]]
    ax.set_xticks(ticks)
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_minor_formatter(NullFormatter())
    style.words_on(ax.xaxis, lambda value: number(value, 1 if value != round(value) else 0))


def _ratio_part(row: tuple) -> Message:
    return say(
        "{exposure}, {model}: {ratio} (between {low} and {high})",
        exposure=_EXPOSURES[row.exposure],
        model=_MODELS[row.model][0],
        **{name: number(getattr(row, name), 2) for name in ("ratio", "low", "high")},
    )


@style.chart
def risks(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw P(leave within 12 months) after 0, 1, 2 experiences, the claim beside it (``churn.risk``)."""
    ax = style.axes(ax)
    table = result.table[result.table["what"].isin(["0", "1", "2"])].rename(columns={"value": "share"})
    places = table["what"].astype(int).to_numpy()
    _marks(ax, places, table, style.MAIN)
    for row in table.itertuples():
        ax.annotate(
            to_text(percent(row.share, 0)),
            (int(row.what), row.high),
            (0, 4),
            textcoords="offset points",
            ha="center",
            color=style.MAIN,
        )
    claimed = result.parts["claimed"]
    _claims(ax, claimed[claimed["experiences"].isin(places)])
    ax.set_xticks(places, [_AFTER[place].text() for place in places])
    ax.set_xlim(-0.4, places.max() + 0.4)
    ax.set_ylim(0, 1)
    style.words_on(ax.yaxis, lambda share: percent(share, 0))
    return style.finish(ax, alt=_risks_alt(table, claimed), x=say("Negative experiences"), y=WITHIN)


def _claims(ax: Axes, claimed: pd.DataFrame) -> None:
    ax.plot(claimed["experiences"], claimed["share"], "D", color=style.BAD, markerfacecolor="white", ms=8)
    for row in claimed.itertuples():
        ax.annotate(
            f"{CLAIM.text()} {to_text(percent(row.share, 0))}",
            (row.experiences, row.share),
            (0, 8),
            textcoords="offset points",
            ha="center",
            color=style.BAD,
        )


def _risks_alt(table: pd.DataFrame, claimed: pd.DataFrame) -> Message:
    parts = [
        say(
            "after {experiences} {share} (between {low} and {high})",
            experiences=_AFTER[int(row.what)],
            **{name: percent(getattr(row, name)) for name in ("share", "low", "high")},
        )
        for row in table.itertuples()
    ]
    return say(
        "Share of active customers who would leave within 12 months: {parts}. The claim says {claimed}.",
        parts=listing(parts),
        claimed=listing([percent(share, 0) for share in claimed["share"]]),
    )


@style.chart
def ways(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw every way of counting side by side, with the claimed shares (``churn.claim``)."""
    table = result.table.sort_values(["experiences"], kind="stable")
    groups = [group for _, group in table.groupby("experiences")]
    ax = style.axes(ax, height=1.3 + 0.33 * len(table))
    place, names = 0.0, {}
    for group in groups:
        first = place
        for row in group.itertuples():
            colour = style.GREY if row.way == "generous" else _WAYS[row.way][1]
            face = "white" if row.way == "generous" else colour
            ax.plot([row.low, row.high], [place, place], color=colour, lw=2)
            ax.plot(row.share, place, "o", color=colour, markerfacecolor=face, ms=6)
            names[place] = f"{_AFTER[row.experiences].text()}: {_WAYS[row.way][0].text()}"
            place += 1
        _claim_line(ax, result.parts["claimed"], group["experiences"].iloc[0], (first, place - 1))
        place += 0.6
    ax.set_yticks(list(names), list(names.values()))
    ax.set_ylim(place - 0.6, -1.0)
    ax.set_xlim(0, 1)
    ax.set_xticks(np.linspace(0, 1, 5))
    style.words_on(ax.xaxis, lambda share: percent(share, 0))
    return style.finish(ax, alt=_ways_alt(table), x=SHARE_WHO_LEFT)


def _claim_line(ax: Axes, claimed: pd.DataFrame, experiences: int, rows: tuple[float, float]) -> None:
    for row in claimed[claimed["experiences"] == experiences].itertuples():
        ax.plot([row.share, row.share], [rows[0] - 0.3, rows[1] + 0.3], color=style.BAD, lw=2, ls="--")
        ax.annotate(
            f"{CLAIM.text()}\n{to_text(percent(row.share, 0))}",
            (row.share, sum(rows) / 2),
            (5 if row.share <= 0.5 else -5, 0),
            textcoords="offset points",
            ha="left" if row.share <= 0.5 else "right",
            va="center",
            color=style.BAD,
        )


def _ways_alt(table: pd.DataFrame) -> Message:
    parts = [
        say(
            "{experiences}, {way}: {share}",
            experiences=_AFTER[row.experiences],
            way=_WAYS[row.way][0],
            share=percent(row.share),
        )
        for row in table.itertuples()
    ]
    return say("Share who left by number of experiences and way of counting. {parts}.", parts=listing(parts))
