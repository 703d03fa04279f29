"""The naive table of chapter 12: who left, by number of negative experiences, and why it misleads."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from cxlib.chapters.churn.figures import FIGURES
from cxlib.chapters.churn.study import Study
from cxlib.contract.queries import read_sql
from cxlib.dataset.dataset import Dataset
from cxlib.estimate import Estimate
from cxlib.language import Message, count, listing, number, percent, say
from cxlib.panel.effects import confounded, exposure_by_usage
from cxlib.panel.panel import Panel
from cxlib.result import Column, Figure, Result
from cxlib.stats.intervals import wilson

__all__ = ["EXPERIENCES", "capped", "naive", "naive_warnings", "shares_by_experience", "shown_shares"]

MONTHS_LONGER = 1.0

TOO_FEW = say("Fewer customers than may be shown.")
EXPERIENCES = say("Months with a negative experience")

_SHARE_IDS = {"0": "churn.share.0", "1": "churn.share.1", "2+": "churn.share.2"}
_DESCRIPTION = say("Description without a common period; not an effect, not a risk.")
_SHARE_METHOD = say(
    "Customers at risk in the window, by the number of months with a recorded negative experience, the "
    "month of leaving included; share who left for any reason by the last month, with Wilson's interval."
)
_SHARE_COLUMNS = {
    "experiences": Column(EXPERIENCES),
    "customers": Column(say("Customers"), count),
    "gone": Column(say("Left"), count),
    "share": Column(say("Share who left"), percent),
    "low": Column(say("from"), percent),
    "high": Column(say("to"), percent),
}
_MONTHS_OBSERVED = {"months_observed": Column(say("Months observed, mean"), partial(number, digits=1))}


def naive(data: Dataset) -> Result:
    """Share who left by number of bad experiences: the table everybody makes, and why it misleads.

    Returns
    -------
    Result
        Figures ``churn.share.0`` to ``.2``. Table: one row per number of months with an experience
        (0, 1, 2+; the exact number of experiences in a flat table of customers), ``customers``,
        ``gone``, ``share`` (0-1), ``low``, ``high`` and, where known, ``months_observed`` (mean).
    """
    if data.has("snapshot", "negative_count"):
        return _naive_snapshot(data)
    study = data.once(Study)
    if study.missing is not None:
        return Result.unavailable("churn.naive", study.missing, FIGURES.of("churn.naive"))
    table = shown_shares(study.shares, data.definitions.minimum_group)
    if len(table) < 2:
        return Result.unavailable("churn.naive", TOO_FEW, FIGURES.of("churn.naive"))
    months = data.month_no - data.first_month_no + 1
    figures = _share_figures(table, _DESCRIPTION)
    return Result(
        "churn.naive",
        _share_sentences(table, months),
        table=table,
        columns=_SHARE_COLUMNS | _MONTHS_OBSERVED,
        figures=figures,
        method=(_SHARE_METHOD,),
        warnings=(*naive_warnings(table), *_confounding_warning(study.panel)),
        absent=_not_shown(figures),
    )


def shown_shares(counts: pd.DataFrame, least: int) -> pd.DataFrame:
    """Return the naive table of 0, 1 and 2+ experiences, with groups of too few people put together.

    Parameters
    ----------
    counts : DataFrame
        As for :func:`shares_by_experience`.
    least : int
        Smallest group that may be shown; one row is left where not even 0 and 1+ are that large.
    """
    return shares_by_experience(capped(counts, min(2, _largest_shown(counts, least))))


def _not_shown(figures: tuple[Figure, ...]) -> dict[str, Message]:
    return FIGURES.absent("churn.naive", TOO_FEW, {figure.id for figure in figures})


def capped(counts: pd.DataFrame, most: int) -> pd.DataFrame:
    """Put all counts from `most` on together; sums of all other columns."""
    capped = counts.assign(experiences=counts["experiences"].clip(upper=most))
    return capped.groupby("experiences", as_index=False).sum().astype(float)


def shares_by_experience(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the naive table from counts.

    Parameters
    ----------
    counts : DataFrame
        One row per number of experiences, ascending: ``experiences``, ``customers``, ``gone`` and,
        where known, ``months_observed`` (sum over customers).
    """
    limits = [wilson(row.gone, row.customers) for row in counts.itertuples()]
    names = [f"{int(k)}" for k in counts["experiences"][:-1]] + [f"{int(counts['experiences'].iloc[-1])}+"]
    table = counts.assign(experiences=names)
    table[["share", "low", "high"]] = np.array(limits)
    if "months_observed" in counts:
        table["months_observed"] = counts["months_observed"] / counts["customers"]
    return table.astype({"customers": int, "gone": int}).reset_index(drop=True)


def _share_sentences(table: pd.DataFrame, months: int) -> tuple[Message, ...]:
    parts = [
        say(
            "{share} of the {customers} customers with {experiences}",
            share=percent(row.share),
            customers=count(row.customers),
            experiences=_TIMES[row.experiences],
        )
        for row in table.itertuples()
    ]
    return (
        say(
            "In the {n} month observed {parts} left. This describes who left; it does not say what a "
            "negative experience does, because it has no common period and compares unlike customers.",
            plural="In the {n} months observed {parts} left. This describes who left; it does not say what a "
            "negative experience does, because it has no common period and compares unlike customers.",
            n=count(months),
            parts=listing(parts),
        ),
    )


_TIMES = {
    "0": say("no recorded negative experience"),
    "0+": say("no recorded negative experience"),
    "1": say("one month of negative experience"),
    "1+": say("one or more months of negative experience"),
    "2+": say("two or more such months"),
}


def _share_figures(table: pd.DataFrame, note: Message) -> tuple[Figure, ...]:
    """Return a figure per group; groups put together because they are small have none."""
    return tuple(
        Figure.of(
            FIGURES[_SHARE_IDS[row.experiences]],
            Estimate(row.share, row.low, row.high),
            n=row.customers,
            method=_SHARE_METHOD,
            note=note,
        )
        for row in table.itertuples()
        if row.experiences in _SHARE_IDS
    )


def naive_warnings(table: pd.DataFrame) -> tuple[Message, ...]:
    """Return why the naive table must not be read as an effect, as far as the table itself shows it.

    Parameters
    ----------
    table : DataFrame
        As made by :func:`shares_by_experience`, with ``months_observed``.
    """
    first, last = table.iloc[0], table.iloc[-1]
    warnings = []
    if last["months_observed"] - first["months_observed"] > MONTHS_LONGER:
        warnings.append(
            say(
                "Only who stays long can have several negative experiences: customers with the most were "
                "observed for {many} months on average, those with none for {none}. This immortal time alone "
                "makes experiences look harmless in such a table.",
                many=number(last["months_observed"], 1),
                none=number(first["months_observed"], 1),
            )
        )
    if last["high"] < first["low"]:
        warnings.append(
            say(
                "The share who left even falls with the number of experiences. That is what the counting "
                "does, not what experiences do."
            )
        )
    return tuple(warnings)


def _confounding_warning(panel: Panel | Message) -> tuple[Message, ...]:
    """Return a warning if customers who leave more anyway also have more experiences."""
    if isinstance(panel, Message) or not confounded(panel):
        return ()
    experienced = list(exposure_by_usage(panel).values())
    return (
        say(
            "Customers with low usage have a negative experience in {low} of their months, those with high "
            "usage in {high}, and they leave more often anyway. The table counts that as an effect.",
            low=percent(experienced[0]),
            high=percent(experienced[-1]),
        ),
    )


EXPLORATORY = say(
    "One row per customer without dates: exploratory only. Nobody can tell whether the experiences came "
    "before the wish to leave, or how long each customer was there to collect them."
)
_SNAPSHOT_METHOD = say(
    "Customers by the number of recorded negative experiences; share marked as left, with Wilson's "
    "interval. The highest numbers are put together until each group has enough customers."
)


def _naive_snapshot(data: Dataset) -> Result:
    """Return shares by exact count; figures put two and more together."""
    counts = data.sql(read_sql(__package__, "snapshot"))
    most = _largest_shown(counts, data.definitions.minimum_group)
    table = shares_by_experience(capped(counts, most))
    figures = _share_figures(shares_by_experience(capped(counts, min(2, most))), EXPLORATORY)
    return Result(
        "churn.naive",
        (_snapshot_sentence(table), *_step(table)),
        table=table,
        columns={**_SHARE_COLUMNS, "experiences": Column(say("Negative experiences"))},
        figures=figures,
        method=(_SNAPSHOT_METHOD,),
        warnings=(EXPLORATORY,),
        absent=_not_shown(figures),
    )


def _largest_shown(counts: pd.DataFrame, least: int) -> int:
    """Return the number from which on counts are put together, so that each group is large enough."""
    counts = counts.set_index("experiences")["customers"]
    for most in sorted(counts.index, reverse=True):
        capped = counts.groupby(counts.index.to_series().clip(upper=most)).sum()
        if (capped >= least).all():
            return int(most)
    return int(counts.index.min())


def _snapshot_sentence(table: pd.DataFrame) -> Message:
    first, last = table.iloc[0], table.iloc[-1]
    return say(
        "Of {customers} customers without a recorded negative experience {first} left, of {others} with "
        "{most} such experiences {last}. Such a table describes; it does not say what an experience does.",
        customers=count(first["customers"]),
        first=percent(first["share"]),
        others=count(last["customers"]),
        most=last["experiences"],
        last=percent(last["share"]),
    )


def _step(table: pd.DataFrame) -> tuple[Message, ...]:
    """Return a sentence if the share jumps once, from one number of experiences to the next."""
    rises = table["share"].diff()
    place = int(rises.fillna(0).argmax())
    before, at = table.iloc[max(place - 1, 0)], table.iloc[place]
    if place == 0 or before["high"] >= at["low"]:
        return ()
    return (
        say(
            "The share does not rise evenly: the largest step lies between {before} and {at}, from {low} to "
            "{high}.",
            before=before["experiences"],
            at=at["experiences"],
            low=percent(before["share"]),
            high=percent(at["share"]),
        ),
    )
