"""The naive table of chapter 12: who left, by number of negative experiences, and why it misleads."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import pandas as pd

from cxlib.chapters.churn.figures import FIGURES
from cxlib.chapters.churn.study import Study
from cxlib.contract.queries import read_sql
from cxlib.dataset.dataset import Dataset
from cxlib.estimate import Estimate
from cxlib.language import Message, count, listing, number, percent, percentage_points, say, to_text
from cxlib.panel.effects import confounded, exposure_by_usage
from cxlib.panel.panel import Panel
from cxlib.result import Column, Figure, Result, interval
from cxlib.stats.comparison import odds_ratio, risk_ratio, share_difference
from cxlib.stats.shares import capped, largest_shown, shares_by_experience

__all__ = ["COMPARED", "EXPERIENCES", "naive", "naive_warnings", "shown_shares"]

MONTHS_LONGER = 1.0

TOO_FEW = say(
    "One of the groups by number of negative experiences has fewer than {least} customers; so few are not "
    "shown."
)
_ONE_GROUP = say("All customers are in one group by number of negative experiences; nothing can be compared.")
_NOTHING_KNOWN = say("Of no customer both the negative experiences and the leaving are known.")
_TOGETHER = say(
    "Customers with one and with more negative experiences are shown together, because one of these groups "
    "has fewer than {least} customers."
)
_NOBODY = {
    0: say("Every customer had a negative experience."),
    1: say("No customer had just one negative experience."),
    2: say("No customer had two or more negative experiences."),
}
EXPERIENCES = say("Months with a negative experience")

_SHARE_IDS = {"0": "churn.share.0", "1": "churn.share.1", "2+": "churn.share.2"}
_LEVELS = {"churn.share.0": 0, "churn.share.1": 1, "churn.share.2": 2}
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
        Figures ``churn.share.0`` to ``.2``; of a flat table of customers also ``.difference``,
        ``.ratio`` and ``.odds``. Table: one row per number of months with an experience (0, 1, 2+; the
        exact number of experiences in a flat table), ``customers``, ``gone``, ``share`` (0-1), ``low``,
        ``high`` and, where known, ``months_observed`` (mean). Part ``comparison`` of a flat table:
        ``what`` (difference, ratio, odds), ``value``, ``low``, ``high``.
    """
    if data.has("snapshot", "negative_count"):
        return _naive_snapshot(data)
    study = data.once(Study)
    if study.missing is not None:
        return Result.unavailable("churn.naive", study.missing, FIGURES.of("churn.naive"))
    least = data.definitions.minimum_group
    table = shown_shares(study.shares, least)
    if len(table) < 2:
        return _no_groups(study.shares, least)
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
        absent=dict.fromkeys(COMPARED, _DATED) | _absent_shares(study.shares, figures, least),
    )


def _no_groups(counts: pd.DataFrame, least: int) -> Result:
    """Return that there is nothing to compare: one group only, or others too small."""
    groups = set(counts["experiences"].clip(upper=2))
    reason = TOO_FEW(least=count(least)) if len(groups) > 1 else _ONE_GROUP if groups else _NOTHING_KNOWN
    return Result.unavailable("churn.naive", reason, FIGURES.of("churn.naive"))


def shown_shares(counts: pd.DataFrame, least: int) -> pd.DataFrame:
    """Return the naive table of 0, 1 and 2+ experiences, with groups of too few people put together.

    Parameters
    ----------
    counts : DataFrame
        As for :func:`cxlib.stats.shares.capped`.
    least : int
        Smallest group that may be shown; one row is left where not even 0 and 1+ are that large.
    """
    return shares_by_experience(capped(counts, min(2, largest_shown(counts, least))), open_from=2)


def _absent_shares(counts: pd.DataFrame, figures: tuple[Figure, ...], least: int) -> dict[str, Message]:
    """Return why a number of experiences has no figure: nobody had it, or it is shown with another."""
    present = set(counts["experiences"].clip(upper=2))
    together = _TOGETHER(least=count(least))
    given = {figure.id for figure in figures}
    return {
        id: together if level in present else _NOBODY[level]
        for id, level in _LEVELS.items()
        if id not in given
    }


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


def _share_figures(
    table: pd.DataFrame, note: Message, labels: Mapping[str, Message] | None = None
) -> tuple[Figure, ...]:
    """Return a figure per group; groups put together because they are small have none."""
    return tuple(
        Figure.of(
            FIGURES[_SHARE_IDS[row.experiences]],
            Estimate(row.share, row.low, row.high),
            label=(labels or {}).get(row.experiences),
            n=row.customers,
            method=_SHARE_METHOD if labels is None else _SNAPSHOT_METHOD,
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
        As made by :func:`cxlib.stats.shares.shares_by_experience`, with ``months_observed``.
    """
    first, last = table.iloc[0], table.iloc[-1]
    warnings = []
    if last["months_observed"] - first["months_observed"] > MONTHS_LONGER:
        warnings.append(
            say(
                "Only customers who stay long can have several negative experiences: those with the most "
                "were observed for {many} months on average, those with none for {none}. This immortal "
                "time alone makes experiences look less harmful in such a table.",
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


_FLAG = {"0": say("without"), "1": say("with such an experience")}
_COUNTED_LABELS = {
    "0": say("Left, of customers with no recorded negative experience"),
    "1": say("Left, of customers with one recorded negative experience"),
    "2+": say("Left, of customers with two or more recorded negative experiences"),
}
_FLAG_LABELS = _COUNTED_LABELS | {"1": say("Left, of customers with a recorded negative experience")}
COMPARED = {
    "churn.share.difference": share_difference,
    "churn.share.ratio": risk_ratio,
    "churn.share.odds": odds_ratio,
}
_COMPARISON_METHOD = say(
    "Customers with any recorded negative experience against those without: difference of the shares with "
    "Newcombe's interval, ratio of the shares (Katz) and of the odds (Woolf) with log Wald intervals. "
    "Nothing is adjusted."
)
_DATED = say(
    "Given of tables without dates only: with dates the customers were observed for unlike times, and the "
    "comparison of similar customers takes its place."
)
_EMPTY_CELL = say("A ratio needs customers who left and customers who stayed in both groups.")


def _naive_snapshot(data: Dataset) -> Result:
    """Return shares by exact count, or by yes and no; figures put two and more together."""
    everybody = data.sql(read_sql(__package__, "snapshot"))
    known = everybody.dropna(subset="experiences").query("customers > 0").drop(columns="unmarked")
    unknown = int(everybody[["customers", "unmarked"]].to_numpy().sum() - known["customers"].sum())
    least = data.definitions.minimum_group
    most = largest_shown(known, least) if len(known) else 0
    table = shares_by_experience(capped(known, most)) if len(known) else known
    if len(table) < 2:
        return _no_groups(known, least).with_warnings(*_left_out(unknown))
    flag = known["experiences"].max() == 1
    classes = shares_by_experience(capped(known, min(2, most)), open_from=2)
    figures = _share_figures(classes, EXPLORATORY, _FLAG_LABELS if flag else _COUNTED_LABELS)
    compared = _compared(known, least)
    shown = Column(say("Negative experiences"), _FLAG.get if flag else to_text)
    return Result(
        "churn.naive",
        (_snapshot_sentence(table, flag=flag), *_comparison_sentences(compared), *_step(table)),
        table=table,
        columns={**_SHARE_COLUMNS, "experiences": shown},
        figures=(*figures, *_comparison_figures(compared, int(known["customers"].sum()))),
        method=(_SNAPSHOT_METHOD, *((_COMPARISON_METHOD,) if compared else ())),
        warnings=(EXPLORATORY, *_left_out(unknown)),
        absent=_absent_shares(known, figures, least) | _not_compared(known, compared, least),
        parts={"comparison": _comparison_table(compared)},
    )


def _left_out(unknown: int) -> tuple[Message, ...]:
    """Return how many customers are in no group; an empty field is not taken for none."""
    if not unknown:
        return ()
    return (
        say(
            "{n} customer is left out, because the experiences or whether the customer left is not known; an "
            "empty field is not counted as none.",
            plural="{n} customers are left out, because their experiences or whether they left is not known; "
            "an empty field is not counted as none.",
            n=count(unknown),
        ),
    )


def _compared(known: pd.DataFrame, least: int) -> dict[str, Estimate]:
    """Return customers with any experience against those without; nothing where a group is too small."""
    groups = capped(known, 1).set_index("experiences")
    if set(groups.index) != {0, 1} or groups["customers"].min() < least:
        return {}
    cells = [groups.loc[group, name] for group in (1, 0) for name in ("gone", "customers")]
    made = {id: compare(*cells) for id, compare in COMPARED.items()}
    return {id: estimate for id, estimate in made.items() if estimate is not None}


def _not_compared(known: pd.DataFrame, compared: Mapping[str, Estimate], least: int) -> dict[str, Message]:
    if compared:
        reason = _EMPTY_CELL
    else:
        reason = TOO_FEW(least=count(least)) if known["experiences"].min() == 0 else _NOBODY[0]
    return {id: reason for id in COMPARED if id not in compared}


def _comparison_figures(compared: Mapping[str, Estimate], n: int) -> tuple[Figure, ...]:
    options = {"n": n, "method": _COMPARISON_METHOD, "note": EXPLORATORY}
    return tuple(Figure.of(FIGURES[id], estimate, **options) for id, estimate in compared.items())


def _comparison_table(compared: Mapping[str, Estimate]) -> pd.DataFrame:
    """Return one row per comparison: ``what``, ``value`` (difference 0-1), ``low``, ``high``."""
    rows = [(id.rpartition(".")[2], *estimate) for id, estimate in compared.items()]
    return pd.DataFrame(rows, columns=["what", "value", "low", "high"])


def _comparison_sentences(compared: Mapping[str, Estimate]) -> tuple[Message, ...]:
    if not compared:
        return ()
    points = partial(percentage_points, signed=True)
    difference = say(
        "With any such experience against without: {value} percentage points (between {low} and {high}).",
        **interval(compared["churn.share.difference"], points),
    )
    if "churn.share.ratio" not in compared:
        return (difference,)
    words = {}
    for name, id in (("ratio", "churn.share.ratio"), ("odds", "churn.share.odds")):
        shown = interval(compared[id], partial(number, digits=2))
        words |= {f"{name}_{part}": value for part, value in shown.items()}
    return (
        difference,
        say(
            "That is {ratio_value} times the share (between {ratio_low} and {ratio_high}) and {odds_value} "
            "times the odds (between {odds_low} and {odds_high}).",
            **words,
        ),
    )


def _snapshot_sentence(table: pd.DataFrame, *, flag: bool) -> Message:
    first, last = table.iloc[0], table.iloc[-1]
    counted = _COUNT_SENTENCE if first["experiences"] == "0" else _MANY_SENTENCE
    sentence = _FLAG_SENTENCE if flag else counted
    return sentence(
        customers=count(first["customers"]),
        fewest=first["experiences"],
        first=percent(first["share"]),
        others=count(last["customers"]),
        most=last["experiences"],
        last=percent(last["share"]),
    )


_FLAG_SENTENCE = say(
    "Of {customers} customers without a recorded negative experience {first} left, of {others} with such an "
    "experience {last}. Such a table describes; it does not say what an experience does."
)
_COUNT_SENTENCE = say(
    "Of {customers} customers without a recorded negative experience {first} left, of {others} with {most} "
    "such experiences {last}. Such a table describes; it does not say what an experience does."
)
_MANY_SENTENCE = say(
    "Of {customers} customers with the fewest recorded negative experiences ({fewest}) {first} left, of "
    "{others} with {most} {last}. Such a table describes; it does not say what an experience does."
)


def _step(table: pd.DataFrame) -> tuple[Message, ...]:
    """Return a sentence if the share jumps once, from one number of experiences to the next."""
    rises = table["share"].diff()
    place = int(rises.fillna(0).argmax())
    before, at = table.iloc[max(place - 1, 0)], table.iloc[place]
    if len(table) < 3 or place == 0 or before["high"] >= at["low"]:
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
