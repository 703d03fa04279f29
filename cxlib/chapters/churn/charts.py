"""Pictures of chapter 12: what follows negative experiences, naive and adjusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter, NullLocator

from cxlib import style
from cxlib.chapters.churn.periods import within
from cxlib.language import Message, listing, number, percent, say, to_text
from cxlib.result import Result

__all__ = ["incidence", "lead_profile", "ratios", "risks", "shares", "ways"]

_PLACES = {1: say("after the first"), 2: say("after the second")}
_COLOURS = {1: style.MAIN, 2: style.BAD}
_MODELS = {
    "naive": (say("not adjusted"), style.GREY),
    "adjusted": (say("adjusted"), style.MAIN),
    "placebo": (say("cross-check"), style.GREY),
}
_EXPOSURES = {"1": say("one month"), "2+": say("two or more")}
_WAYS = {
    "naive": (say("in the window"), style.GREY),
    "observed": (say("observed after"), style.GOOD),
    "generous": (say("generous"), style.GREY),
    "risk": (say("all else equal"), style.MAIN),
}
_AFTER = (say("none"), say("one"), say("two"))
_FEW_TICKS = 4
CLAIM = say("claim")
SHARE_WHO_LEFT = say("Share who left")


def _points(ax: Axes, table: pd.DataFrame, *, value: str, across: str, **options: Any) -> None:
    """Draw given values with their given intervals; `across` names the axis of the values, x or y."""
    # seaborn makes its intervals from observations. Of low, value and high the median is the value,
    # and 0 to 100 percent of them are the interval.
    numbers = ["low", value, "high"]
    kept = [name for name in table if name not in numbers]
    spread = table.melt(kept, numbers, var_name="limit", value_name="drawn").dropna(subset="drawn")
    options[across] = "drawn"
    sns.pointplot(
        spread.astype({"drawn": float}),
        estimator="median",
        errorbar=("pi", 100),
        linestyle="none",
        err_kws={"linewidth": 2},
        ax=ax,
        **options,
    )


def _rows(
    ax: Axes,
    table: pd.DataFrame,
    *,
    value: str,
    kind: str,
    look: Mapping[str, tuple[Message, str]],
    aside: str,
    order: Sequence[str] | None = None,
) -> None:
    """Draw one row per ``name`` of a table, coloured by its kind; what the eye may skip is a square."""
    kinds = list(table[kind].unique())
    _points(
        ax,
        table,
        value=value,
        across="x",
        y="name",
        order=order,
        hue=kind,
        hue_order=kinds,
        palette={name: look[name][1] for name in kinds},
        markers=["s" if name == aside else "o" for name in kinds],
        markersize=7,
        legend=False,
    )
    ax.set_ylabel("")


def _beside(ax: Axes, text: Message | str, at: tuple[float, float], **options: Any) -> None:
    """Write a few words some points above a place of the picture."""
    where = {"xytext": (0, 5), "textcoords": "offset points", "ha": "center"}
    ax.annotate(to_text(text), at, **(where | options))


@style.chart
def shares(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw the share who left by number of experiences, with intervals (``churn.naive``)."""
    column = result.columns["experiences"]
    named = [to_text(column.show(name)) for name in result.table["experiences"]]
    ax, table = style.axes(ax), result.table.assign(experiences=named)
    _points(ax, table, value="share", across="y", x="experiences", color=style.GREY, capsize=0.1)
    for place, row in enumerate(table.itertuples()):
        _beside(ax, percent(row.share, 0), (place, row.high))
    _shares_from_zero(ax, table["high"].max())
    return style.finish(ax, alt=_shares_alt(table), x=column.label, y=SHARE_WHO_LEFT)


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
    horizon, parts = paths["month"].max(), []
    for place, path in paths.groupby("experience"):
        _path(ax, path, place)
        parts.append(_end_of(path.iloc[-1], place))
    ax.set_xlim(0, horizon * 1.42)
    ax.set_xticks(np.arange(0, horizon + 1, max(1, round(horizon / _FEW_TICKS))))
    _shares_from_zero(ax, paths["high"].max())
    alt = say("Share who left on their own account, by month. {parts}.", parts=listing(parts))
    return style.finish(ax, alt=alt, x=say("Months after the experience"), y=SHARE_WHO_LEFT)


def _path(ax: Axes, path: pd.DataFrame, place: int) -> None:
    """Draw the steps of one experience, from nobody in month 0, with their band and their name."""
    colour, last = _COLOURS[place], path.iloc[-1]
    columns = ["month", "share", "low", "high"]
    steps = pd.concat([pd.DataFrame([dict.fromkeys(columns, 0.0)]), path[columns]]).fillna(0.0)
    ax.fill_between(steps["month"], steps["low"], steps["high"], step="post", color=colour, alpha=0.2, lw=0)
    sns.lineplot(steps, x="month", y="share", drawstyle="steps-post", color=colour, errorbar=None, ax=ax)
    words = f"{_PLACES[place].text()}\n{to_text(percent(last['share'], 0))}"
    above = {"xytext": (6, 0), "ha": "left", "va": "bottom" if place == 2 else "top", "color": colour}
    _beside(ax, words, (last["month"], last["share"]), **above)


def _end_of(last: pd.Series, place: int) -> Message:
    return say(
        "{place} experience {share} after {months} months (between {low} and {high})",
        place=_PLACES[place],
        months=number(last["month"]),
        **{name: percent(last[name]) for name in ("share", "low", "high")},
    )


@style.chart
def lead_profile(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw the share with an experience by month before leaving, month 0 apart (``churn.leads``)."""
    ax, table = style.axes(ax), result.table
    before = table[table["lead_months"] > 0]
    for (who, (name, colour)), above in zip(_WHO.items(), (True, False), strict=True):
        for drawn in (before, table[table["lead_months"] == 0]):
            _share_by_lead(ax, drawn, who, colour)
        shown = before if len(before) else table
        edge = shown[f"{who}_high"].max() if above else shown[f"{who}_low"].min()
        side = {"xytext": (0, 6 if above else -6), "va": "bottom" if above else "top", "ha": "left"}
        _beside(ax, name, (-shown["lead_months"].max(), edge), color=colour, **side)
    ax.axvline(-0.5, color=style.GREY, lw=0.8, ls=":")
    _shares_from_zero(ax, table["leavers_high"].max())
    most = int(table["lead_months"].max())
    ax.set_xticks([-lead for lead in range(0, most + 1, max(1, round(most / _FEW_TICKS)))])
    style.words_on(ax.xaxis, lambda lead: number(abs(lead)))
    return style.finish(
        ax, alt=_leads_alt(table), x=say("Months before leaving"), y=say("Share with an experience")
    )


_WHO = {
    "leavers": (say("customers who left"), style.BAD),
    "stayers": (say("similar customers who stayed"), style.GREY),
}


def _share_by_lead(ax: Axes, table: pd.DataFrame, who: str, colour: str) -> None:
    place, share = -table["lead_months"], table[who]
    down, up = share - table[f"{who}_low"], table[f"{who}_high"] - share
    ax.errorbar(place, share, yerr=[down, up], color=colour, marker="o", ms=5, lw=1.5, elinewidth=1.5)


def _leads_alt(table: pd.DataFrame) -> Message:
    parts = [
        say(
            "{lead}: {leavers} of those who left (between {low} and {high}), {stayers} of similar customers",
            lead=number(row.lead_months),
            leavers=percent(row.leavers),
            low=percent(row.leavers_low),
            high=percent(row.leavers_high),
            stayers=percent(row.stayers),
        )
        for row in table.itertuples()
    ]
    return say(
        "Share with a negative experience by months before leaving, 0 being the month itself. {parts}.",
        parts=listing(parts),
    )


@style.chart
def ratios(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw hazard ratios with their intervals: naive, adjusted, cross-check (``churn.hazard``)."""
    table = result.table.sort_values("exposure", kind="stable").reset_index(drop=True)
    table["name"] = [_ratio_name(row) for row in table.itertuples()]
    ax = style.axes(ax, height=0.9 + 0.45 * len(table))
    _ratio_axis(ax, table)
    _rows(ax, table, value="ratio", kind="model", look=_MODELS, aside="placebo")
    for place, row in enumerate(table.itertuples()):
        _beside(ax, number(row.ratio, 2), (row.ratio, place), xytext=(0, 7))
    ax.axvline(1, color=style.INK, lw=0.8)
    ax.set_ylim(len(table) - 0.4, -0.7)
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
    """Draw P(leave within the horizon) after 0, 1, 2 experiences and the claim (``churn.risk``)."""
    ax = style.axes(ax)
    table = result.table[result.table["what"].isin(["0", "1", "2"])].astype({"what": int})
    horizon, claimed = int(result.parts["paths"]["month"].max()), result.parts["claimed"]
    table = table.assign(name=[_AFTER[k].text() for k in table["what"]])
    _points(ax, table, value="value", across="y", x="name", color=style.MAIN, capsize=0.1)
    for place, row in enumerate(table.itertuples()):
        _beside(ax, percent(row.value, 0), (place, row.high), color=style.MAIN)
    _claims(ax, claimed[claimed["experiences"].isin(table["what"])])
    ax.set_xlim(-0.5, len(table) - 0.5)
    ax.set_ylim(0, 1)
    style.words_on(ax.yaxis, lambda share: percent(share, 0))
    leaves = say("Leaves {within}", within=within(horizon))
    return style.finish(ax, alt=_risks_alt(table, claimed, horizon), x=say("Negative experiences"), y=leaves)


def _claims(ax: Axes, claimed: pd.DataFrame) -> None:
    ax.plot(claimed["experiences"], claimed["share"], "D", color=style.BAD, markerfacecolor="white", ms=8)
    for row in claimed.itertuples():
        words = f"{CLAIM.text()} {to_text(percent(row.share, 0))}"
        _beside(ax, words, (row.experiences, row.share), xytext=(0, 8), color=style.BAD)


def _risks_alt(table: pd.DataFrame, claimed: pd.DataFrame, horizon: int) -> Message:
    parts = [
        say(
            "after {experiences} {share} (between {low} and {high})",
            experiences=_AFTER[row.what],
            share=percent(row.value),
            **{name: percent(getattr(row, name)) for name in ("low", "high")},
        )
        for row in table.itertuples()
    ]
    return say(
        "Share of active customers who would leave {within}: {parts}. The claim says {claimed}.",
        within=within(horizon),
        parts=listing(parts),
        claimed=listing([percent(share, 0) for share in claimed["share"]]),
    )


@style.chart
def ways(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw every way of counting side by side, with the claimed shares (``churn.claim``)."""
    table = result.table.sort_values("experiences", kind="stable").reset_index(drop=True)
    table["name"] = [
        f"{_AFTER[k].text()}: {_WAYS[way][0].text()}" for k, way in table[["experiences", "way"]].to_numpy()
    ]
    groups = dict(list(table.groupby("experiences")))
    order = [name for k, group in groups.items() for name in (*group["name"], " " * (k + 1))][:-1]
    ax = style.axes(ax, height=1.3 + 0.28 * len(order))
    _rows(ax, table, value="share", kind="way", look=_WAYS, aside="generous", order=order)
    for row in result.parts["claimed"].itertuples():
        if row.experiences in groups:
            rows = [order.index(name) for name in groups[row.experiences]["name"]]
            _claim_line(ax, row.share, (rows[0], rows[-1]))
    ax.set_ylim(len(order) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(0, 1)
    ax.set_xticks(np.linspace(0, 1, 5))
    style.words_on(ax.xaxis, lambda share: percent(share, 0))
    return style.finish(ax, alt=_ways_alt(table), x=SHARE_WHO_LEFT)


def _claim_line(ax: Axes, share: float, rows: tuple[float, float]) -> None:
    ax.plot([share, share], [rows[0] - 0.3, rows[1] + 0.3], color=style.BAD, lw=2, ls="--")
    right = share <= 0.5
    words = f"{CLAIM.text()}\n{to_text(percent(share, 0))}"
    side = {"xytext": (5 if right else -5, 0), "ha": "left" if right else "right", "va": "center"}
    _beside(ax, words, (share, sum(rows) / 2), color=style.BAD, **side)


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
