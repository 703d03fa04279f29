"""Where is satisfaction low? By touchpoint, and by any column of surveys or customers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd

from cxlib import disclosure
from cxlib.chapters.satisfaction.study import Groups, Study
from cxlib.chapters.satisfaction.wording import answers, satisfied_when
from cxlib.dataset.dataset import Dataset, Title
from cxlib.estimate import Estimate
from cxlib.language import Message, count, number, percent, say
from cxlib.result import Column, Result, interval
from cxlib.stats.chance import p_of_equal_values

__all__ = ["by"]

SIGNIFICANT = 0.05
points = partial(number, digits=1)


def by(data: Dataset, column: str = "touchpoint") -> Result:
    """Satisfaction of each group: by touchpoint the share of satisfied, else the net promoter score.

    Parameters
    ----------
    data : Dataset
    column : str
        ``touchpoint``: CSAT (and single rated items) of the last twelve months. Any other column of
        ``surveys`` or ``customers``, e.g. ``segment``: the net promoter score, as in
        :func:`~cxlib.chapters.satisfaction.results.nps`.

    Returns
    -------
    Result
        No figures. Table: one row per group, lowest first: ``group``, ``answers``, ``people``, ``value``,
        ``low``, ``high`` (share 0-1 by touchpoint, else points), ``overall`` (value of all groups
        together, the same in each row), ``hidden``.
    """
    name, by_touchpoint = "satisfaction.by", column == "touchpoint"
    known = data.has("surveys", column) or (not by_touchpoint and data.has("customers", column))
    if "surveys" not in data.tables or not known:
        return Result.unavailable(name, say("The survey answers do not say which group they belong to."))
    study = data.once(Study)
    scores = study.by_touchpoint() if by_touchpoint else study.by_group(column)
    if isinstance(scores, Message):
        return Result.unavailable(name, scores)
    table = _shown(scores, data.definitions.minimum_group)
    show, names = percent if by_touchpoint else points, _names(data, column)
    return Result(
        name,
        _sentences(table, scores.covariance, column, names, show),
        table=table,
        columns=_columns(names, show),
        method=(_touchpoint_method(data) if by_touchpoint else _GROUP_METHOD, _EXTREMES),
        warnings=disclosure.told(table, data.definitions.minimum_group),
    )


def _shown(scores: Groups, minimum: int) -> pd.DataFrame:
    """Return the groups, lowest first, small ones hidden at the end."""
    values = ["value", "low", "high", "answers"]
    rows = scores.rows.assign(overall=scores.overall)
    table = disclosure.hide_small_groups(rows, values, people="people", minimum=minimum)
    return table.sort_values(["hidden", "value", "group"]).reset_index(drop=True)


def _touchpoint_method(data: Dataset) -> Message:
    return say(
        "Share of answers {satisfied}, last twelve months, by touchpoint. Interval: Wilson, 95%, widened "
        "because several answers of one customer are alike.",
        satisfied=satisfied_when(data.definitions.csat_top),
    )


_GROUP_METHOD = say("Net promoter score of each group. Interval: adjusted Wald, 95%.")
_EXTREMES = say(
    "Of many groups one is always lowest, by chance alone; look at the intervals before acting on a rank."
)


def _columns(name: Callable[[str], Any], show: Any) -> dict[str, Column]:
    return {
        "group": Column(say("Group"), name),
        "value": Column(say("Satisfied") if show is percent else say("Score"), show),
        "low": Column(say("from"), show),
        "high": Column(say("to"), show),
        "answers": Column(say("Answers"), count),
    }


def _names(data: Dataset, column: str) -> Callable[[str], Any]:
    """Return what turns a value of `column` into the name that readers see."""
    if column != "touchpoint":
        return str
    labels = {
        row.touchpoint: Title({"de": row.label_de, "en": row.label_en}, row.touchpoint)
        for row in data.table("touchpoints").itertuples()
    }
    return lambda value: labels.get(value, value)


def _sentences(
    table: pd.DataFrame, covariance: pd.DataFrame, column: str, name: Callable[[str], Any], show: Any
) -> tuple[Message, ...]:
    shown = table[~table["hidden"]]
    if len(shown) < 2:
        return (say("There are not enough groups with answers to compare them."),)
    ends = {"lowest": _one(shown.iloc[0], name, show), "highest": _one(shown.iloc[-1], name, show)}
    said = (
        say("Satisfied by touchpoint: lowest {lowest}, highest {highest}.", **ends)
        if column == "touchpoint"
        else say(
            "Net promoter score by “{column}”: lowest {lowest}, highest {highest}.", column=column, **ends
        )
    )
    among_shown = covariance.loc[shown["group"], shown["group"]]
    if p_of_equal_values(shown["value"], among_shown) < SIGNIFICANT:
        return said, say("The groups differ by more than chance would explain.")
    return said, say("Chance alone could explain that the groups differ.")


def _one(row: pd.Series, name: Callable[[str], Any], show: Any) -> Message:
    return say(
        "{group} with {value} (between {low} and {high}; {answers})",
        group=name(row["group"]),
        answers=answers(int(row["answers"])),
        **interval(Estimate(row["value"], row["low"], row["high"]), show),
    )
