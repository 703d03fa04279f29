"""The chart of touchpoints: how many contacts each has."""

from __future__ import annotations

import seaborn as sns
from matplotlib.axes import Axes

from cxlib import style
from cxlib.language import Message, count, percent, say, to_text
from cxlib.result import Result

__all__ = ["contacts"]

ROW_HEIGHT = 0.28


@style.chart
def contacts(result: Result, *, ax: Axes | None = None) -> Axes:
    """Draw the contacts of each touchpoint as bars, most at the top.

    Parameters
    ----------
    result : Result
        Of ``touchpoints.contacts``.
    """
    shown = result.table[~result.table["hidden"]]
    ax = style.axes(ax, height=1.0 + ROW_HEIGHT * len(shown))
    names = [to_text(result.columns["touchpoint"].show(place)) for place in shown["touchpoint"]]
    if names:
        sns.barplot(x=shown["contacts"].to_numpy(), y=names, color=style.MAIN, saturation=1, ax=ax)
    style.words_on(ax.xaxis, count)
    return style.finish(ax, alt=_alt(result), x=say("Contacts in the month"))


def _alt(result: Result) -> Message:
    shown, name = result.table[~result.table["hidden"]], result.columns["touchpoint"].show
    if shown.empty:
        return say("No group is large enough to be shown.")
    first, last = shown.iloc[0], shown.iloc[-1]
    return say(
        "Contacts by touchpoint, from {most} ({most_contacts}, {share} of all) to {fewest} "
        "({fewest_contacts}).",
        most=name(first["touchpoint"]),
        most_contacts=count(int(first["contacts"])),
        share=percent(first["share"]),
        fewest=name(last["touchpoint"]),
        fewest_contacts=count(int(last["contacts"])),
    )
