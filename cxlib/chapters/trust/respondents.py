"""Do those who answer stand for all customers? Their score, and who they are."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from cxlib import disclosure
from cxlib.chapters.satisfaction.study import Rate
from cxlib.chapters.satisfaction.wording import exact, variable_name
from cxlib.chapters.trust.figures import FIGURES
from cxlib.chapters.trust.study import Gap, Study
from cxlib.dataset.dataset import Dataset
from cxlib.estimate import Estimate
from cxlib.language import Message, count, money, number, percent, say
from cxlib.result import Column, Figure, Result, interval
from cxlib.stats.weighted_scores import FARTHEST_APART

__all__ = ["NEGLIGIBLE", "balance", "gap_sentence", "score_gap"]

NEGLIGIBLE = 0.1
points = partial(number, digits=1)


def score_gap(data: Dataset) -> Result:
    """Set the score of those who answered beside the weighted one, and what the silent could change.

    Months, scores and weights are those of :func:`cxlib.chapters.satisfaction.results.nps`.

    Returns
    -------
    Result
        Figure ``bias.nps`` (points, as answered less weighted). Table: ``score`` ("raw", "weighted"),
        ``value``, ``low``, ``high`` in points.
    """
    study = data.once(Study)
    gap = study.gap
    if isinstance(gap, Message):
        return Result.unavailable("trust.score_gap", gap, FIGURES.of("trust.score_gap"))
    table = pd.DataFrame([gap.raw, gap.weighted]).assign(score=["raw", "weighted"])
    return Result(
        "trust.score_gap",
        (gap_sentence(gap), *_tipping(gap), *_bounds(study.scores.response_rate, gap)),
        table=table,
        columns=_GAP_COLUMNS,
        figures=(Figure.of(FIGURES["bias.nps"], gap.difference, n=gap.n, method=_GAP_METHOD),),
        method=(_GAP_METHOD,),
    )


_GAP_METHOD = say(
    "Both scores come from the same answers; the interval is that of their difference, linearised together "
    "with the weights. Weights put right only what the company knows of everybody; what makes people answer "
    "beyond that stays in the score. How far the silent would have to differ: the limits of the difference, "
    "divided by the share of all customers who would not answer if asked."
)
_SCORES = {"raw": say("as answered"), "weighted": say("weighted")}
_GAP_COLUMNS = {
    "score": Column(say("Net promoter score"), _SCORES.get),
    "value": Column(say("Score"), points),
    "low": Column(say("from"), points),
    "high": Column(say("to"), points),
}


def gap_sentence(gap: Gap) -> Message:
    """Return what the difference of the two scores means."""
    difference = gap.difference
    words = interval(Estimate(abs(difference.value), *sorted(abs(x) for x in difference[1:])), points)
    if _is_one_score(difference):
        return say("Every answer weighs the same, so the weighted score is the score as answered.")
    if difference.low > 0:
        return say(
            "More satisfied kinds of customers answer more often: the score as answered lies about {value} "
            "points above the weighted one, between {low} and {high}.",
            **words,
        )
    if difference.high < 0:
        return say(
            "Less satisfied kinds of customers answer more often: the score as answered lies about {value} "
            "points below the weighted one, between {low} and {high}.",
            **words,
        )
    return say(
        "The score of those who answered and the weighted one differ by {value} points, between {low} and "
        "{high}: chance alone could explain that.",
        **interval(difference, partial(number, digits=1, signed=True)),
    )


def _is_one_score(difference: Estimate) -> bool:
    """Return whether the scores are the same by construction: without any chance between them."""
    return difference.high - difference.low < 1e-9


def _tipping(gap: Gap) -> tuple[Message, ...]:
    """Return by how much the silent must differ from customers alike for the statement to turn."""
    if gap.tipping is None or _is_one_score(gap.difference):
        return ()
    low, high = gap.tipping.low, gap.tipping.high
    if low > 0:
        needed, told = low, _BETTER(by=points(low))
    elif high < 0:
        needed, told = -high, _WORSE(by=points(-high))
    else:
        needed, told = max(-low, high), _UNDECIDED(below=points(-low), above=points(high))
    # Where few are silent, no difference of theirs could turn the statement.
    return (told,) if needed <= FARTHEST_APART else ()


_BETTER = say(
    "Beyond that nobody knows how the silent feel: if they score {by} points or more above customers alike "
    "who answered, it is no longer sure that those who answered are more satisfied than all customers."
)
_WORSE = say(
    "Beyond that nobody knows how the silent feel: if they score {by} points or more below customers alike "
    "who answered, it is no longer sure that those who answered are less satisfied than all customers."
)
_UNDECIDED = say(
    "Nobody knows how the silent feel: if they score more than {below} points below customers alike who "
    "answered, those who answered are more satisfied than all customers; more than {above} points above, "
    "less satisfied."
)


def _bounds(rate: Rate | Message, gap: Gap) -> tuple[Message, ...]:
    """Return how far the silent could move the score of all who were asked, whatever they think."""
    if isinstance(rate, Message):
        return ()
    answered = rate.estimate.value
    return (
        say(
            "Of those asked, {silent} kept silent. What they think is unknown: had all of them been "
            "detractors, the score of everybody asked would be {low}; had all been promoters, {high}.",
            silent=percent(1 - answered),
            low=points(answered * gap.raw.value - 100 * (1 - answered)),
            high=points(answered * gap.raw.value + 100 * (1 - answered)),
        ),
    )


def balance(data: Dataset) -> Result:
    """Compare those who answered with all active customers by usage, controls and tenure.

    Relational surveys of the months of :func:`cxlib.chapters.satisfaction.results.nps`. Rare levels are
    joined to the most frequent one, as for the weights.

    Returns
    -------
    Result
        No figures. Table: one row per level, ``variable``, ``level``, ``what`` (for readers),
        ``answered`` (people), ``share``, ``share_all`` (0-1), the standardised difference ``value``,
        ``low``, ``high``, what is left of it after weighting ``weighted`` (NaN without weights by the
        chance of an answer), ``hidden``.
    """
    study = data.once(Study)
    table = study.balance
    if isinstance(table, Message):
        return Result.unavailable("trust.balance", table)
    what = [_level_name(data, row.variable, row.level) for row in table.itertuples()]
    table = table.assign(what=what)
    names = {variable: variable_name(data, variable, heading=True) for variable in table["variable"].unique()}
    usage = (_USAGE_METHOD(usage=names["usage"]),) if "usage" in names else ()
    weighted = (_WEIGHTED_METHOD,) if study.is_weighted_by_response else ()
    return Result(
        "trust.balance",
        (_balance_sentence(table, names),),
        table=table,
        columns={"variable": Column(say("Known of all"), names.get), **_BALANCE_COLUMNS},
        method=(_BALANCE_METHOD, *weighted, *usage, _RARE_METHOD),
        warnings=disclosure.told(table, data.definitions.minimum_group),
    )


_BALANCE_METHOD = say(
    "Standardised difference: the difference of the two shares in units of their spread, so that it does not "
    "depend on how many answered; up to {negligible} it is commonly taken as negligible. Interval: 95%, for "
    "the chance of who answered.",
    negligible=number(NEGLIGIBLE, 1),
)
_WEIGHTED_METHOD = say("Weighted: what is left of it after weighting.")
_USAGE_METHOD = say("{usage}: that of the report's month.")
_RARE_METHOD = say("Levels of few customers are joined to the most frequent one.")
_two = partial(number, digits=2, signed=True)
_BALANCE_COLUMNS = {
    "what": Column(say("Group")),
    "share": Column(say("Of those who answered"), percent),
    "share_all": Column(say("Of all customers"), percent),
    "value": Column(say("Standardised difference"), _two),
    "low": Column(say("from"), _two),
    "high": Column(say("to"), _two),
    "weighted": Column(say("Weighted"), _two),
}


def _level_name(data: Dataset, variable: str, level: str) -> Any:
    if variable == "tenure":
        return _tenure_name(data.definitions.tenure_bands[1:], int(level))
    if variable == "usage":
        return _usage_name(data, int(level))
    return level or say("unknown")


def _tenure_name(edges: tuple[int, ...], level: int) -> Message:
    """Return the months of a tenure band; tenure begins with 1, so that each band holds a month."""
    if level == 0:
        high = edges[0] - 1
        return say("up to {n} month", plural="up to {n} months", n=count(high))
    low = edges[level - 1]
    if level == len(edges):
        return say("{low} months and more", low=count(low))
    if low == edges[level] - 1:
        return say("month {month}", month=count(low))
    return say("{low} to {high} months", low=count(low), high=count(edges[level] - 1))


def _usage_name(data: Dataset, level: int) -> Message:
    """Return the bounds of a usage level, in units of use or in money."""
    edges, in_units = data.definitions.usage.bands, data.definitions.usage.column == "units"
    if level < 0:
        return say("unknown")
    low, high = (None if level == 0 else edges[level - 1]), (None if level == len(edges) else edges[level])
    if in_units:
        return _units_name(low, high)
    low, high = (None if x is None else money(x, data.currency, exact(x).digits) for x in (low, high))
    if low is None:
        return say("under {high}", high=high)
    return (
        say("{low} and more", low=low) if high is None else say("{low} to under {high}", low=low, high=high)
    )


def _units_name(low: float | None, high: float | None) -> Message:
    if low is None:
        return say("under {n} unit", plural="under {n} units", n=exact(high))
    if high is None:
        return say("{n} unit and more", plural="{n} units and more", n=exact(low))
    return say("{low} to under {high} units", low=exact(low), high=exact(high))


def _balance_sentence(table: pd.DataFrame, names: dict[str, Message]) -> Message:
    shown = table[~table["hidden"]]
    if shown.empty:
        return say("The groups are too small to compare those who answered with all customers.")
    largest = shown.loc[shown["value"].abs().idxmax()]
    words = {
        "group": largest["what"],
        "variable": names[largest["variable"]],
        "share": percent(largest["share"]),
        "all": percent(largest["share_all"]),
    }
    if abs(largest["value"]) <= NEGLIGIBLE:
        return say(
            "In what is known of everybody, those who answered resemble all active customers; the largest "
            "difference ({variable}, {group}: {share} of those who answered, {all} of all) is negligible.",
            **words,
        )
    return say(
        "Those who answered are not like all active customers. The largest difference: {variable}, {group}, "
        "with {share} of those who answered and {all} of all.",
        **words,
    )
